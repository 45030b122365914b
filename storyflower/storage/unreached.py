"""Errors about files that are missing or cannot be fetched: the place, the reason and what to do."""

import difflib
import errno
from pathlib import Path

from storyflower.errors import WorkbookError, causes
from storyflower.messages import problem, say
from storyflower.quoting import pasted, quoted, shown
from storyflower.redaction import holds_secret
from storyflower.storage.paths import existing_path, typed_path
from storyflower.transient import http_status, may_pass

_OTHER_TABLES = {".json", ".txt", ".xlsm"}
"""Suffixes of files that are read where they are named, but not taken from a folder."""
_NO_PATH = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)  # nothing can lie at it
_REFUSED, _GONE = (401, 403), (404, 410)  # HTTP status codes
_WITHOUT_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError"}
_ALIKE = 0.7  # of difflib's ratio between file names


def no_such_file(location: str) -> WorkbookError:
    """Return the error about a path without a file."""
    path = typed_path(location)
    advice = [*_near_names(path), *_where_paths_begin(path), say("check_path")]
    return problem(WorkbookError, "no_such_file", pasted(location), path=_absolute(path), advice=" ".join(advice))


def nothing_matches(location: str, folder: Path | None) -> WorkbookError:
    """Return the error about a folder (or, if `folder` is None, a glob) without workbooks."""
    path = folder or typed_path(location)
    others = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in _OTHER_TABLES) if folder else []
    advice = [say("other_tables", names=", ".join(map(pasted, others[:3])))] if others else []
    advice += [*_where_paths_begin(path), say("check_pattern")]
    return problem(WorkbookError, "no_match", pasted(location), path=_absolute(path), advice=" ".join(advice))


def not_readable(error: OSError, location: str) -> WorkbookError:
    """Return the error about a path that the operating system refuses to read."""
    if error.errno in _NO_PATH:
        return problem(WorkbookError, "no_path", pasted(location), reason=error.strerror)
    code = "denied" if isinstance(error, PermissionError) else "unreachable"
    failure = problem(WorkbookError, code, pasted(location), reason=error.strerror)
    failure.retryable = may_pass(error)
    return failure


def cannot_fetch(error: Exception, location: str) -> WorkbookError:
    """Return the error about an address that could not be read; `retryable` is true if another attempt may succeed.

    Raise it `from None`: the causes contain the address with its secrets, and would be logged with tracebacks.
    """
    *_, root = causes(error)  # over http any failure comes as "not found"; the reason is the cause of it
    status = http_status(error)
    if isinstance(root, PermissionError) or status in _REFUSED or type(root).__name__ in _WITHOUT_CREDENTIALS:
        code = "denied"
    elif status in _GONE or (status is None and isinstance(root, FileNotFoundError)):
        code = "not_found"
    else:
        code = "unreachable"
    failure = problem(WorkbookError, code, pasted(location), reason=reason_of(root, location))
    failure.retryable = code == "unreachable" and may_pass(error)
    return failure


def reason_of(error: BaseException, address: str) -> str:
    """Return a library's message about an address; for an address with a secret only the type of error and the status.

    The message may quote any part of the address, such as `invalid literal for int(): 'word'` for `//u:word/x@host`.
    """
    if not holds_secret(address):
        return f"{type(error).__name__}: {error}"
    details = (error.strerror if isinstance(error, OSError) and error.errno else None, http_status(error))
    return ": ".join([type(error).__name__, *(str(detail) for detail in details if detail)])


def _near_names(path: Path) -> list[str]:
    """Return advice: a similar name in the same folder, or the last folder of the path that exists."""
    folder = existing_path(str(path.parent))
    if folder is None or not folder.is_dir():
        known = next(above for above in path.absolute().parents if existing_path(str(above)))
        return [say("no_such_folder", folder=_absolute(path.parent), known=pasted(str(known)))]
    names = {shown(file.name) for file in folder.iterdir()}
    near = difflib.get_close_matches(shown(path.name), sorted(names), n=1, cutoff=_ALIKE)
    return [say("near_name", name=quoted(near[0]))] if near else []


def _where_paths_begin(path: Path) -> list[str]:
    return [] if path.is_absolute() else [say("relative_path", folder=pasted(str(Path.cwd())))]


def _absolute(path: Path) -> str:
    return pasted(str(path.absolute()))
