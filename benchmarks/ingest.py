"""Reading AI-Hub-sized workbooks: StoryFlower against pandas with openpyxl, in turns, compared cell by cell.

    python benchmarks/ingest.py
    python benchmarks/ingest.py --workbooks open_Training.xlsx open_Validation.xlsx

StoryFlower's time holds its checks of the file too: checksums, size limit, how far the sheet reaches.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import describe_machine
from benchmarks.material import parser_of, read_all, timed, workbooks_of
from benchmarks.script import print_report, run_plainly
from benchmarks.views import ingest_view
from storyflower.data.workbook import EXCEL_ROW, Workbook


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = parser_of(__doc__, rounds=3).parse_args()
    with TemporaryDirectory() as scratch:
        report = compare(workbooks_of(options, Path(scratch)), Path(scratch), options.rounds)
    print_report(report, ingest_view, as_json=options.json)


def compare(paths: Sequence[str], scratch: Path, rounds: int) -> dict[str, Any]:
    """The medians of both readers over the rounds."""
    seconds: dict[str, list[float]] = {"storyflower": [], "pandas + openpyxl": []}
    for _ in range(rounds):
        ours = timed(seconds["storyflower"], lambda: read_all(paths, scratch))
        theirs = timed(seconds["pandas + openpyxl"], lambda: read_with_pandas(paths))
    rows = sum(len(workbook.frame) for workbook in ours)
    differing, cells = _differing(ours, theirs)
    medians = {name: median(found) for name, found in seconds.items()}
    return {
        "rows": rows,
        "systems": [{"name": name, "seconds": s, "rows_per_s": rows / s} for name, s in medians.items()],
        "ratio": medians["pandas + openpyxl"] / medians["storyflower"],
        "differing_cells": differing,
        "cells": cells,
        "machine": describe_machine(),
    }


def read_with_pandas(paths: Sequence[str]) -> list[pd.DataFrame]:
    """All cells as text, in the usual code without StoryFlower."""
    return [pd.read_excel(path, dtype=str, engine="openpyxl") for path in paths]


def _differing(ours: Sequence[Workbook], theirs: Sequence[pd.DataFrame]) -> tuple[int, int]:
    """The share of StoryFlower's cells that the two readers read differently."""
    differing = cells = 0
    for workbook, frame in zip(ours, theirs, strict=True):
        lines = workbook.frame[EXCEL_ROW].to_numpy() - 2  # line 0 of pandas is Excel's row 2
        for column in workbook.columns:
            their_cells = frame[column].fillna("").to_numpy()[lines]
            differing += int((workbook.frame[column].fillna("").to_numpy() != their_cells).sum())
            cells += len(their_cells)
    return differing, cells


if __name__ == "__main__":
    run_plainly(main)
