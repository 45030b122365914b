"""The workbooks that the benchmarks read: the user's, or generated ones of AI Hub's size."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from storyflower.data.workbook import Workbook, read_workbook
from storyflower.recipe_data import DataRecipe
from storyflower.sample.corpus import write_sample_workbooks

AI_HUB_ROWS = (51_630, 6_641)
"""Training and validation rows of the current release."""
RECIPE = DataRecipe()

T = TypeVar("T")


def parser_of(doc: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """A parser with the options of all scripts: `--workbooks`, `--rounds`, `--json`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--workbooks", nargs=2, metavar=("TRAINING", "VALIDATION"), help="made-up ones of AI Hub's size without it"
    )
    parser.add_argument(
        "--rounds", type=int, default=rounds, help=f"measurements, of which the median is reported (default {rounds})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser


def workbooks_of(options: argparse.Namespace, scratch: Path, rows: tuple[int, int] = AI_HUB_ROWS) -> list[str]:
    """The two workbooks of the options, or generated ones with so many rows, written into `scratch`."""
    if options.workbooks:
        return list(options.workbooks)
    return [str(path) for path in write_sample_workbooks(scratch, training_rows=rows[0], validation_rows=rows[1])]


def read_all(workbooks: Sequence[str], scratch: Path) -> list[Workbook]:
    """Read the workbooks as the train flow does."""
    return [read_workbook(workbook, RECIPE, scratch) for workbook in workbooks]


def texts_of(workbooks: Sequence[Workbook]) -> list[str]:
    """The texts of all rows that have one."""
    texts: list[str] = []
    for workbook in workbooks:
        cells: Any = workbook.frame[list(RECIPE.text_columns)].fillna("")
        texts += [" ".join(filter(None, row)) for row in cells.itertuples(index=False)]
    return [text for text in texts if text]


def timed(seconds: list[float], work: Callable[[], T]) -> T:
    """Return the result of `work`, and append its duration to `seconds`."""
    started = perf_counter()
    result = work()
    seconds.append(perf_counter() - started)
    return result
