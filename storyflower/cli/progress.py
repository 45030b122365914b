"""Progress on standard error, shown once a step has taken two seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status

from storyflower.cli.console import err

_SLOW_SECONDS = 2.0


@contextmanager
def shown_when_slow(display: Status | Progress) -> Iterator[None]:
    """Show that something is going on once it has taken two seconds."""
    timer = Timer(_SLOW_SECONDS, display.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        display.stop()


def counting_bar(*, hidden: bool = False) -> Progress:
    """A bar with the number of items that are done, and the time that is left; only where there is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=hidden or not err.is_terminal)
