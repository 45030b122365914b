"""Access to the Prefect server of a home: by a secret in a file of the home that its owner alone can read.

The secret is the value of Prefect's `PREFECT_API_AUTH_STRING`. It reaches other processes through files and
environment variables, which belong to one user, never through arguments or logs.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from storyflower.atomic import write_privately
from storyflower.errors import StorageError
from storyflower.messages import problem
from storyflower.processes import ProcessMark, this_process

SECRET_FILE = "prefect-secret"  # noqa: S105  # a name
LOGIN_PAGE = "prefect-login.html"
LOGIN_PATH = "/storyflower-login"
"""The path to which the login page sends the secret."""
SECRET_FIELD = "secret"  # noqa: S105  # a name
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ADDRESS_FILE = "prefect-server.json"
_READABLE_BY_OTHERS = 0o077

_PAGE = """<!doctype html>
<meta charset="utf-8"><title>StoryFlower: Prefect</title>
<form method="post" action="{action}"><input type="hidden" name="{field}" value="{secret}">
<button>Prefect</button></form>
<script>document.forms[0].submit()</script>
"""


def secret_of(home: Path) -> str:
    """The secret of the home's Prefect server, as `user:password`; made at first use, by one process alone.

    Raises:
        StorageError: other users of the machine may read the file.
    """
    file = home / SECRET_FILE
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / f"{SECRET_FILE}.lock"):
            if not file.exists():
                write_privately(file, f"storyflower:{secrets.token_urlsafe(32)}\n")
    if os.name == "posix" and file.stat().st_mode & _READABLE_BY_OTHERS:
        raise problem(StorageError, "secret_readable", str(file), file=file)
    return file.read_text("utf-8").strip()


def auth_for(api_url: str, home: Path) -> str | None:
    """The secret, where `api_url` is the address of this home's own server; None where it is another or none runs.

    That its process lives is looked at first: after its end another user's program could listen at its port.
    """
    try:
        known = json.loads((home / _ADDRESS_FILE).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # the latter where the home is a file
        return None
    address = urlsplit(api_url)
    is_ours = address.hostname in LOOPBACK and address.port == known["port"]
    if not is_ours or ProcessMark.parse(known["process"]).has_ended():
        return None
    return secret_of(home)


@contextmanager
def registered(port: int, secret: str, home: Path) -> Iterator[Path]:
    """Inside, the commands of this home find this process as its server; the page that logs a browser in is yielded.

    A server whose secret the user has set is found by those who have set it too, not by its address.
    """
    address, page = home / _ADDRESS_FILE, home / LOGIN_PAGE
    home.mkdir(parents=True, exist_ok=True)
    action = f"http://127.0.0.1:{port}{LOGIN_PATH}"
    written = {page: _PAGE.format(action=action, field=SECRET_FIELD, secret=escape(secret))}
    if (home / SECRET_FILE).exists() and secret == secret_of(home):
        written[address] = json.dumps({"port": port, "process": str(this_process())})
    for file, text in written.items():
        write_privately(file, text)
    try:
        yield page
    finally:
        for file, text in written.items():
            if file.exists() and file.read_text("utf-8") == text:  # not that of a later server
                file.unlink()
