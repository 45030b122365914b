"""Which part of an .xlsx archive holds each of its sheets."""

import posixpath
import zipfile
from xml.etree import ElementTree


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The name of the part that holds each sheet, by the sheet's name.

    Both lists of the workbook are read once for all sheets, so that a file of many sheets takes time in proportion to
    their number. A sheet whose link leads to no part is left out; of several sheets with one name the first counts, as
    it does for the reader of the cells.

    Raises:
        ElementTree.ParseError, KeyError: the workbook's list of sheets or of links is not there, or no XML.
    """
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # expat bounds what entities unfold to
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links.iterfind("{*}Relationship")}
    parts: dict[str, str] = {}
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        link = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if target := targets.get(link):
            part = posixpath.normpath(posixpath.join("xl", target)).removeprefix("/")
            parts.setdefault(sheet.get("name", ""), part)
    return parts
