"""AI Hub's JSON release gives the corpus that its workbooks give."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storyflower.data.labels import FINE_OF_CODE
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

COLUMNS = ["text", "label", "age", "excel_row"]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def record(code: Any, first: Any, second: Any = "", *, inside_persona: bool = False) -> dict[str, Any]:
    emotion = {"emotion-id": f"S06_D02_{code}", "type": code, "situation": ["S06", "D02"]}
    persona: dict[str, Any] = {"persona-id": "A02_G02_C01", "human": ["A02", "G02"], "computer": ["C01"]}
    profile = (
        {"persona": persona | {"emotion": emotion}} if inside_persona else {"persona": persona, "emotion": emotion}
    )
    content = {"HS01": first, "SS01": "네.", "HS02": second, "SS02": "그렇군요.", "HS03": "", "SS03": None}
    return {"profile": profile, "talk": {"id": {"talk-id": "Pro_1"}, "content": content}}


def checked_workbook(path: Path, records: Any, recipe: DataRecipe) -> CheckedWorkbook:
    path.write_text(records if isinstance(records, str) else json.dumps(records, ensure_ascii=False), "utf-8")
    return validate(read_workbook(str(path), recipe, path.parent / "downloads"), recipe)


@pytest.mark.parametrize("inside_persona", [False, True])
@pytest.mark.parametrize("label_set", ["major", "fine"])
def test_the_same_as_the_workbook(
    tmp_path: Path, write_dialogues: Callable[..., Path], label_set: Any, inside_persona: bool
) -> None:
    recipe = DataRecipe(label_set=label_set)
    dialogues = [(code, f"말 {code}", "그리고") for code in FINE_OF_CODE]
    records = [record(*dialogue, inside_persona=inside_persona) for dialogue in dialogues]
    names = {code: label.split("/") for code, label in FINE_OF_CODE.items()}
    rows = [(names[code][0], first, second, names[code][1]) for code, first, second in dialogues]
    book = validate(read_workbook(str(write_dialogues(rows)), recipe, tmp_path), recipe)
    checked = checked_workbook(tmp_path / "a.json", records, recipe)
    assert (checked.workbook.release, checked.workbook.sheet) == ("json", "JSON")
    expected = book.usable.assign(excel_row=book.usable["excel_row"] - 1)
    assert checked.usable[COLUMNS].equals(expected[COLUMNS])
    assert checked.usable[["gender", "situation"]].drop_duplicates().values.tolist() == [["여성", "진로, 취업, 직장"]]
    assert checked.counts == book.counts


def test_rows_to_mend_are_named_by_the_number_of_their_record(tmp_path: Path) -> None:
    records = [record("E18", "하나"), record("E99", "둘"), record("E18", ""), record("e18", 5), record("", "셋")]
    checked = checked_workbook(tmp_path / "a.json", records, DataRecipe(max_rejected_share=1))
    assert checked.violations[["sheet", "excel_row", "value", "reason"]].fillna("").values.tolist() == [
        ["JSON", 2, "E99", "unknown_label"],
        ["JSON", 3, "", "no_text"],
        ["JSON", 5, "", "no_label"],
    ]
    assert checked.usable["text"].tolist() == ["하나", "5"]


def test_half_of_a_character_costs_no_record(tmp_path: Path) -> None:
    """As programs leave it that cut a text within an emoji; JSON can hold it, and UTF-8 cannot."""
    records = json.dumps([record("E60", "안녕 \ud83d"), record("E61", "잘 가")])
    assert checked_workbook(tmp_path / "a.json", records, DataRecipe()).usable["text"].tolist() == ["안녕 ?", "잘 가"]


def test_third_utterances_can_be_read(tmp_path: Path) -> None:
    recipe = DataRecipe(text_columns=("사람문장1", "사람문장3"))
    three = record("E18", "하나")
    three["talk"]["content"]["HS03"] = "셋"
    assert checked_workbook(tmp_path / "a.json", [three], recipe).usable["text"].tolist() == ["하나 셋"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1}', r"not valid JSON \(line 1, column 10"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": 1}', "it is no list of dialogues"),
        ("[]", "it is no list of dialogues"),
        ([record("E18", "하나"), {"talk": {}}], "record 2 has no 'profile'"),
        ([{"profile": {"persona": {}}, "talk": {"content": {}}}], "record 1 has no 'profile.emotion'"),
        ([{"profile": {"emotion": {}}, "talk": {"content": {}}}], "record 1 has no 'profile.emotion.type'"),
        ([{"profile": {"emotion": {"type": "E18"}}, "talk": {"content": []}}], "record 1 has no 'talk.content'"),
        ([1], "record 1 has no 'profile'"),
    ],
)
def test_other_json_is_refused_with_what_is_missing(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(WorkbookError, match=message):
        checked_workbook(tmp_path / "a.json", content, DataRecipe())
