"""Runs a service, and ends it with everything that it has started once the process that wanted it has gone.

`python -P keeper.py STOP_SIGNAL SECONDS USER COMMAND …`. Standard input is a pipe that the process which wants the
service holds open. Its end, which the system also brings about when that process is ended by SIGKILL, ends the service:
by the signal, and by SIGKILL where that has not helped within the seconds. A line with a number sends that signal.
The exit code is that of the service. The file imports nothing of the package, to be small and quick to start.
"""

import ctypes
import os
import signal
import subprocess
import sys
from threading import Thread

import psutil

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Run the service until it ends or is no longer wanted."""
    stop, seconds, user = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    _adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's job in the background inherits that it is ignored
    account = {} if user == os.geteuid() else {"user": user, "group": user, "extra_groups": []}
    service = subprocess.Popen(  # noqa: S603
        sys.argv[4:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **account,  # type: ignore[call-overload]
    )
    ending = Thread(target=_end, args=(service, stop, seconds), daemon=True)
    signal.signal(signal.SIGTERM, lambda *_: ending.start())
    Thread(target=_obey, args=(service, ending), daemon=True).start()
    code = service.wait()
    _kill_what_it_left()
    os._exit(code if code >= 0 else 128 - code)


def _obey(service: "subprocess.Popen[bytes]", ending: Thread) -> None:
    for line in sys.stdin.buffer:
        service.send_signal(int(line))
    ending.start()


def _end(service: "subprocess.Popen[bytes]", stop: int, seconds: float) -> None:
    service.send_signal(stop)
    try:
        service.wait(seconds)
    except subprocess.TimeoutExpired:
        service.kill()


def _adopt_orphans() -> None:
    """Let processes whose parent has ended become children of this one, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_what_it_left() -> None:
    """Kill every descendant; each may have started another before it ended."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left)


if __name__ == "__main__":
    main()
