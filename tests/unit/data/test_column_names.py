"""Columns and labels may have any name, also one that Python's functions have for a parameter."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data.planned_corpus import planned_corpus
from storyflower.data.rejected import write_rejected
from storyflower.data.schema import validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import CorpusRecipe, DataRecipe
from storyflower.utterances import clean_cells

NAMES = ["book", "self", "index", "data", "columns", "text", "label", "text_key", "number", "rows", "cls", "args"]


@pytest.mark.parametrize(
    ("text", "label"), [(text, label) for text in NAMES for label in ("self", "book", "label") if text != label]
)
def test_a_workbook_with_such_columns_becomes_a_corpus(
    text: str, label: str, write_sheet: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = DataRecipe(text_columns=(text,), label_column=label, label_set=("a", "b"), max_rejected_share=1)
    rows = [(f"글 {number}", "ab"[number % 2]) for number in range(20)]
    path = write_sheet([(text, label), *rows, ("글 0", "a"), ("모르는", "c"), ("병합", "a"), ("병합 둘", None)])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("B24:B25")
    book.save(path)
    checked = validate(read_workbook(str(path), recipe, tmp_path), recipe)
    assert checked.counts["merged_labels"] == 1
    corpus = planned_corpus([checked], [], recipe, CorpusRecipe(validation_share=0.2))
    assert corpus.set_aside["reason"].tolist() == ["duplicate", "unknown_label"]
    assert corpus.set_aside[text].tolist() == ["글 0", "모르는"]
    write_rejected(tmp_path / "set_aside.xlsx", corpus.set_aside, recipe)


def test_cells_are_cleaned_whatever_their_columns_are_called() -> None:
    cells = pd.DataFrame({"self": [" 가 ", None], "cells": ["", "나"]}, index=[3, 5], dtype="str")
    cleaned = clean_cells(cells)
    assert cleaned.fillna("").to_dict("index") == {3: {"self": "가", "cells": ""}, 5: {"self": "", "cells": "나"}}
