"""Workbooks made for a test: a few rows in either AI Hub layout, or any sheet at all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_parts import DataRecipe

CURRENT = (None, "연령", "성별", "상황키워드", "신체질환", "감정_대분류", "감정_소분류")
CURRENT += tuple(f"{who}문장{turn}" for turn in (1, 2, 3) for who in ("사람", "시스템"))
OLD = ("번호", "연령", "성별", "상황키워드", "신체질환", "감정_대분류", "감정_소분류")
OLD += tuple(f"{who}{turn}" for turn in (1, 2, 3, 4) for who in ("사람문장", "시스템응답"))


@pytest.fixture
def write_sheet(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows of cells from row 1 on (None is no cell) and returns the file."""

    def write(rows: Sequence[Sequence[Any]], name: str = "book.xlsx", title: str = "Sheet1") -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = title
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None:
                    sheet.cell(number, column, value)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def write_dialogues(write_sheet: Callable[..., Path]) -> Callable[..., Path]:
    """Writes dialogues, each (major, first utterance[, second[, minor]]), in an AI Hub layout."""

    def write(dialogues: Sequence[Sequence[Any]], release: str = "current", name: str = "book.xlsx") -> Path:
        header = OLD if release == "old" else CURRENT
        rows: list[list[Any]] = [list(header)]
        for number, (major, first, *rest) in enumerate(dialogues, start=1):
            second, minor = (*rest, None, None)[:2]
            cells = {
                "감정_대분류": major,
                "감정_소분류": minor,
                "사람문장1": first,
                "사람문장2": second,
                "연령": "청년",
            }
            rows.append([number, *(cells.get(title) for title in header[1:])])
        return write_sheet(rows, name)

    return write


@pytest.fixture
def check(write_dialogues: Callable[..., Path], tmp_path: Path) -> Callable[..., CheckedWorkbook]:
    """Writes dialogues, reads them back and judges them."""

    def checked(
        dialogues: Sequence[Sequence[Any]], recipe: DataRecipe | None = None, name: str = "book.xlsx"
    ) -> CheckedWorkbook:
        recipe = recipe or DataRecipe()
        path = write_dialogues(dialogues, name=name)
        return validate(read_workbook(str(path), recipe, tmp_path / "downloads"), recipe)

    return checked
