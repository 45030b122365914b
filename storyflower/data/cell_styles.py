"""The few styles of the cells that are added to a workbook, put into its list of styles."""

from collections.abc import Sequence
from typing import Literal

from storyflower.data.xml_edit import Edit, Section, sections, spliced

Style = Literal["share", "marked", "marked_share", "bold"]

MARK_COLOUR = "FFFFE699"
"""ARGB: the amber of cells that are unsure."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MINIMAL = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="{_MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
).encode()
_PERCENT = 10
"""Excel's own number format 0.00%."""


def with_styles(xml: bytes | None) -> tuple[bytes, dict[Style, int]]:
    """The list of styles with ours at its end, and their numbers.

    Args:
        xml: the workbook's list, in UTF-8; None where it has none.

    Returns:
        The list, and the number of each style; no numbers where the list lacks one of the parts that all writers give.
    """
    xml = _MINIMAL if xml is None else xml
    found = sections(xml, ("fonts", "fills", "cellXfs"))
    if len(found) < 3:
        return xml, {}
    fonts, fills, formats = found["fonts"], found["fills"], found["cellXfs"]
    wanted: Sequence[tuple[Style, int, int, int]] = (
        ("share", _PERCENT, 0, 0),
        ("marked", 0, 0, fills.children),
        ("marked_share", _PERCENT, 0, fills.children),
        ("bold", 0, fonts.children, 0),
    )
    edits: list[Edit] = [
        *fonts.appended(xml, [_font(fonts)]),
        *fills.appended(xml, [_fill(fills)]),
        *formats.appended(xml, [_format(formats, number, font, fill) for _, number, font, fill in wanted]),
    ]
    numbers = {style: formats.children + place for place, (style, *_) in enumerate(wanted)}
    return spliced(xml, edits), numbers


def _font(section: Section) -> str:
    p = section.prefix
    return f'<{p}font><{p}b/><{p}sz val="11"/><{p}name val="Calibri"/></{p}font>'


def _fill(section: Section) -> str:
    p = section.prefix
    colour = f'<{p}fgColor rgb="{MARK_COLOUR}"/><{p}bgColor indexed="64"/>'
    return f'<{p}fill><{p}patternFill patternType="solid">{colour}</{p}patternFill></{p}fill>'


def _format(section: Section, number: int, font: int, fill: int) -> str:
    flags = [("applyNumberFormat", number), ("applyFont", font), ("applyFill", fill)]
    applied = "".join(f' {flag}="1"' for flag, value in flags if value)
    ids = f'numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0"'
    return f"<{section.prefix}xf {ids}{applied}/>"
