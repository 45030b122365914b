import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from storyflower.cli.app import app
from storyflower.data.labels import MAJORS

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("STORYFLOWER_LANG", raising=False)

    def ran(*arguments: Any) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return ran


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (
        ("감정_대분류", "사람문장1", "사람문장2"),
        ("기뿜", "하나", None),
        ("슬픔", "둘", None),
        (None, "셋", None),
        *((major, f"{major} {number}", None) for major in MAJORS for number in range(2)),
    ):
        sheet.append(row)
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def filled(report: Path, *values: str | None) -> Path:
    workbook = openpyxl.load_workbook(report)
    for row, value in enumerate(values, start=2):
        workbook.worksheets[0].cell(row, 8).value = value
    workbook.save(report)
    return report


def test_from_the_check_to_a_clean_workbook(run: Run, book: Path, tmp_path: Path) -> None:
    report, made = tmp_path / "보고서.xlsx", tmp_path / "새 폴더" / "고친 파일.xlsx"
    before = book.read_bytes()
    assert run("check", book, "--report", report).exit_code == 1
    result = run("mend", book, filled(report, "기쁨", "상처"), "--out", made)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"{made} (고친 값 2개)" in result.stdout
    assert f"storyflower check '{made}'" in result.stdout
    assert book.read_bytes() == before
    assert run("check", made).exit_code == 0
    assert [path.name for path in made.parent.iterdir()] == ["고친 파일.xlsx"]


def test_json_and_english(run: Run, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    report = tmp_path / "report.xlsx"
    run("check", book, "--report", report)
    filled(report, "기쁨", None)
    result = run("mend", book, report, "--out", tmp_path / "made.xlsx", "--json")
    assert json.loads(result.stdout) == {
        "workbook": str(book),
        "out": str(tmp_path / "made.xlsx"),
        "applied": 1,
        "applied_by_column": {"감정_대분류": 1},
        "left_blank": 1,
        "other_workbooks": [],
    }
    plain = run("mend", book, report, "--out", tmp_path / "again.xlsx")
    assert "(1 values mended)" in plain.stdout
    assert "1 lines were left blank" in plain.stdout
    assert "is not one of" not in plain.stdout


def test_in_english_nothing_korean_is_printed_or_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    workbook = openpyxl.Workbook()
    for row in (("line", "topic"), ("one", "grif"), ("two", None), (None, "grief"), ("=A1", "joy"), ("one", "joy")):
        workbook.active.append(row)
    workbook.save(tmp_path / "own.xlsx")
    (tmp_path / "labels.json").write_text('["joy", "grief"]', "utf-8")
    report, made = tmp_path / "report.xlsx", tmp_path / "made.xlsx"
    options = ("--set", "text_columns=line", "--set", "label_column=topic", "--labels", tmp_path / "labels.json")
    checked = run("check", tmp_path / "own.xlsx", tmp_path / "none.xlsx", "--report", report, *options)
    assert checked.exit_code == 2
    sheet = openpyxl.load_workbook(report).worksheets[0]
    written = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert [row[6].value for row in sheet.iter_rows(min_row=2, max_row=2)] == ["grief"]
    mended = run("mend", tmp_path / "own.xlsx", filled(report, "grief"), "--out", made)
    refused = run("mend", tmp_path / "own.xlsx", filled(report, "joi"), "--out", tmp_path / "other.xlsx")
    everything = [checked.output, sheet.title, sheet["H1"].comment.text, *written, mended.output, refused.output]
    assert [text for text in everything if re.search("[ㄱ-힣]", text)] == []
    assert (mended.exit_code, refused.exit_code) == (0, 1)


def test_no_file_is_replaced(run: Run, book: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    run("check", book, "--report", report)
    filled(report, "기쁨")
    for out in (book, report):
        before = out.read_bytes()
        result = run("mend", book, report, "--out", out)
        assert result.exit_code == 2
        assert "이미 있습니다" in result.stderr
        assert out.read_bytes() == before
    assert "끝나야 합니다" in run("mend", book, report, "--out", tmp_path / "made.xls").stderr
    assert run("mend", book, report, "--out", book / "made.xlsx").exit_code == 2


def test_exit_codes_of_what_is_refused(run: Run, book: Path, tmp_path: Path) -> None:
    report, made = tmp_path / "report.xlsx", tmp_path / "made.xlsx"
    run("check", book, "--report", report)
    unknown = run("mend", book, filled(report, "기뿜"), "--out", made, "--json")
    assert unknown.exit_code == 1
    assert "[Sheet] 2: '기뿜'" in json.loads(unknown.stdout)["error"]["problem"]
    other = run("mend", report, report, "--out", made)
    assert other.exit_code == 2
    assert "다른 통합 문서의 보고서입니다" in other.stderr
    assert run("mend", tmp_path / "없음.xlsx", report, "--out", made).exit_code == 2
    assert not made.exists()
