"""`storyflower init`: the columns it proposes, what it writes, and that a training takes it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from storyflower.cli.app import app
from storyflower.data.column_profiles import label_set_of
from storyflower.data.labels import MAJORS
from storyflower.recipe import BEST
from storyflower.recipe_file import read_recipe_file

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: Any, **options: Any) -> Result:
        return CliRunner().invoke(app, ["init", *map(str, arguments)], catch_exceptions=False, **options)

    return ran


def book(path: Path, **sheets: list[tuple[Any, ...]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


REVIEWS = [
    ("상품평 모음", None, None, None),
    ("번호", "작성일", "리뷰", "평가"),
    *[
        (n, "2026-03-01", f"{n}번째로 산 물건인데 생각보다 괜찮았어요", ("좋음", "나쁨", "보통")[n % 3])
        for n in range(30)
    ],
]


def test_columns_are_proposed_by_what_stands_in_them(run: Run, tmp_path: Path) -> None:
    """A title above the header, a note on the first sheet, a column of one date: texts and labels are still found."""
    file = book(tmp_path / "리뷰.xlsx", 안내=[("이 파일은 예시입니다",)], 자료=REVIEWS)
    result = run(file, "--label", "평가", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "recipe": "recipe.toml",
        "sheet": None,
        "text_columns": ["리뷰"],
        "label_column": "평가",
        "labels": {"좋음": 10, "나쁨": 10, "보통": 10},
        "no_labels": {},
    }
    assert read_recipe_file(tmp_path / "recipe.toml") == BEST.with_changes(
        {"text_columns": ("리뷰",), "label_column": "평가", "label_set": ("나쁨", "보통", "좋음")}
    )


def test_errors_of_formulas_and_other_spellings_are_no_labels(run: Run, tmp_path: Path) -> None:
    values = ["joy", "joy ", "joy", "Joy", "ｊoy", "sad", "sad\u00a0", "#REF!", "#REF!", "#N/A", None]
    rows = [(f"{n}번째로 산 물건인데 생각보다 괜찮았어요", values[n % len(values)]) for n in range(22)]
    file = book(tmp_path / "book.xlsx", 자료=[("리뷰", "평가"), *rows])
    result = run(file, "--text", "리뷰", "--label", "평가", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["labels"] == {"joy": 6, "sad": 4}
    assert found["no_labels"] == {"#REF!": 4, "Joy": 2, "ｊoy": 2, "#N/A": 2}
    assert read_recipe_file(tmp_path / "recipe.toml").data.label_set == ("joy", "sad")
    shown = run(file, "--text", "리뷰", "--label", "평가", "--out", "again.toml").stdout
    assert "4 values that are no labels" in shown
    checked = CliRunner().invoke(app, ["check", str(file), "--recipe", "recipe.toml", "--json"])
    reasons = [finding["reason"] for finding in json.loads(checked.stdout)["findings"]]
    assert (reasons.count("formula_failed"), reasons.count("unknown_label")) == (6, 4)


def test_the_recipe_makes_the_workbook_readable_for_check(run: Run, tmp_path: Path) -> None:
    file = book(tmp_path / "리뷰.xlsx", 자료=REVIEWS)
    assert run(file, "--text", "리뷰", "--label", "평가", "--out", "mine.toml").exit_code == 0
    checked = CliRunner().invoke(app, ["check", str(file), "--recipe", "mine.toml", "--json"])
    assert json.loads(checked.stdout)["workbooks"][0]["usable"] == 30


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_blank_title_of_a_pandas_index_is_part_of_the_header(suffix: str, run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame(REVIEWS[2:], columns=REVIEWS[1])
    file = tmp_path / f"리뷰.{suffix}"
    frame.to_excel(file) if suffix == "xlsx" else frame.to_csv(file)
    found = json.loads(run(file, "--label", "평가", "--json").stdout)
    assert (found["text_columns"], found["labels"]) == (["리뷰"], {"좋음": 10, "나쁨": 10, "보통": 10})


def test_a_workbook_of_ai_hub_needs_no_answer(run: Run, tmp_path: Path) -> None:
    rows = [(7 * n, f"오늘은 {n}번 웃었어요", f"정말 {n}번이나요", MAJORS[n % 6]) for n in range(24)]
    file = book(tmp_path / "train.xlsx", Sheet1=[("연령", "사람문장1", "사람문장2", "감정_대분류"), *rows])
    result = run(file)
    assert result.exit_code == 0, result.output
    assert "storyflower train --train" in result.stdout
    assert read_recipe_file(tmp_path / "recipe.toml") == BEST


def test_titles_of_the_corpus_are_known_in_other_spellings_and_with_merged_cells(run: Run, tmp_path: Path) -> None:
    rows = [(f"오늘은 {n}번 웃었어요", f"정말 {n}번이나요", MAJORS[n // 4] if n % 4 == 0 else None) for n in range(24)]
    file = book(tmp_path / "train.xlsx", Sheet1=[("사람문장 1", "사람문장 2", "감정 대분류"), *rows])
    workbook = openpyxl.load_workbook(file)
    for first in range(2, 26, 4):
        workbook.worksheets[0].merge_cells(start_row=first, end_row=first + 3, start_column=3, end_column=3)
    workbook.save(file)
    result = run(file)
    assert result.exit_code == 0, result.output
    assert read_recipe_file(tmp_path / "recipe.toml") == BEST
    assert "기쁨 4" in result.stdout


@pytest.mark.parametrize(
    ("titles", "label", "message"),
    [
        (("사람문장1", "사람문장2", "감정_대분류"), '=TRIM("기쁨 ")', "saved without their values"),
        (
            tuple(title.encode().decode("cp949", "replace") for title in ("사람문장1", "감정_대분류", "x")),
            "가",
            "encoding",
        ),
    ],
)
def test_what_no_recipe_can_read_is_said(
    run: Run, tmp_path: Path, titles: tuple[str, ...], label: str, message: str
) -> None:
    rows = [(f"오늘은 {n}번 웃었어요", f"정말 {n}번이나요", label) for n in range(12)]
    result = run(book(tmp_path / "train.xlsx", Sheet1=[titles, *rows]))
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert not (tmp_path / "recipe.toml").exists()


def test_of_two_fitting_sheets_the_named_one_is_written(run: Run, tmp_path: Path) -> None:
    other = [("리뷰", "평가"), *[(f"{n}번째 글이고 조금 더 길어요", ("가", "나")[n % 2]) for n in range(8)]]
    file = book(tmp_path / "two.xlsx", 자료=REVIEWS, 둘째=other)
    assert run(file, "--sheet", "둘째", "--label", "평가").exit_code == 0
    written = read_recipe_file(tmp_path / "recipe.toml").data
    assert (written.sheet, written.label_set) == ("둘째", ("가", "나"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--label", "없는 열"], "없는 열"),
        (["--text", "없는 열", "--label", "평가"], "없는 열"),
        (["--label", "작성일"], "two different labels"),
        (["--sheet", "Sheet9"], "Sheets with data: 자료"),
        ([], "--label COLUMN"),
        (["--out", "recipe.json"], ".toml"),
        (["--out", "taken.toml"], "exists already"),
        (["--out", "taken.toml/recipe.toml"], "taken.toml/recipe.toml: the recipe file cannot be written"),
        (["--out", f"{'a' * 300}.toml"], "the recipe file cannot be written"),
    ],
)
def test_what_cannot_be_written_is_one_message(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    """Two columns repeat here (평가 and 등급), so that the labels have to be named."""
    (tmp_path / "taken.toml").touch()
    rows = [(*row, row[3] if n < 2 else "A" if n % 2 else "B") for n, row in enumerate(REVIEWS)]
    rows[1] = (*REVIEWS[1], "등급")
    result = run(book(tmp_path / "리뷰.xlsx", 자료=rows), *arguments)
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    assert message in result.output
    assert not (tmp_path / "recipe.toml").exists()


def test_people_are_asked_until_they_name_columns_that_exist(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storyflower.cli.init._is_terminal", lambda: True)
    file = book(tmp_path / "리뷰.xlsx", 자료=REVIEWS)
    result = run(file, input="리븅\n리뷰\n평가\n")
    assert result.exit_code == 0, result.output
    assert "no column 리븅" in result.stdout
    assert read_recipe_file(tmp_path / "recipe.toml").data.label_column == "평가"


@pytest.mark.parametrize(
    ("titles", "typed", "texts", "label"),
    [
        (("문장, 전체", "라벨, 새"), "\n\n", ("문장, 전체",), "라벨, 새"),
        (("문장, 전체", "라벨"), "문장, 전체\n라벨\n", ("문장, 전체",), "라벨"),
        (("문장, 전체", "라벨"), ",\n문장,전체\n문장, 라벨\n라벨\n", ("문장,전체",), "라벨"),
        (("사람문장1", "라벨", "사람문장2"), "사람문장1 , 사람문장2\n라벨\n", ("사람문장1", "사람문장2"), "라벨"),
        (("사람문장1", "라벨", "사람문장2"), "\n\n", ("사람문장1", "사람문장2"), "라벨"),
    ],
)
def test_a_title_with_a_comma_is_taken_whole(
    run: Run,
    tmp_path: Path,
    titles: tuple[str, ...],
    typed: str,
    texts: tuple[str, ...],
    label: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storyflower.cli.init._is_terminal", lambda: True)
    rows = [(f"오늘은 {n}번 웃은 날이었어요", ("좋음", "나쁨")[n % 2], f"그래서 {n}번 또 웃었어요") for n in range(30)]
    file = book(tmp_path / "data.xlsx", 자료=[titles, *[row[: len(titles)] for row in rows]])
    result = run(file, input=typed)
    assert result.exit_code == 0, result.output
    written = read_recipe_file(tmp_path / "recipe.toml").data
    assert (written.text_columns, written.label_column) == (texts, label)


@pytest.mark.parametrize("name", ["be\x07ll\x7f.xlsx", "two\nlines\r.xlsx"])
def test_control_characters_of_the_name_leave_the_recipe_readable(run: Run, tmp_path: Path, name: str) -> None:
    result = run(book(tmp_path / name, 자료=REVIEWS), "--label", "평가")
    assert result.exit_code == 0, result.output
    assert read_recipe_file(tmp_path / "recipe.toml").data.label_column == "평가"


def test_a_name_that_is_not_utf8_is_one_message(run: Run, tmp_path: Path) -> None:
    result = run(book(tmp_path / "\udcb0\udca8.xlsx", 자료=REVIEWS), "--label", "평가", "--json")
    assert result.exit_code == 2
    assert "not UTF-8" in json.loads(result.stdout)["error"]["problem"]
    assert not (tmp_path / "recipe.toml").exists()


def test_the_folder_of_the_recipe_is_made(run: Run, tmp_path: Path) -> None:
    file = book(tmp_path / "리뷰.xlsx", 자료=REVIEWS)
    assert run(file, "--label", "평가", "--out", "new/folder/recipe.toml").exit_code == 0
    assert read_recipe_file(tmp_path / "new/folder/recipe.toml").data.label_column == "평가"
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == ["recipe.toml"]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (dict.fromkeys(MAJORS, 100), "major"),
        (dict.fromkeys(MAJORS, 100) | {"기뿜": 3}, "major"),
        (dict.fromkeys(MAJORS, 100) | {"중립": 100}, tuple(sorted([*MAJORS, "중립"]))),
        (dict.fromkeys(MAJORS[:5], 100), tuple(sorted(MAJORS[:5]))),
        ({"나": 1, "가": 2}, ("가", "나")),
    ],
)
def test_the_label_set_is_the_emotions_where_they_all_stand_there(counts: dict[str, int], found: Any) -> None:
    assert label_set_of(counts, 0.05) == found
