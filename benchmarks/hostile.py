"""Give harmful workbooks to `storyflower check`: each must end in a message and an exit code.

    python benchmarks/hostile.py
    python benchmarks/hostile.py --files 1000 --seed 7

Every file ends in exit code 0, 1 or 2 with a message, within 60 seconds and 1 GiB (the reader process plus the growth
of this program); no traceback, no abort. One program reads the files one after the other, as `check` reads a folder;
one file of each kind is given to the command itself as well. Memory is read from Linux's `/proc`.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.hostile_files import KINDS, HostileFile, hostile_files
from benchmarks.peak import Peak
from benchmarks.script import run_plainly
from benchmarks.table import Column, View
from storyflower.data.inspection import inspect
from storyflower.data.reader_process import reader
from storyflower.recipe_data import DataRecipe

MOST_SECONDS, MOST_MB = 60.0, 1024.0
_NOISE = ("Traceback", "panicked", "memory allocation", "core dumped")
_COMMAND = "from storyflower.cli.start import main; main()"


@dataclass(frozen=True)
class Ending:
    """The outcome of reading a file."""

    kind: str
    name: str
    code: int
    message: str
    seconds: float
    peak_mb: float
    """Of the reader process, plus the growth of this program."""

    @property
    def faults(self) -> list[str]:
        """Violations of what the module promises; empty if there are none."""
        return [
            *([] if self.code in (0, 1, 2) else [f"exit {self.code}"]),
            *([] if self.code != 2 or self.message else ["no message"]),
            *(noise for noise in _NOISE if noise in self.message),
            *([f"{self.seconds:.0f} s"] if self.seconds > MOST_SECONDS else []),
            *([f"{self.peak_mb:.0f} MiB"] if self.peak_mb > MOST_MB else []),
        ]


def main() -> None:
    """Make the files, read them, print a table by kind; exit code 1 where a file breaks a rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=12 * len(KINDS), help="how many (default: 12 of each kind)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        files = hostile_files(options.files, options.seed)
        endings = list(read_all(files, Path(scratch)))
        commands = [of_command(file, Path(scratch)) for file in hostile_files(len(KINDS), options.seed + 1)]
    if options.json:
        print(json.dumps([asdict(ending) for ending in [*endings, *commands]], ensure_ascii=False, indent=1))
    else:
        print(_view(endings, commands).as_text())
    if any(ending.faults for ending in [*endings, *commands]):
        sys.exit(1)


def read_all(files: Iterator[HostileFile] | Sequence[HostileFile], scratch: Path) -> Iterator[Ending]:
    """Read and check every file as `check` does, one after the other with the same reader process."""
    for file in files:
        path = scratch / file.name
        path.write_bytes(file.content)
        before, started = _resident_mb("self"), perf_counter()
        with Peak(_held_mb) as peak:
            inspection = inspect([str(path)], [], DataRecipe(), scratch / "downloads")
        seconds = perf_counter() - started
        message = "".join(map(str, inspection.unreadable))
        code = 2 if inspection.unreadable else int(not inspection.is_clean)
        yield Ending(file.kind, file.name, code, message, seconds, peak.highest - before)
        path.unlink()


def of_command(file: HostileFile, scratch: Path) -> Ending:
    """Run the command on a file; its memory is not measured."""
    path = scratch / file.name
    path.write_bytes(file.content)
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "check", str(path)], capture_output=True, text=True, check=False
    )
    message = done.stderr if done.returncode else done.stdout + done.stderr
    return Ending(file.kind, file.name, done.returncode, message, perf_counter() - started, 0.0)


def _held_mb() -> float:
    """Memory in MiB of this program and of its reader process."""
    return _resident_mb("self") + (_resident_mb(str(reader().pid)) if reader().pid else 0)


def _resident_mb(pid: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0.0  # it has ended
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def _view(endings: Sequence[Ending], commands: Sequence[Ending]) -> View:
    """One line per kind."""
    rows = []
    for kind in KINDS:
        of_kind = [ending for ending in endings if ending.kind == kind]
        codes = [ending.code for ending in of_kind]
        rows.append(
            {
                **{"kind": kind, "files": len(of_kind)},
                **{f"exit {code}": codes.count(code) for code in (0, 1, 2)},
                "command": ", ".join(str(ending.code) for ending in commands if ending.kind == kind),
                "seconds": max((ending.seconds for ending in of_kind), default=None),
                "peak": max((ending.peak_mb for ending in of_kind), default=None),
            }
        )
    columns = [Column(name, name) for name in ("kind", "files", "exit 0", "exit 1", "exit 2", "command")]
    columns += [Column("longest s", "seconds", "{:.1f}"), Column("peak MiB", "peak", "{:.0f}")]
    faults = [f"✗ {ending.name}: {', '.join(ending.faults)}" for ending in [*endings, *commands] if ending.faults]
    total = f"{len(endings)} files of {len(KINDS)} kinds; {len(faults)} break the rules."
    return View(columns, rows, [total, *faults])


if __name__ == "__main__":
    run_plainly(main)
