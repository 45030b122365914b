"""A program that runs as long as it is wanted: it ends with the process that started it, however that ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from storyflower.cluster import keeper
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

SECONDS = 300.0
_POLL_SECONDS = 0.1
_TAIL = 3000  # characters of a log that a message repeats


@dataclass(frozen=True)
class Program:
    """What to run, and how it is ended."""

    name: str
    command: Sequence[str]
    folder: Path
    """In which it runs."""
    log: Path
    environment: Mapping[str, str] | None = None
    """In the place of this process's own."""
    stop: signal.Signals = signal.SIGTERM
    seconds: float = 30.0
    """How long the signal may take to end it, before SIGKILL does."""
    user: int | None = None
    """Id of the account that it runs as, where not that of this process."""
    held: tuple[int, ...] = ()
    """File descriptors that stay open until the program and everything that it has started have ended."""


class Kept:
    """A running program, which ends when this process ends at the latest, even if that is killed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        user = os.geteuid() if program.user is None else program.user
        keeping = [sys.executable, "-P", keeper.__file__, str(int(program.stop)), str(program.seconds), str(user)]
        with program.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [*keeping, *program.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=program.folder,
                env=program.environment,
                pass_fds=program.held,
                start_new_session=True,  # Ctrl-C in the terminal reaches this process alone, which ends all in order
            )

    @property
    def running(self) -> bool:
        """Whether it, or something that it has started, still runs."""
        return self._process.poll() is None

    def end_by(self, number: signal.Signals) -> None:
        """Send a signal that ends the program, and return once it and everything that it has started have ended."""
        if self._process.stdin is not None and self.running:
            os.write(self._process.stdin.fileno(), f"{int(number)}\n".encode())
            self._process.wait()
        self.end()

    def begin_to_end(self) -> None:
        """Let it end, without waiting for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self) -> None:
        """End it and everything that it has started."""
        self.begin_to_end()
        self._process.wait()

    def until(self, ready: Callable[[], bool]) -> None:
        """Return once `ready` is true: see `wait_for`."""
        wait_for(ready, self, (self,))

    def succeeded(self) -> bool:
        """Whether a program that ends by itself has done so with exit code 0.

        Raises:
            StoryFlowerError: it has failed; with the end of its log.
        """
        if self.running:
            return False
        if self._process.returncode != 0:
            raise self.problem()
        return True

    def problem(self) -> StoryFlowerError:
        """The error that it has ended, or does not answer, with the end of its log."""
        code = "cluster_silent" if self.running else "cluster_ended"
        tail = self.program.log.read_text("utf-8", "replace")[-_TAIL:].strip()
        return problem(StoryFlowerError, code, str(self.program.log), name=self.program.name, log=tail)


def wait_for(ready: Callable[[], bool], slow: Kept, needed: Collection[Kept], seconds: float = SECONDS) -> None:
    """Return once `ready` is true.

    Args:
        ready: Asked again and again.
        slow: The program that is waited for.
        needed: Programs that have to run meanwhile.
        seconds: How long at most.

    Raises:
        StoryFlowerError: a program that is needed has ended, or it takes too long; with the end of the log.
    """
    latest = monotonic() + seconds
    while not ready():
        require_running(needed)
        if monotonic() > latest:
            raise slow.problem()
        sleep(_POLL_SECONDS)


def require_running(needed: Collection[Kept]) -> None:
    """Look whether programs run.

    Raises:
        StoryFlowerError: one of them has ended; with the end of its log.
    """
    for program in needed:
        if not program.running:
            raise program.problem()


@contextmanager
def kept(program: Program) -> Iterator[Kept]:
    """Inside the block, the program runs."""
    running = Kept(program)
    try:
        yield running
    finally:
        running.end()
