"""Locations of workbooks: paths, folders, globs, or addresses that fsspec supports.

`${NAME}` stands for the path or address of one workbook in the environment variable NAME, so that only this name of an
address with a secret, such as a signed link, is recorded. The variable is read each time that the file is fetched.
"""

import os
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from storyflower.atomic import draft_beside
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import pasted, shown
from storyflower.redaction import holds_secret, without_secrets
from storyflower.storage.paths import WILDCARDS, existing_path, matching_paths, typed_path
from storyflower.storage.remote import chunks_of, download, filesystem_of, storage_errors
from storyflower.storage.unreached import no_such_file, not_readable, nothing_matches

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MOST_WORKBOOKS = 1000
"""The largest number of workbooks of a folder or glob: each takes about 0.1 seconds or more to read."""

_SUFFIXES = (".xlsx", ".csv", ".tsv")
"""Of the files that a folder gives; named by itself or by a glob, a file is read whatever its suffix.

Not `.json`, which may be a list of labels, or AI Hub's release once more.
"""
_IGNORED = ("~$", ".")  # Excel's mark of an open workbook; hidden files, such as those of macOS
_ALWAYS_LITERAL = str.maketrans({"[": "[[]", "?": "[?]"})  # in an address, where `*` alone makes a glob


def expand_locations(locations: str | Iterable[str]) -> list[str]:
    """Return one location per workbook: a folder gives its workbooks, a glob its matches, both by name.

    Workbooks of a folder are its .xlsx, .csv and .tsv files. A path or address of one file is returned unchanged,
    whether or not the file exists; duplicates are dropped.
    In an address only `*` makes a glob (a `?` begins a query), and http(s) supports neither globs nor folders.

    Raises:
        WorkbookError: a location or a name found there cannot be used (see `require_usable`), a folder or glob holds no
            workbook, or more than `MOST_WORKBOOKS`, or the storage of an address cannot be reached.
    """
    given = [locations] if isinstance(locations, str) else locations
    found: dict[str, str] = {}
    for location in map(require_usable, given):
        files = _at_path(location) if is_path(location) else {file: file for file in _at_address(location)}
        found |= {file: name for file, name in files.items() if file not in found}
    return list(found.values())


def local_file(location: str, downloads: Path, largest_mb: int) -> Path:
    """Return the local file of a location; an address is downloaded into `downloads`, with its SHA-256 as the name.

    Raises:
        WorkbookError: the location cannot be used (see `require_usable`), the file does not exist or may not be read,
            it is larger than `largest_mb` MiB, or the package for this kind of address is not installed.
    """
    address = require_usable(_looked_up(location))
    if is_path(address):
        return _local_path(address)
    from fsspec.implementations.local import LocalFileSystem

    filesystem, path = filesystem_of(address)
    if isinstance(filesystem, LocalFileSystem):
        return _local_path(path)
    with draft_beside(downloads / "download") as draft:
        digest = download(chunks_of(filesystem, path, address), draft, location, largest_mb)
        suffix = PurePosixPath(urlsplit(without_secrets(address)).path).suffix
        return draft.replace(downloads / f"{digest}{suffix}")


def is_path(location: str) -> bool:
    """Return whether a location is a path on this machine, and neither an address nor the name of a variable."""
    return "://" not in location and not _REFERENCE.fullmatch(location)


def require_usable(location: str) -> str:
    """Return the location if it names something, in characters that can be recorded.

    Raises:
        WorkbookError: it is blank, or a name in it is not UTF-8, as on Linux the Korean names in a zip file of Windows
            may not be. Python reads such bytes as lone surrogates, which neither JSON nor Arrow takes.
    """
    if not location.strip():
        raise problem(WorkbookError, "location_blank", pasted(location))
    try:
        location.encode()
    except UnicodeEncodeError:
        raise problem(WorkbookError, "name_not_utf8", pasted(location)) from None
    return location


def require_no_secret(location: str) -> str:
    """Return the location if it may be recorded and shown.

    Raises:
        WorkbookError: it is an address with a password, token or signature.
    """
    if holds_secret(location):
        raise problem(WorkbookError, "address_with_secret", pasted(location))
    return location


def _looked_up(location: str) -> str:
    """Return the value of the environment variable that a location names; any other location unchanged."""
    reference = _REFERENCE.fullmatch(location)
    if reference is None:
        return location
    address = os.environ.get(reference[1])
    if not address:
        raise problem(WorkbookError, "variable_unset", pasted(location), name=reference[1])
    return address


def require_file(location: str) -> None:
    """Raise WorkbookError unless a file or folder exists at a path, may be accessed, and can be recorded."""
    _local_path(require_usable(location))


def _local_path(location: str) -> Path:
    try:
        path = existing_path(location)
    except OSError as error:
        raise not_readable(error, location) from error
    if path is None:
        raise no_such_file(location)
    return path


def _at_path(location: str) -> dict[str, str]:
    """Return the workbooks at a path, as typed or found, by the resolved path of the file."""
    try:
        path = existing_path(location)
        if path is None and WILDCARDS.search(location):
            files = (str(file) for file in matching_paths(location) if file.is_file())
        elif path is not None and path.is_dir():
            files = (str(file) for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
        else:
            return {str((path or typed_path(location)).resolve()): location}
        found = _without_ignored(files, location)
    except OSError as error:
        raise not_readable(error, location) from error
    if not found:
        raise nothing_matches(location, path)
    return {str(Path(file).resolve()): file for file in found}


def _at_address(location: str) -> list[str]:
    if _REFERENCE.fullmatch(location) or location.startswith(("http://", "https://")):
        return [location]
    filesystem, path = filesystem_of(location)
    with storage_errors(location):
        filesystem.invalidate_cache()
        if "*" in path:
            found = filesystem.glob(path.translate(_ALWAYS_LITERAL), detail=True).values()
        elif filesystem.isdir(path):
            found = [file for file in filesystem.ls(path, detail=True) if file["name"].lower().endswith(_SUFFIXES)]
        else:
            return [location]
        files = [file["name"] for file in found if file["type"] == "file"]
    # The address of each file begins like the given one, which may contain a host or options of the storage.
    start, known, _ = location.rstrip("/").rpartition(path)
    addresses = (f"{start}{file}" if known else filesystem.unstrip_protocol(file) for file in files)
    workbooks = _without_ignored(addresses, location)
    if not workbooks:
        raise problem(WorkbookError, "no_match", pasted(location), path=shown(location), advice=say("check_pattern"))
    return workbooks


def _without_ignored(found: Iterable[str], location: str) -> list[str]:
    """Return the files without hidden and temporary ones, sorted by name.

    Raises:
        WorkbookError: they are too many, or the name of one cannot be used.
    """
    workbooks = (file for file in found if not PurePosixPath(file).name.startswith(_IGNORED))
    first = sorted(islice(workbooks, MOST_WORKBOOKS + 1))
    if len(first) > MOST_WORKBOOKS:
        raise problem(WorkbookError, "too_many_workbooks", pasted(location), limit=MOST_WORKBOOKS)
    return [require_usable(file) for file in first]
