"""The program of a process that samples subwords: `python -m storyflower.training.sampling_child`; see `ahead`.

From standard input it takes a `Resample` and the epochs; to standard output it writes the tokens of one epoch after the
other. Writing waits until the parent reads, so that the process is one epoch ahead and no further.
"""

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from storyflower.text.tokens import TokenSequences


def main() -> None:
    """Sample until the last epoch, an error, or the end of the parent."""
    requests: Connection[Any, Any] = Connection(os.dup(sys.stdin.fileno()), writable=False)
    replies: Connection[Any, Any] = Connection(os.dup(sys.stdout.fileno()), readable=False)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed is no reply
    with suppress(EOFError, BrokenPipeError):  # the parent has ended, or needs no more
        request = requests.recv_bytes()
        threading.Thread(target=_end_with_the_parent, args=(requests,), daemon=True).start()
        for reply in _sampled(request):
            replies.send(reply)


def _sampled(request: bytes) -> Iterator[TokenSequences | Exception]:
    try:
        resample: Callable[[int], TokenSequences]
        resample, epochs = pickle.loads(request)  # noqa: S301  # written by the parent process
        yield from map(resample, epochs)
    except Exception as error:  # raised again where the training asks for this epoch
        yield error


def _end_with_the_parent(requests: "Connection[Any, Any]") -> None:
    with suppress(EOFError):
        requests.recv_bytes()
    os._exit(0)


if __name__ == "__main__":
    main()
