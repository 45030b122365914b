"""Reports to be mended in Excel: one line a cell that is wrong, with an empty cell for the right value.

All reports (`check --report`, `rejected.xlsx` and `set_aside.xlsx` of a training, `label_errors.xlsx` of an evaluation)
have the same leading columns, by whose headings `read_report` finds them again in either language.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from openpyxl import Workbook as ExcelFile
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.datavalidation import DataValidation

from storyflower.atomic import write_atomically
from storyflower.data.labels import label_map
from storyflower.data.safe_cells import heading_cell, literal_cell, marked
from storyflower.messages import say
from storyflower.recipe_data import DataRecipe

LEADING = {
    "workbook": 28,
    "sheet": 10,
    "excel_row": 8,
    "column": 18,
    "value": 30,
    "reason": 32,
    "suggested_value": 16,
    "mended_value": 24,
}
"""The leading columns, by the codes of their headings, and their widths in characters."""
DIGEST = "workbook_sha256"
"""The last column: the digest by which the workbook is known again."""
LABELS_SHEET = "storyflower"
"""A hidden sheet: the label names in column A, the label columns in row 1 from column B on."""

_LINES_OF_A_SHEET = 2**20 - 1
"""Below the headings."""
_WRONG, _TO_FILL_IN = "FFFFC7CE", "FFFFF2CC"


@dataclass(frozen=True)
class LabelField:
    """The columns of a label, and the values allowed there."""

    columns: tuple[str, ...]
    """The label column; of the fine label set the major's and the minor's."""
    names: tuple[str, ...]
    """The names of labels; in the fine label set `major/minor`."""

    @classmethod
    def of(cls, recipe: DataRecipe) -> "LabelField":
        """The label of a recipe."""
        return cls(recipe.label_columns, label_map(recipe.label_set).names)

    @property
    def column(self) -> str:
        """The name of the column in reports: `감정_대분류`, or `감정_대분류/감정_소분류`."""
        return "/".join(self.columns)


@dataclass(frozen=True)
class RepairLine:
    """One wrong cell of a workbook; of a fine label, the two cells that make it."""

    workbook: str
    """Its location."""
    workbook_sha256: str
    sheet: str
    excel_row: int
    column: str
    value: str | None
    """As it stands in the workbook."""
    reason: str
    """In words."""
    suggested_value: str | None = None
    mended_value: str | None = None
    """The value that a person filled in."""
    context: tuple[str | float | None, ...] = ()
    """The values of the report's further columns."""


def write_report(
    path: Path,
    title: str,
    lines: Iterable[RepairLine],
    label: LabelField,
    context: Mapping[str, int],
) -> None:
    """Write a report to an .xlsx: lines about labels first, each with a drop-down of the label names.

    Lines beyond the 1,048,576 rows of a sheet are on further sheets, whose names are numbered.

    Args:
        path: the file; it appears whole or not at all.
        title: name of the sheet.
        lines: the wrong cells; they are asked for twice.
        label: the title of the label column, by which lines about labels are recognised.
        context: headings and widths (characters) of the further columns.

    Texts that begin with `=`, `+`, `-` or `@` stay texts, letter for letter; only what XML cannot hold is left out.

    Raises:
        OSError: it cannot be written.
    """
    book = ExcelFile(write_only=True)
    about_labels = (line for line in lines if line.column == label.column)
    others = (line for line in lines if line.column != label.column)
    for number, some in enumerate(_by_sheet(chain(about_labels, others)), start=1):
        _add_lines(book.create_sheet(title if number == 1 else f"{title} {number}"), some, label, context)
    _add_labels_sheet(book, label)
    with write_atomically(path) as draft:
        book.save(draft)


def _by_sheet(lines: Iterator[RepairLine]) -> Iterator[Iterator[RepairLine]]:
    """The lines of each sheet, of which there is one at least."""
    yield islice(lines, _LINES_OF_A_SHEET)
    for first in lines:
        yield chain([first], islice(lines, _LINES_OF_A_SHEET - 1))


def _add_lines(
    sheet: WriteOnlyWorksheet,
    lines: Iterable[RepairLine],
    label: LabelField,
    context: Mapping[str, int],
) -> None:
    """The headings and lines of one sheet."""
    headings = {say(code): width for code, width in LEADING.items()}
    widths = [*headings.values(), *context.values(), 22]
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width  # type: ignore[attr-defined]  # see below
    sheet.freeze_panes = "A2"
    cells = [heading_cell(sheet, heading) for heading in (*headings, *context, say(DIGEST))]
    advice = Comment(say("how_to_fill_in"), "StoryFlower", height=170, width=330)
    cells[list(LEADING).index("mended_value")].comment = advice
    sheet.append(cells)
    count = about_labels = 0
    for line in lines:
        sheet.append(_cells(sheet, line))
        count += 1
        about_labels += line.column == label.column
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{count + 1}"  # type: ignore[attr-defined]  # the stubs lack it
    if about_labels:
        _offer_labels(sheet, about_labels, label)


def _cells(sheet: WriteOnlyWorksheet, line: RepairLine) -> list[object]:
    values = [*(getattr(line, code) for code in LEADING), *line.context, line.workbook_sha256]
    cells = [literal_cell(sheet, value) for value in values]
    for code, colour in (("value", _WRONG), ("mended_value", _TO_FILL_IN)):
        place = list(LEADING).index(code)
        cells[place] = marked(sheet, cells[place], colour)
    return list(cells)


def _offer_labels(sheet: WriteOnlyWorksheet, lines: int, label: LabelField) -> None:
    """A drop-down in the cells to fill in; another text is questioned, not refused: sorting may move lines there."""
    choice = DataValidation(
        type="list",
        formula1=f"'{LABELS_SHEET}'!$A$1:$A${len(label.names)}",
        errorStyle="warning",
        errorTitle=say("mended_value"),
        error=say("not_a_label"),
        showErrorMessage=True,
    )
    letter = get_column_letter(list(LEADING).index("mended_value") + 1)
    choice.add(f"{letter}2:{letter}{lines + 1}")
    sheet.data_validations.append(choice)  # type: ignore[attr-defined]  # the stubs lack it


def _add_labels_sheet(book: ExcelFile, label: LabelField) -> None:
    sheet = book.create_sheet(LABELS_SHEET)
    sheet.sheet_state = "hidden"
    for number, name in enumerate(label.names):
        columns = label.columns if number == 0 else ()
        sheet.append([literal_cell(sheet, text) for text in (name, *columns)])
