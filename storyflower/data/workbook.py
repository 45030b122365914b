"""A workbook read into a frame: its columns, found by name, as text, with exact Excel row numbers."""

import hashlib
import logging
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from storyflower.data.choice import where_of
from storyflower.data.containers import HEAD_BYTES, require_known_kind
from storyflower.data.fetched_file import FetchedFile, kept_or_fetched
from storyflower.data.headers import Release
from storyflower.data.reader_process import reader
from storyflower.data.tables import Note
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted, shown
from storyflower.recipe_data import DataRecipe
from storyflower.storage.locations import local_file
from storyflower.storage.unreached import not_readable

log = logging.getLogger(__name__)

EXCEL_ROW = "excel_row"

_LARGEST_FILE_MB = 512
"""As it lies on the disk: a workbook of 1,000,000 rows of dialogue takes 200. Larger ones are read in parts."""


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook, a CSV file or AI Hub's JSON release, not yet checked.

    `frame` holds the needed columns, and those of `SLICE_COLUMNS` that the sheet has, under their own names as text
    (NA where blank; numbers, dates and formulas as their value; formulas without one as their text, such as
    `= 327덬 …`; Excel errors as such, `#REF!`), and `excel_row`, the row number that Excel shows (of JSON, the number
    of the record, from 1). Rows that are blank in every column of the sheet are left out.
    `letters` are the letters that Excel shows for the columns of `frame`; `merged_labels` counts the rows that have
    their label, or a part of it, from a cell merged downwards; `notes` describe the choice of sheet and header.
    """

    location: str
    sha256: str
    release: Release
    sheet: str
    frame: pd.DataFrame
    formula_rows: tuple[int, ...] = ()
    """The rows (as Excel shows them) in which a text of a needed column was read from a formula without a value."""
    letters: dict[str, str] = field(default_factory=dict)
    merged_labels: int = 0
    notes: tuple[Note, ...] = ()
    mendable: bool = True
    """Whether `storyflower mend` can put values back into the file: not into CSV and JSON."""
    rows_left: dict[str, int] = field(default_factory=dict)
    """Rows of the other sheets that hold the needed columns, by sheet: they are not read."""

    @property
    def columns(self) -> list[str]:
        """The needed columns in the recipe's order, then the slice columns."""
        return [str(column) for column in self.frame.columns if column != EXCEL_ROW]

    @property
    def where(self) -> str:
        """File and sheet, for messages."""
        return where_of(self.location, self.sheet)


def fetch_file(location: str, recipe: DataRecipe, downloads: Path) -> FetchedFile:
    """The bytes at a path or an fsspec address; a file at an address is copied into `downloads` first.

    Within `fetched_once` each is fetched once.

    Raises:
        WorkbookError: the file cannot be reached, or is too large.
    """

    def fetch() -> FetchedFile:
        path = local_file(location, downloads, recipe.max_uncompressed_mb)
        content = content_of(path, location, recipe.max_uncompressed_mb)
        return FetchedFile(shown(location), content, hashlib.sha256(content).hexdigest())

    return kept_or_fetched((location, downloads, recipe.max_uncompressed_mb), fetch)


def read_workbook(location: str, recipe: DataRecipe, downloads: Path) -> Workbook:
    """Fetch and parse a workbook: see `fetch_file` and `parse_workbook`.

    Raises:
        WorkbookError: the file cannot be read; the message names what is wrong, where, and what to do.
    """
    return parse_workbook(fetch_file(location, recipe, downloads), recipe)


def parse_workbook(file: FetchedFile, recipe: DataRecipe) -> Workbook:
    """Read the sheet that the recipe names, or else the one that holds the needed columns: see `choose_table`.

    The header is the first row that is not blank, or below it the only one that holds the needed columns. The file is
    parsed in the reader process: see `parsing` for how, and `reader_process` for its limits.

    Raises:
        WorkbookError: the file is neither an intact .xlsx workbook nor a CSV file nor AI Hub's JSON release, a needed
            column is missing or stands there twice, there is no row of data, or reading it takes too much.
    """
    reply = reader().run("workbook", file, {"recipe": recipe})
    workbook = workbook_of(reply.facts, pa.ipc.open_stream(reply.content).read_pandas())
    for note in workbook.notes:
        log.info("%s: %s", workbook.where, note)
    return workbook


def facts_of(workbook: Workbook) -> dict[str, Any]:
    """All values of a workbook but its frame, as JSON holds them."""
    facts = {name: value for name, value in vars(workbook).items() if name != "frame"}
    return facts | {"notes": [asdict(note) for note in workbook.notes]}


def workbook_of(facts: Mapping[str, Any], frame: pd.DataFrame) -> Workbook:
    """The workbook of a frame and of what `facts_of` gave."""
    notes = tuple(Note(**note) for note in facts["notes"])
    return Workbook(**{**facts, "formula_rows": tuple(facts["formula_rows"]), "notes": notes}, frame=frame)


def content_of(path: Path, location: str, limit_mb: int) -> bytes:
    """The bytes of a regular file; how large it is and how it begins are looked at before it is read."""
    where = pasted(location)
    try:
        size_mb = size_of_regular(path, location) / 2**20
        with path.open("rb") as file:
            start = file.read(HEAD_BYTES)
            require_known_kind(start, where)
            if size_mb > limit_mb:
                raise problem(WorkbookError, "too_large", where, size_mb=size_mb, limit_mb=limit_mb)
            if size_mb > _LARGEST_FILE_MB:
                raise problem(WorkbookError, "file_too_large", where, size_mb=size_mb, limit_mb=_LARGEST_FILE_MB)
            return start + file.read()
    except OSError as error:
        raise not_readable(error, location) from error


def size_of_regular(path: Path, location: str) -> int:
    """Bytes of a file; to read a folder, a pipe or a device is refused: the latter could take forever.

    Raises:
        WorkbookError: it is none.
        OSError: it cannot be looked at.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise problem(WorkbookError, "folder", pasted(location))
    if not stat.S_ISREG(found.st_mode):
        raise problem(WorkbookError, "no_regular_file", pasted(location))
    return found.st_size
