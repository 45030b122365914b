"""Checked workbooks as files, as one stage hands them to the next."""

import json
from collections.abc import Iterable
from pathlib import Path

from storyflower.data.mapped import read_mapped
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import facts_of, workbook_of

_FRAMES = ("usable", "rejected", "violations")


def save_checked(checked: CheckedWorkbook, folder: Path) -> None:
    """Write a checked workbook into a new folder: four parquet files and `workbook.json`."""
    folder.mkdir()
    checked.workbook.frame.to_parquet(folder / "cells.parquet", index=False)
    for name in _FRAMES:
        getattr(checked, name).to_parquet(folder / f"{name}.parquet", index=False)
    about = {"workbook": facts_of(checked.workbook), "counts": checked.counts}
    (folder / "workbook.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")


def load_checked(folder: Path) -> CheckedWorkbook:
    """The workbook that `save_checked` wrote, its texts mapped (see `mapped`)."""
    about = json.loads((folder / "workbook.json").read_text("utf-8"))
    workbook = workbook_of(about["workbook"], read_mapped(folder / "cells.parquet"))
    frames = {name: read_mapped(folder / f"{name}.parquet") for name in _FRAMES}
    return CheckedWorkbook(workbook=workbook, counts=about["counts"], **frames)


def save_all_checked(workbooks: Iterable[CheckedWorkbook], folder: Path) -> None:
    """Write several checked workbooks into a new folder, each into a folder of its own.

    Each is written before the next is asked for.
    """
    folder.mkdir()
    number = 0
    for checked in workbooks:
        save_checked(checked, folder / f"{number:04}")
        number += 1  # noqa: SIM113 - `enumerate` would hold a workbook in memory while the next one is read
        del checked


def load_all_checked(folder: Path) -> list[CheckedWorkbook]:
    """The workbooks that `save_all_checked` wrote, in the same order."""
    return [load_checked(about.parent) for about in sorted(folder.glob("*/workbook.json"))]
