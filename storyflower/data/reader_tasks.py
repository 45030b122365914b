"""The tasks of the reader process: a file is parsed here, in this process, and the result is made ready to be sent."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from storyflower.data import workbook as workbooks
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.parsing import parsed
from storyflower.data.reader_wire import Reply
from storyflower.recipe_data import DataRecipe

if TYPE_CHECKING:
    from storyflower.data.added_columns import Additions
    from storyflower.data.filled_report import FilledReport
    from storyflower.data.text_columns import WantedColumns


def read_workbook(file: FetchedFile, recipe: DataRecipe) -> Reply:
    """The facts and the frame of a workbook: see `workbook.parse_workbook`."""
    workbook = parsed(file, recipe)
    return Reply("done", workbooks.facts_of(workbook), _streamed(workbook.frame))


def read_report(file: FetchedFile) -> Reply:
    """The lines and labels of a report: see `filled_report.read_report`."""
    from storyflower.data.filled_report import parsed_report  # `mend` alone needs it, and pydantic's adapters with it

    return Reply("done", asdict(parsed_report(file)))


def mend(file: FetchedFile, report: "FilledReport") -> Reply:
    """The counts of a report's lines, and the mended workbook: see `mending.mend`."""
    from storyflower.data.mending import mended_here

    mended = mended_here(file, report)
    facts = {name: value for name, value in vars(mended).items() if name != "content"}
    return Reply("done", facts | {"others": [asdict(other) for other in mended.others]}, mended.content)


def read_scorable(file: FetchedFile, wanted: "WantedColumns") -> Reply:
    """The texts of a workbook's sheets: see `scorable.read_scorable`."""
    from storyflower.data import scorable

    found = scorable.scorable_here(file, wanted)
    return Reply("done", scorable.facts_of(found), _streamed(found.rows))


def add_columns(file: FetchedFile, additions: "Additions") -> Reply:
    """The workbook with columns and a sheet added: see `added_columns.add_columns`."""
    from storyflower.data.added_columns import added_here

    return Reply("done", {}, added_here(file, additions))


def profile_columns(file: FetchedFile, recipe: DataRecipe) -> Reply:
    """The columns of every sheet, described: see `column_profiles.profile_columns`."""
    from storyflower.data.column_profiles import facts_of, profiles_here

    return Reply("done", facts_of(profiles_here(file, recipe)))


def _streamed(frame: pd.DataFrame) -> bytes:
    """A frame as an Arrow IPC stream."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    content: bytes = stream.getvalue()
    return content
