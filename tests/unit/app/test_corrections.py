"""Corrections of answers: kept in a workbook that the training reads."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from storyflower.app import corrections
from storyflower.app.corrections import Correction, CorrectionsFullError, keep_correction
from storyflower.cli import check as command
from storyflower.data.workbook import read_workbook
from storyflower.errors import StorageError
from storyflower.recipe_data import DataRecipe
from storyflower.storage.home import Home
from tests.unit.app.conftest import Started, answering

COLUMNS = ("사람문장1", "사람문장2")
MADE = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def keep(home: Home, text: str, right: str = "슬픔", answer: str = "기쁨", columns: tuple[str, ...] = COLUMNS) -> Path:
    return keep_correction(home, home.model, Correction(text, answer, right, home.model, "3", MADE), columns)


def rows(file: Path) -> list[dict[str, object]]:
    titles, *lines = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, titles), line, strict=True)) for line in lines]


@pytest.fixture
def home(own_home: Path) -> Home:
    return Home(own_home)


def test_a_correction_is_a_row_of_the_training_layout(home: Home) -> None:
    (row,) = rows(keep(home, "오늘은 힘들었어", "슬픔", "불확실"))
    assert row == {
        "사람문장1": "오늘은 힘들었어",
        "사람문장2": None,
        "감정_대분류": "슬픔",
        "감정_소분류": None,
        "모델의 답": "불확실",
        "모델": home.model,
        "버전": "3",
        "날짜": "2026-11-27 09:30:00",
    }


OWN = DataRecipe(text_columns=("내용",), label_column="분류", label_set=("좋음", "나쁨"))


def test_the_columns_are_those_of_the_model(home: Home) -> None:
    """So that the corrections can be trained on beside the workbooks that the model was trained on."""
    correction = Correction("오늘은 힘들었어", "좋음", "나쁨", home.model, "3", MADE)
    file = keep_correction(home, home.model, correction, ("내용",), ("분류",))
    assert list(rows(file)[0])[:2] == ["내용", "분류"]
    assert read_workbook(str(file), OWN, home.downloads).frame["분류"].tolist() == ["나쁨"]


def test_each_model_has_a_workbook_of_its_own(home: Home) -> None:
    """Models may have other columns and labels, and a training takes the corrections of its own one alone."""
    keep(home, "하나")
    correction = Correction("둘", "좋음", "나쁨", "my-model", "1", MADE)
    keep_correction(home, "my-model", correction, ("내용",), ("분류",))
    for model, data in ((home.model, DataRecipe()), ("my-model", OWN)):
        assert len(read_workbook(str(home.corrections_of(model)), data, home.downloads).frame) == 1


def test_a_version_of_an_early_release_has_columns_too(home: Home) -> None:
    assert rows(keep(home, "하나", columns=()))[0]["사람문장1"] == "하나"


def test_a_workbook_that_was_cut_off_is_one_clear_error(home: Home) -> None:
    file = keep(home, "하나")
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content[:-20] if name.endswith("sheet1.xml") else content)
    with pytest.raises(StorageError):
        keep(home, "둘")


def test_a_fine_label_fills_both_columns(home: Home) -> None:
    (row,) = rows(keep(home, "오늘은 힘들었어", "상처/가난한, 불우한"))
    assert (row["감정_대분류"], row["감정_소분류"]) == ("상처", "가난한, 불우한")
    file = str(home.corrections_of(home.model))
    (of_fine,) = read_workbook(file, DataRecipe(label_set="fine"), home.downloads).frame.to_dict("records")
    assert of_fine["감정_소분류"] == "가난한, 불우한"


def test_the_check_of_workbooks_accepts_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["=1+1 이라고 했어", "+82 번호야", "@친구가 불렀어", "_x0041_ 글자", "<b>굵은</b> 글씨", '"따옴표", 쉼표']
    for place, text in enumerate(texts):
        file = keep(home, text, ("슬픔", "분노")[place % 2])
    app = typer.Typer()
    app.command()(command.check)
    found = CliRunner().invoke(app, [str(file)])
    assert found.exit_code == 0, found.output
    frame = read_workbook(str(file), DataRecipe(), home.downloads).frame
    assert frame["사람문장1"].tolist() == texts
    assert frame["감정_대분류"].tolist() == ["슬픔", "분노"] * 3


def test_no_text_becomes_a_formula_after_further_corrections(home: Home) -> None:
    texts = ["=HYPERLINK(1)", "-1", "@sum", "하나"]
    for text in texts:
        file = keep(home, text)
    cells = [row[0] for row in openpyxl.load_workbook(file).worksheets[0].iter_rows(2)]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells] == [
        (text, "s", text != "하나") for text in texts
    ]


def test_the_last_correction_of_a_text_counts(home: Home) -> None:
    keep(home, "하나", "슬픔")
    keep(home, "둘", "분노")
    assert [(row["사람문장1"], row["감정_대분류"]) for row in rows(keep(home, "하나", "상처"))] == [
        ("하나", "상처"),
        ("둘", "분노"),
    ]


def test_what_a_person_has_added_stays(home: Home) -> None:
    file = keep(home, "하나")
    book = openpyxl.load_workbook(file)
    book.worksheets[0].cell(1, 9, "비고")
    book.worksheets[0].cell(2, 9, "확인함")
    book.create_sheet("메모")["A1"] = "나중에"
    book.save(file)
    first, second = rows(keep(home, "둘", columns=("문장",)))
    assert first["비고"] == "확인함"
    assert second["문장"] == "둘"
    assert openpyxl.load_workbook(file).sheetnames[1] == "메모"


def test_corrections_at_the_same_time_are_all_kept(home: Home) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: keep(home, f"문장 {number}"), range(24)))
    kept = rows(home.corrections_of(home.model))
    assert sorted(str(row["사람문장1"]) for row in kept) == sorted(f"문장 {n}" for n in range(24))


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_workbook_is_left_alone(home: Home, content: bytes) -> None:
    file = home.corrections_of(home.model)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(StorageError, match=r"corrections.*\.xlsx"):
        keep(home, "하나")
    assert file.read_bytes() == content


def test_a_full_workbook_takes_no_more(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "MOST_ROWS", 2)
    keep(home, "하나")
    keep(home, "둘")
    with pytest.raises(CorrectionsFullError):
        keep(home, "셋")
    keep(home, "둘", "상처")


ASKED = {"text": "하나", "answer": "기쁨", "right": "슬픔", "model": "storyflower-kobert", "version": "1"}


@pytest.mark.parametrize(
    ("change", "status", "code", "where"),
    [
        ({"text": " \u200b"}, 422, "text_blank", "text[0]"),
        ({"text": "가" * 2001}, 422, "text_over_long", "text[0]"),
        ({"text": 3}, 422, "correction_form", "text"),
        ({"right": "행복"}, 422, "label_not_known", "right"),
        ({"answer": "행복"}, 422, "label_not_known", "answer"),
        ({"version": "../1"}, 422, "correction_form", "version"),
        ({"more": "x"}, 422, "correction_form", "more"),
    ],
)
def test_what_is_no_correction_is_refused(
    http: httpx.Client, served_home: Home, change: dict[str, object], status: int, code: str, where: str
) -> None:
    reply = http.post("/corrections", json=ASKED | change)
    assert (reply.status_code, reply.json()["error_code"], reply.json()["where"]) == (status, code, where)


def test_a_correction_arrives_in_the_home(service: Started, served_home: Home) -> None:
    with answering(service()) as http:
        assert http.post("/corrections", json=ASKED | {"text": " 하나\n둘 "}).status_code == 201
        assert http.post("/corrections", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
        foreign = http.post("/corrections", json=ASKED, headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
    assert [row["사람문장1"] for row in rows(served_home.corrections_of(served_home.model))] == ["하나 둘"]
