import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from storyflower.cli import check as command
from storyflower.cli import progress
from storyflower.data.labels import MAJORS

HEADER = (None, "감정_대분류", "사람문장1", "사람문장2", "시스템문장1")
CLEAN = [("기쁨", "하나"), *((major, f"{major} {number}") for major in MAJORS for number in range(2))]
WITH_FINDINGS = [("기쁨 ", "하나"), ("[bold]황당", "어이없다"), (None, "셋"), ("기쁨", "하나")]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("STORYFLOWER_LANG", raising=False)
    app = typer.Typer()
    app.command()(command.check)

    def ran(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return ran


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def written(rows: list[tuple[Any, ...]], name: str = "book.xlsx") -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert sheet is not None
        for row in (HEADER, *((number, *cells) for number, cells in enumerate(rows))):
            sheet.append(row)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return written


def test_a_clean_workbook(run: Run, book: Callable[..., Path]) -> None:
    result = run(book(CLEAN))
    assert result.exit_code == 0
    assert "문제가 없습니다." in result.stdout
    assert result.stderr == ""


def test_findings_are_shown_to_a_person(run: Run, book: Callable[..., Path]) -> None:
    result = run(book(WITH_FINDINGS))
    assert result.exit_code == 1
    assert "목록에 없는 감정" in result.stdout
    assert "[bold]황당" in result.stdout
    assert "이대로는 학습할 수 없습니다" in result.stdout
    assert "감정이 비어 있음" in result.stdout


def test_english(run: Run, book: Callable[..., Path]) -> None:
    result = run(book(WITH_FINDINGS), "--lang", "en")
    assert "unknown label" in result.stdout
    assert "Training would refuse this: 2 of 4 rows (50.0%)" in result.stdout


def test_json(run: Run, book: Callable[..., Path]) -> None:
    path = book(WITH_FINDINGS)
    result = run(path, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    counts = {"duplicates", "conflicting_labels", "validation_rows_in_training"}
    assert set(found) == {"workbooks", "rare_labels", "refused", "findings", "errors"} | counts
    assert [(each["row"], each["column"], each["value"], each["reason"]) for each in found["findings"]] == [
        (3, "감정_대분류", "[bold]황당", "unknown_label"),
        (4, "감정_대분류", None, "no_label"),
        (5, "사람문장1, 사람문장2", "하나", "duplicate"),
    ]
    assert found["workbooks"][0]["path"] == str(path)
    formulas = {"formula_failed": 0, "formula_without_value": 0}
    assert found["workbooks"][0]["rejected"] == {**formulas, "no_text": 0, "no_label": 1, "unknown_label": 1}
    assert found["duplicates"] == 1


def test_repairs_alone_are_no_findings(run: Run, book: Callable[..., Path]) -> None:
    result = run(book([*CLEAN, ("기쁨 ", "둘\u00a0")]), "--json")
    assert result.exit_code == 0
    repaired = json.loads(result.stdout)["workbooks"][0]["repaired"]
    assert {kind for kind, count in repaired.items() if count} == {"label_whitespace", "text_whitespace"}


def test_validation_rows_in_training_are_findings(run: Run, book: Callable[..., Path]) -> None:
    result = run(book(CLEAN), book([("기쁨", "하나")], "validation.xlsx"), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["validation_rows_in_training"] == 1


def test_a_folder_or_glob_stands_for_its_workbooks(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, rows in (("b_Training", CLEAN), ("a_Training", [("상처", "셋")]), ("c_Validation", [("기쁨", "넷")])):
        book(rows, f"data/{name}.xlsx")
    result = run(tmp_path / "data" / "*_Training.xlsx", tmp_path / "data" / "c*", "--json")
    assert result.exit_code == 0
    paths = [Path(found["path"]).stem for found in json.loads(result.stdout)["workbooks"]]
    assert paths == ["a_Training", "b_Training", "c_Validation"]

    both_training = run(tmp_path / "data", book([("상처", "셋")], "validation.xlsx"), "--json")
    assert json.loads(both_training.stdout)["validation_rows_in_training"] == 1

    refused = run(tmp_path / "data", "--report", tmp_path / "data" / "a_Training.xlsx")
    assert refused.exit_code == 2
    nothing = run(tmp_path / "data" / "*.xls")
    assert nothing.exit_code == 2
    assert "해당하는 통합 문서(.xlsx, .csv, .tsv)가 없습니다" in nothing.stderr
    (tmp_path / "data" / "d.csv").write_text("감정_대분류,사람문장1,사람문장2\n기쁨,다섯,\n", "utf-8")
    with_csv = run(tmp_path / "data", "--json")
    assert [Path(found["path"]).name for found in json.loads(with_csv.stdout)["workbooks"]][-1] == "d.csv"


@pytest.mark.parametrize(("name", "message"), [("", "an empty path"), ("\udcb0.xlsx", "not UTF-8")])
def test_a_location_that_cannot_be_used_is_one_error(
    run: Run, book: Callable[..., Path], tmp_path: Path, name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    book(CLEAN)
    if name:
        book(CLEAN).rename(name)
    result = run(name, "--json", "--lang", "en")
    assert result.exit_code == 2
    assert message in json.loads(result.stdout)["error"]["problem"]
    assert run("book.xlsx", name).exit_code == 2


def test_the_first_twenty_are_listed_and_the_rest_counted(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    report = tmp_path / "new" / "report.xlsx"
    result = run(book([("황당", f"문장 {number}") for number in range(33)]), "--report", report)
    assert result.exit_code == 1
    assert "그 밖에 13건" in result.stdout
    assert f"{report} (33행)" in result.stdout
    assert len(list(openpyxl.load_workbook(report).worksheets[0].values)) == 34


def test_the_options_of_train_check_ones_own_corpus(run: Run, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (("문장", "제목", "분류"), ("하나", None, "joy"), (None, "둘", "grief"), ("셋", None, "기쁨")):
        workbook.active.append(row)
    workbook.save(tmp_path / "own.xlsx")
    (tmp_path / "labels.json").write_text('["joy", "grief"]', "utf-8")
    options = (
        "--set",
        'text_columns=["문장", "제목"]',
        "--set",
        "label_column=분류",
        "--labels",
        tmp_path / "labels.json",
    )
    result = run(tmp_path / "own.xlsx", *options, "--json", "--recipe", "tiny")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["workbooks"][0]["labels"] == {"joy": 1, "grief": 1}
    assert [(each["row"], each["column"], each["value"]) for each in found["findings"]] == [(4, "분류", "기쁨")]
    alone = run(tmp_path / "own.xlsx", "--set", "text_columns=문장", *options[2:], "--json")
    assert json.loads(alone.stdout)["workbooks"][0]["rejected"]["no_text"] == 1
    wrong = run(tmp_path / "own.xlsx", "--set", "text_column=문장")
    assert wrong.exit_code == 2
    assert "text_columns" in wrong.stderr


def test_fine_labels_are_checked(run: Run, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    header = ("감정_대분류", "감정_소분류", "사람문장1", "사람문장2")
    rows = (("분노", "툴툴대는", "하나", None), ("기쁨", "고립된", "둘", None), ("당황", "고립된", "하나", None))
    for row in (header, *rows):
        workbook.active.append(row)
    workbook.save(tmp_path / "fine.xlsx")
    result = run(tmp_path / "fine.xlsx", "--set", "label_set=fine", "--json")
    found = json.loads(result.stdout)
    assert found["workbooks"][0]["labels"]["분노/툴툴대는"] == 1
    assert [(each["column"], each["value"], each["reason"]) for each in found["findings"]] == [
        ("감정_소분류", "고립된", "unknown_label"),
        ("감정_대분류/감정_소분류", "분노/툴툴대는", "conflicting_label"),
        ("감정_대분류/감정_소분류", "당황/고립된", "conflicting_label"),
    ]
    assert "분노/툴툴대는: 하나" in run(tmp_path / "fine.xlsx", "--set", "label_set=fine").stdout


def test_a_folder_with_an_unreadable_file(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    book(CLEAN, "data/a.xlsx")
    (tmp_path / "data" / "b.xlsx").write_bytes(b"PK\x03\x04 cut off")
    book(WITH_FINDINGS, "data/c.xlsx")
    report = tmp_path / "report.xlsx"
    result = run(tmp_path / "data", "--report", report)
    assert result.exit_code == 2
    assert "[bold]황당" in result.stdout
    assert result.stderr.count("✗") == 1
    assert "b.xlsx: 파일이 잘렸거나 손상되었습니다." in result.stderr
    assert openpyxl.load_workbook(report).worksheets[0].max_row > 1
    found = json.loads(run(tmp_path / "data", "--json", "--lang", "en").stdout)
    assert [Path(each["path"]).name for each in found["workbooks"]] == ["a.xlsx", "c.xlsx"]
    assert [Path(error["where"]).name for error in found["errors"]] == ["b.xlsx"]
    assert found["findings"][0]["message"] == "unknown label"

    for name in ("a", "c"):
        (tmp_path / "data" / f"{name}.xlsx").write_bytes(b"PK\x03\x04 cut off")
    nothing = run(tmp_path / "data")
    assert (nothing.exit_code, nothing.stdout, nothing.stderr.count("✗")) == (2, "", 3)


def test_own_labels(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(["joy", "grief "]), "utf-8")
    result = run(book([("joy", "하나"), ("grief", "둘"), ("joy", "셋"), ("grief", "넷")]), "--labels", labels, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["workbooks"][0]["labels"] == {"joy": 2, "grief": 2}


@pytest.mark.parametrize("content", ["[", '{"a": 1}', '["joy"]', '["joy", "joy "]', "[1, 2]", '["", "a"]', None])
def test_a_label_file_that_cannot_be_used(
    run: Run, book: Callable[..., Path], tmp_path: Path, content: str | None
) -> None:
    labels = tmp_path / "labels.json"
    if content is not None:
        labels.write_text(content, "utf-8")
    result = run(book(CLEAN), "--labels", labels)
    assert result.exit_code == 2
    assert "감정 목록 파일을 쓸 수 없습니다" in result.stderr


def test_unreadable(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("<html>", "utf-8")
    result = run(path, "--json", "--lang", "en")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert (error["type"], error["where"]) == ("WorkbookError", str(path))
    assert "web page" in error["problem"]
    assert "web page" in result.stderr
    plain = run(path)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "웹 문서(HTML 또는 XML)" in plain.stderr


def test_a_setting_that_cannot_work(run: Run, book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "fr")
    result = run(book(CLEAN))
    assert result.exit_code == 2
    assert "STORYFLOWER_LANG" in result.stderr


def test_the_sheet_option(run: Run, book: Callable[..., Path]) -> None:
    assert run(book(CLEAN), "--sheet", "Sheet").exit_code == 0
    result = run(book(CLEAN), "--sheet", "없음")
    assert result.exit_code == 2
    assert "있는 시트: Sheet." in result.stderr


def test_the_report_never_replaces_a_workbook(run: Run, book: Callable[..., Path]) -> None:
    path = book(WITH_FINDINGS)
    before = path.read_bytes()
    assert run(path, "--report", path).exit_code == 2
    assert path.read_bytes() == before


def test_a_report_that_a_person_has_filled_in_is_kept(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    path, report = book(WITH_FINDINGS), tmp_path / "report.xlsx"
    assert run(path, "--report", report, "--lang", "en").exit_code == 1
    assert run(path, "--report", report).exit_code == 1  # nothing was filled in
    filled = openpyxl.load_workbook(report)
    assert filled.worksheets[0]["H1"].value == "고친 값"
    filled.worksheets[0]["H3"].value = "기쁨"
    filled.save(report)
    before = report.read_bytes()
    result = run(path, "--report", report, "--lang", "en")
    assert result.exit_code == 2
    assert "1 mended value(s) that a person has filled in" in result.stderr
    assert f"storyflower mend WORKBOOK {report} --out" in result.stderr
    assert report.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"notes"])
def test_a_file_that_is_no_report_is_kept(
    run: Run, book: Callable[..., Path], tmp_path: Path, content: bytes | None
) -> None:
    path, other = book(WITH_FINDINGS), book(CLEAN, "other.xlsx")
    if content is not None:
        other.write_bytes(content)
    before = other.read_bytes()
    result = run(path, "--report", other)
    assert result.exit_code == 2
    assert "StoryFlower 보고서가 아닙니다" in result.stderr
    assert other.read_bytes() == before


def test_a_report_that_cannot_be_written(run: Run, book: Callable[..., Path], tmp_path: Path) -> None:
    path = book(WITH_FINDINGS)
    assert "끝나야 합니다" in run(path, "--report", tmp_path / "report.csv").stderr
    for place in (path / "report.xlsx", tmp_path / f"{'a' * 300}.xlsx"):
        result = run(path, "--report", place)
        assert result.exit_code == 2
        assert "보고서를 쓸 수 없습니다" in result.stderr


def test_a_slow_read_says_so(run: Run, book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_SLOW_SECONDS", 0.0)
    monkeypatch.setattr(command, "err", Console(stderr=True, force_terminal=True))
    result = run(book(CLEAN))
    assert result.exit_code == 0
    assert "읽는 중: book.xlsx" in result.stderr


def test_the_line_that_says_so_shows_no_secret(
    run: Run, book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_SLOW_SECONDS", 0.0)
    monkeypatch.setattr(command, "err", Console(stderr=True, force_terminal=True))
    signed = "memory://bucket/book.xlsx?X-Signature=secret"
    with fsspec.open(signed, "wb") as file:
        file.write(book(CLEAN).read_bytes())
    result = run(signed)
    assert result.exit_code == 0
    assert "읽는 중: book.xlsx" in result.stderr
    assert "secret" not in result.stderr + result.stdout


def test_what_would_be_held_out_of_one_workbook(run: Run, book: Callable[..., Path]) -> None:
    labels = ("기쁨", "슬픔", "분노", "불안", "당황", "상처")
    path = book([(label, f"{label} {number}") for label in labels for number in range(10)])
    held = run(path, "--validation-share", "0.2")
    assert held.exit_code == 0
    assert "검증용으로 떼어 놓을 행: 12 (기쁨 2, 슬픔 2, 분노 2, 불안 2, 당황 2, 상처 2)." in held.stdout
    few = run(book(CLEAN, "few.xlsx"), "--validation-share", "0.2")
    assert "이대로는 학습할 수 없습니다" in few.stdout
    twice = run(path, path)
    assert "학습 데이터의 모든 문장이 검증 데이터에도 있습니다" in twice.stdout


def test_a_workbook_that_no_training_takes_is_not_passed_in_silence(run: Run, book: Callable[..., Path]) -> None:
    assert "would refuse" not in run(book(CLEAN), "--lang", "en").stdout
    result = run(book(CLEAN[:-1]), "--lang", "en")
    assert result.exit_code == 0  # it may be a part of what is trained on
    assert run(book(CLEAN[:-1]), "--validation-share", "0.2").exit_code == 1
    assert (
        "Training on this alone would be refused: some labels have too few training examples: 상처 (1)."
        in result.stdout
    )
    refused = json.loads(run(book(CLEAN[:-1]), "--json", "--lang", "en").stdout)["refused"]
    assert "상처 (1)" in refused["problem"]


def test_validation_workbooks_and_a_share_are_refused_as_a_training_refuses_them(
    run: Run, book: Callable[..., Path]
) -> None:
    result = run(book(CLEAN), book([("기쁨", "넷")], "validation.xlsx"), "--validation-share", "0.2", "--lang", "en")
    assert result.exit_code == 2
    assert "both a validation workbook and a validation share (0.2) are given" in result.stderr


def test_a_validation_workbook_without_a_usable_text_is_reported(run: Run, book: Callable[..., Path]) -> None:
    contradicting = book([("기쁨", "같은 글"), ("슬픔", "같은 글!")], "validation.xlsx")
    result = run(book(CLEAN), contradicting, "--lang", "en")
    assert result.exit_code == 1
    assert "Training would refuse this: no usable row is left." in result.stdout


def test_labels_of_another_list_and_csv_files_get_the_remedy_that_works(run: Run, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("감정_대분류,사람문장1,사람문장2\njoy,하나,\nsad,둘,\n", "utf-8")
    result = run(tmp_path / "book.csv", "--report", tmp_path / "report.xlsx", "--lang", "en")
    assert f"there are: joy, sad. If they are labels of your own, write a recipe with `storyflower init {tmp_path}" in (
        result.stdout
    )
    assert "`storyflower mend` cannot change CSV and JSON files" in result.stdout


def fine_books(book: Callable[..., Path], tmp_path: Path) -> list[Path]:
    paths = []
    for name, spare in (("training", [("슬픔", "우울한", "하나뿐")]), ("validation", [("기쁨", "느긋", "느긋해")])):
        workbook = openpyxl.Workbook()
        workbook.active.append(("감정_대분류", "감정_소분류", "사람문장1", "사람문장2"))
        for row in [(major, major, f"{name} {major} {n}") for major in ("기쁨", "슬픔") for n in range(5)] + spare:
            workbook.active.append(row)
        workbook.save(tmp_path / f"{name}.xlsx")
        paths.append(tmp_path / f"{name}.xlsx")
    return paths


def test_labels_with_too_few_texts_are_reported_with_what_a_training_would_do(
    run: Run, book: Callable[..., Path], tmp_path: Path
) -> None:
    books = fine_books(book, tmp_path)
    fine = ("--set", "label_set=fine")
    refused = run(*books, *fine)
    assert "이대로는 학습할 수 없습니다: 학습 데이터가 부족한 감정이 있습니다: 분노/분노 (0)" in refused.stdout
    assert "--set rare_labels=merge" in refused.stdout
    assert refused.exit_code == 1
    alone = run(books[0], *fine)  # whatever stands in validation, these are too few
    assert "학습 데이터가 부족한 감정이 있습니다: 분노/분노 (0)" in alone.stdout
    merged = run(*books, *fine, "--set", "rare_labels=merge")
    assert "슬픔/우울한 (1): 슬픔/슬픔(으)로 합침" in merged.stdout
    assert "이대로는" not in merged.stdout
    found = json.loads(run(*books, *fine, "--set", "rare_labels=leave_out", "--json").stdout)["rare_labels"]
    assert {"label": "슬픔/우울한", "texts": 1, "treatment": "left_out"} in found
    assert len(found) == 58
    held = run(books[0], *fine, "--set", "rare_labels=merge", "--validation-share", "0.2")
    assert "슬픔/우울한 (1): 슬픔/슬픔(으)로 합침" in held.stdout
    assert "(슬픔/슬픔 1, 기쁨/기쁨 1)" in held.stdout
    assert run(*books, "--set", "rare_labels=merge").exit_code == 2
