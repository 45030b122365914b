"""Files that were made to harm the reader: every kind ends in an answer. `benchmarks/hostile.py` reads hundreds."""

import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.hostile import read_all
from benchmarks.hostile_files import KINDS, hostile_files
from storyflower.data import reader_process
from storyflower.data.workbook import Workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

pytestmark = pytest.mark.usefixtures("in_english")


def test_every_kind_ends_in_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = reader_process.limits_for
    monkeypatch.setattr(reader_process, "limits_for", lambda file: replace(usual(file), seconds=4))
    endings = list(read_all(hostile_files(60, seed=10), tmp_path))
    assert {ending.kind for ending in endings} == set(KINDS)
    assert {ending.name: ending.faults for ending in endings if ending.faults} == {}
    refused = [ending for ending in endings if ending.code == 2]
    assert len(refused) > len(KINDS) / 2
    assert all("\n→ " in ending.message for ending in refused)


def test_the_work_grows_with_the_size_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of sheets, columns or merged ranges; the reader process is killed at 10 s of processor time."""
    usual = reader_process.limits_for
    monkeypatch.setattr(reader_process, "limits_for", lambda file: replace(usual(file), seconds=10))

    def read(kind: str, number: int, suffix: str = "xlsx") -> Workbook:
        path = tmp_path / f"{kind}.{suffix}"
        path.write_bytes(KINDS[kind](Random(f"2026/{kind}/{number}")))
        return read_workbook(str(path), DataRecipe(), tmp_path)

    sheets = read("many_sheets", 2)
    assert len(sheets.frame) == 2
    assert [note.code for note in sheets.notes] == ["sheets_left", "sheets_searched"]
    assert len(str(sheets.notes[0])) < 2000
    with pytest.raises(WorkbookError, match=r"line 3 of the CSV file has .* cells where the header has 5"):
        read("csv_broken", 3, "csv")
    assert len(read("merged_ranges", 2).frame) == 2
    for number in (0, 7):
        with pytest.raises(WorkbookError, match=r"needed columns are missing.*\n.*Only the first 1,000 columns"):
            read("many_columns", number)


def test_the_generator_gives_the_same_files_for_the_same_seed() -> None:
    assert len(KINDS) >= 25
    first, again = ([file.content for file in hostile_files(8, seed=3)] for _ in range(2))
    assert first == again


def test_a_path_that_is_no_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    for path in (tmp_path / "pipe.xlsx", "/dev/zero", "/dev/null"):
        with pytest.raises(WorkbookError, match="a pipe or a device, not a file"):
            read_workbook(str(path), DataRecipe(), tmp_path)
    with pytest.raises(WorkbookError, match="no file can lie at this path"):
        read_workbook("x" * 300, DataRecipe(), tmp_path)
    with pytest.raises(WorkbookError, match="there is no such file"):
        read_workbook("~nobody", DataRecipe(), tmp_path)


def test_a_large_file_is_refused_by_its_first_bytes_or_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    path.touch()
    os.truncate(path, 2 << 30)  # sparse: it takes no room
    with pytest.raises(WorkbookError, match="not an Excel workbook"):
        read_workbook(str(path), DataRecipe(), tmp_path)
    with path.open("r+b") as file:
        file.write(b"PK\x03\x04")
    with pytest.raises(WorkbookError, match=r"the file has 2,048 MB, above the limit of 512 MB"):
        read_workbook(str(path), DataRecipe(), tmp_path)


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.csv")
    Path(path).write_text("감정_대분류,사람문장1,사람문장2\n기쁨,하나,둘\n", "utf-8")
    with pytest.raises(WorkbookError, match="UTF-8"):  # no report, recipe or table could name it
        read_workbook(path, DataRecipe(), tmp_path)
