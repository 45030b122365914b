"""What the first stage of a training says of its workbooks."""

from pathlib import Path

import openpyxl
import pytest

from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe_data import DataRecipe
from tests.homes import current_home

RECIPE = DataRecipe(text_columns=("text",), label_column="label", label_set=("a", "b"))


@pytest.mark.usefixtures("in_english")
def test_rows_on_other_sheets_are_counted_in_its_summary(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, rows in (("1월", 2), ("2월", 3), ("3월", 4)):
        sheet = book.create_sheet(title)
        sheet.append(("text", "label"))
        for number in range(rows):
            sheet.append((f"글 {number}", "ab"[number % 2]))
    del book["Sheet"]
    book.save(tmp_path / "book.xlsx")
    outcome = ingest_workbooks(current_home(), CorpusSource(training=str(tmp_path / "book.xlsx")), RECIPE)
    left = "2 rows read from 1 workbooks, 0 set aside; 7 rows on other sheets with the same columns were not read"
    assert outcome.summary == left
