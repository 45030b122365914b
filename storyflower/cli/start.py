"""The entry point of `storyflower`: Ctrl-C ends the program quietly, also while its modules are being imported."""

import gc
import os
import signal

_INTERRUPTED = 130
"""The exit code that shells give to a program that SIGINT ended."""
_COLLECT_AFTER = (50_000, 20, 20)
"""Thresholds of the garbage collector. With Python's own it takes a sixth of the time of the imports, whose objects all
stay, and with these a third of that (docs/log.md)."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*_COLLECT_AFTER)
    # An import that is broken off raises wherever it is: some libraries turn that into an error of their own.
    usual = signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from storyflower.cli.app import app
    from storyflower.cli.standard_output import checked_output

    signal.signal(signal.SIGINT, usual)
    with checked_output():
        app()
