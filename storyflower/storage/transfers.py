"""Files copied to and from a shared store: a few at a time, in pieces, with their digests, and with progress."""

import contextvars
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import BinaryIO

from storyflower.messages import say
from storyflower.storage.objects import PIECE, Objects

log = logging.getLogger(__name__)

_AT_ONCE = 4
"""Files at a time. With parts of 8 MiB, two at once for each, the memory stays below 100 MiB for files of any size."""
_SECONDS_BEFORE_PROGRESS = 2.0
_SECONDS_BETWEEN_PROGRESS = 10.0


class StoppedError(Exception):
    """A transfer was ended because another one failed, or because its result is not needed any more."""


class Progress:
    """Logs how much was transferred, if it takes longer than two seconds; counted by several threads."""

    def __init__(self, code: str, name: str, total: int) -> None:
        """Begin at 0 of `total` bytes; `code` is that of the log line."""
        self._code, self._name, self._total = code, name, total
        self._done, self._lock = 0, Lock()
        self._due = time.monotonic() + _SECONDS_BEFORE_PROGRESS

    def count(self, size: int) -> None:
        """Add bytes that were transferred."""
        with self._lock:
            self._done += size

    def report(self) -> None:
        """Log a line if one is due."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _SECONDS_BETWEEN_PROGRESS
        log.info(say(self._code, name=self._name, done=self._done / 2**20, total=self._total / 2**20))


def send_files(objects: Objects, prefix: str, folder: Path, sizes: Mapping[str, int], *, name: str) -> None:
    """Upload files of a folder, by their names in it, to `prefix`.

    Args:
        objects: the shared store.
        prefix: what stands before the names there.
        folder: the folder of the files.
        sizes: names and bytes of the files.
        name: what is uploaded, for the log.

    Raises:
        SharedStoreError: see `Objects`.
        OSError: a file cannot be read.
    """
    progress = Progress("log.uploading", name, sum(sizes.values()))

    def send(file: str, stop: Event) -> None:
        with (folder / file).open("rb") as source:
            send_stream(objects, f"{prefix}/{file}", source, sizes[file], stop=stop, progress=progress)

    _each(sizes, send, progress)


def send_stream(
    objects: Objects, name: str, source: BinaryIO, size: int, *, stop: Event, progress: Progress | None = None
) -> str:
    """Upload what an open file of `size` bytes contains, and return its SHA-256.

    Raises:
        SharedStoreError: see `Objects`.
        StoppedError: `stop` was set.
    """
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        while chunk := source.read(PIECE):
            if stop.is_set():
                raise StoppedError
            digest.update(chunk)
            yield chunk
            if progress:
                progress.count(len(chunk))

    if size > PIECE:
        objects.upload(name, chunks())
    else:
        objects.put(name, b"".join(chunks()))
    return digest.hexdigest()


def fetch_files(
    objects: Objects, prefix: str, folder: Path, files: Mapping[str, str], sizes: Mapping[str, int], *, name: str
) -> list[str]:
    """Download files into a folder; return the names of those that are missing or have another SHA-256 than expected.

    Args:
        objects: the shared store.
        prefix: what stands before the names there.
        folder: the folder to write; folders in it are created.
        files: names and expected SHA-256 of the files.
        sizes: their bytes.
        name: what is downloaded, for the log.

    Raises:
        SharedStoreError: see `Objects`.
        OSError: a file cannot be written.
    """
    progress = Progress("log.downloading", name, sum(sizes.values()))
    damaged: list[str] = []

    def fetch(file: str, stop: Event) -> None:
        path, hashed = folder / file, hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target, suppress(FileNotFoundError):
            for piece in objects.pieces(f"{prefix}/{file}", sizes[file]):
                if stop.is_set():
                    raise StoppedError
                hashed.update(piece)
                target.write(piece)
                progress.count(len(piece))
        if hashed.hexdigest() != files[file]:
            damaged.append(file)

    _each(files, fetch, progress)
    return sorted(damaged)


def _each(names: Iterable[str], transfer: Callable[[str, Event], None], progress: Progress) -> None:
    """Transfer files in threads; the first failure ends the others, and is raised.

    The progress is reported from this thread, to whose flow run Prefect attributes its log lines.
    """
    stop = Event()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="transfer") as pool:
        waiting = {pool.submit(contextvars.copy_context().run, transfer, name, stop) for name in names}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED)
                for transferred in done:
                    transferred.result()
                progress.report()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
