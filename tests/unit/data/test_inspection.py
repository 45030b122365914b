import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storyflower.data.inspection import Inspection, inspect
from storyflower.data.inspection_json import inspection_json
from storyflower.data.labels import MAJORS
from storyflower.errors import StoryFlowerError
from storyflower.recipe_data import CorpusRecipe, DataRecipe

WriteDialogues = Callable[..., Path]
FORMULAS = {"formula_failed": 0, "formula_without_value": 0}
RARE = dict.fromkeys(("invisible_characters", "formula_text", "label_codes", "merged_labels"), 0)


def as_json(found: Inspection, split: CorpusRecipe | None = None) -> dict[str, Any]:
    split = split or CorpusRecipe()
    return inspection_json(found, split, found.refusal(split))


def as_error(error: StoryFlowerError | None) -> dict[str, str]:
    assert error is not None
    return {"where": error.where, "problem": error.problem, "remedy": error.remedy}


@pytest.fixture
def found(write_dialogues: WriteDialogues, tmp_path: Path) -> Inspection:
    training = write_dialogues(
        [
            ("기쁨", "하나"),
            ("기쁨 ", "하나"),  # 3: duplicate
            ("슬픔", "둘"),
            ("분노", "둘\u00a0"),  # 5: another label on row 4's text
            ("불안", "셋"),
            ("황당", "셋"),  # 7: unknown, so neither duplicate nor conflict
            (None, None),  # 8
        ],
        name="training.xlsx",
    )
    validation = write_dialogues(
        [("불안", "셋"), ("기쁨", "넷"), ("상처", "하나")], name="validation.xlsx", release="old"
    )
    return inspect([str(training)], [str(validation)], DataRecipe(), tmp_path / "downloads")


def test_the_json_is_as_agreed(found: Inspection, tmp_path: Path) -> None:
    assert {key: value for key, value in as_json(found).items() if key != "findings"} == {
        "workbooks": [
            {
                "path": str(tmp_path / "training.xlsx"),
                "release": "current",
                "sheet": "Sheet1",
                "notes": [],
                "rows": 7,
                "rows_left": {},
                "usable": 5,
                "rejected": FORMULAS | {"no_text": 1, "no_label": 0, "unknown_label": 1},
                "repaired": RARE | {"label_whitespace": 1, "text_whitespace": 1},
                "labels": {"기쁨": 2, "슬픔": 1, "분노": 1, "불안": 1, "당황": 0, "상처": 0},
                "refused": as_error(found.refusal_of(found.workbooks[0])),
            },
            {
                "path": str(tmp_path / "validation.xlsx"),
                "release": "old",
                "sheet": "Sheet1",
                "notes": [],
                "rows": 3,
                "rows_left": {},
                "usable": 3,
                "rejected": FORMULAS | {"no_text": 0, "no_label": 0, "unknown_label": 0},
                "repaired": RARE | {"label_whitespace": 0, "text_whitespace": 0},
                "labels": {"기쁨": 1, "슬픔": 0, "분노": 0, "불안": 1, "당황": 0, "상처": 1},
                "refused": None,
            },
        ],
        "duplicates": 2,  # training row 3 and validation row 2
        "conflicting_labels": 2,  # 둘 and 하나
        "validation_rows_in_training": 2,  # 셋 and 하나
        # No text is left to train on: each stands in validation too, or carries another label as well.
        "rare_labels": [{"label": label, "texts": 0, "treatment": "refused"} for label in MAJORS],
        "refused": as_error(found.refusal(CorpusRecipe())),
        "errors": [],
    }
    json.dumps(as_json(found))


def test_the_json_lists_every_finding(found: Inspection, tmp_path: Path) -> None:
    findings = as_json(found)["findings"]
    assert len(findings) == len(found.findings)
    place = {"workbook": str(tmp_path / "training.xlsx"), "sheet": "Sheet1"}
    assert findings[0] == place | {
        "row": 7,
        "column": "감정_대분류",
        "value": "황당",
        "reason": "unknown_label",
        "message": "목록에 없는 감정",
    }
    assert findings[1] == place | {
        "row": 8,
        "column": "사람문장1, 사람문장2",
        "value": None,
        "reason": "no_text",
        "message": "문장이 없음",
    }
    conflict = next(finding for finding in findings if finding["reason"] == "conflicting_label")
    assert (conflict["row"], conflict["column"], conflict["value"]) == (2, "감정_대분류", "기쁨")


def test_an_unreadable_workbook_does_not_stop_the_others(write_dialogues: WriteDialogues, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 cut off")
    training = write_dialogues([("기쁨", "하나")], name="training.xlsx")
    validation = write_dialogues([("기쁨", "하나")], name="validation.xlsx")
    found = inspect([str(broken), str(training)], [str(validation), "없음.xlsx"], DataRecipe(), tmp_path / "downloads")
    assert [checked.workbook.location for checked in found.workbooks] == [str(training), str(validation)]
    assert [Path(error.where).name for error in found.unreadable] == ["broken.xlsx", "없음.xlsx"]
    assert found.validation_rows_in_training == 1
    assert [error["where"] for error in as_json(found)["errors"]] == [str(broken), "없음.xlsx"]


def test_no_workbook_is_readable(tmp_path: Path) -> None:
    found = inspect(["a.xlsx"], ["b.xlsx"], DataRecipe(), tmp_path)
    assert (len(found.unreadable), found.workbooks, found.duplicates, found.conflicting_labels) == (2, (), 0, 0)
    assert as_json(found)["findings"] == []


def test_every_finding_has_its_place(found: Inspection) -> None:
    listed = [
        (Path(row["workbook"]).stem, row["excel_row"], row["reason"]) for row in found.findings.to_dict("records")
    ]
    assert listed == [
        ("training", 7, "unknown_label"),
        ("training", 8, "no_text"),
        ("training", 8, "no_label"),
        ("validation", 2, "in_training"),
        ("validation", 4, "in_training"),
        ("training", 3, "duplicate"),
        ("validation", 2, "duplicate"),
        ("training", 2, "conflicting_label"),
        ("training", 3, "conflicting_label"),
        ("training", 4, "conflicting_label"),
        ("training", 5, "conflicting_label"),
        ("validation", 4, "conflicting_label"),
    ]
    assert not found.is_clean


def test_the_report_holds_each_row_once_with_all_its_reasons(found: Inspection) -> None:
    rows = found.set_aside()
    reasons = {(Path(row["workbook"]).stem, row["excel_row"]): row["reason"] for row in rows.to_dict("records")}
    assert len(reasons) == len(rows)
    assert reasons["training", 8] == "no_text,no_label"
    assert reasons["training", 3] == "duplicate,conflicting_label"
    assert reasons["validation", 2] == "in_training,duplicate"


def test_one_clean_workbook(write_dialogues: WriteDialogues, tmp_path: Path) -> None:
    path = write_dialogues([("기쁨 ", "하나"), ("슬픔", "둘")])
    clean = inspect([str(path)], [], DataRecipe(), tmp_path)
    assert clean.is_clean
    assert clean.set_aside().empty
    assert as_json(clean)["validation_rows_in_training"] == 0


def test_the_real_corpus_is_accounted_for(shared: Path, tmp_path: Path) -> None:
    folder = shared / "corpus"
    planted = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    training, validation = ([str(folder / f"open_{name}.xlsx")] for name in ("Training", "Validation"))
    inspection = inspect(training, validation, DataRecipe(), tmp_path)
    found = as_json(inspection)
    training, validation = found["workbooks"]
    assert training["release"] == validation["release"] == "current"
    assert (training["rows"], validation["rows"]) == (planted["training_rows"], planted["validation_rows"])
    assert training["rejected"] == FORMULAS | {
        "no_text": planted["train_rows_with_no_text"],
        "no_label": planted["train_rows_with_no_label"],
        "unknown_label": planted["train_rows_with_unknown_label_황당"],
    }
    assert training["repaired"]["formula_text"] == 1  # `= …` in row 7003
    assert training["usable"] == training["rows"] - sum(training["rejected"].values())
    assert training["repaired"]["text_whitespace"] == planted["train_rows_with_nbsp_text"]
    spaced = sum(planted[f"train_label_trailing_space_{major}"] for major in ("기쁨", "불안"))
    # One of the duplicates planted repeats a row whose label ends in a blank.
    assert spaced <= training["repaired"]["label_whitespace"] <= spaced + 1
    without_text = inspection.workbooks[0].rejected.query("reason == 'no_text'")["감정_대분류"].str.strip()
    for major, count in planted["training_labels_stripped"].items():
        if major != "황당":
            assert training["labels"][major] == count - (without_text == major).sum()
    assert validation["labels"] == planted["validation_labels_stripped"]
    assert found["duplicates"] >= planted["train_duplicate_rows_appended"]
    assert found["conflicting_labels"] >= planted["train_conflicting_label_rows_appended"]
    assert found["validation_rows_in_training"] >= planted["validation_rows_copied_from_train"]
