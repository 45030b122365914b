"""The waiting of OpenMP threads during a training on the CPU, on an idle machine and beside busy processes.

    python benchmarks/waiting.py --shape tiny --busy 12
    python benchmarks/waiting.py --shape kobert --rows 384
    python benchmarks/waiting.py --encoder DIR --rows 640 --busy 12

Each training runs in a process of its own; in each round all ways of waiting take their turn, and the table shows
medians. A training that takes more than `--limit` seconds is stopped; its row shows the rate that it stayed below.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import ROOT, describe_machine
from benchmarks.script import print_report, run_plainly
from benchmarks.systems.corpus import draw_corpus, save_corpus, write_kobert_shape
from benchmarks.systems.job import Job, Measurement
from benchmarks.table import Column, View
from storyflower.model.config import read_config
from storyflower.model.encoder import write_scratch_encoder
from storyflower.recipe import TINY

WAYS: dict[str, dict[str, str]] = {
    "OpenMP's default": {},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "spin 300": {"GOMP_SPINCOUNT": "300"},
    "spin 1,000": {"GOMP_SPINCOUNT": "1000"},
    "spin 4,000": {"GOMP_SPINCOUNT": "4000"},
}
_VARIABLES = {name for way in WAYS.values() for name in way}
_SEED = 42
_LETTERS = [chr(ord("가") + 7 * i) * 3 for i in range(80)]
"""Texts from which a vocabulary for the tiny shape is trained."""


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = _options()
    with TemporaryDirectory() as scratch:
        report = measure(options, Path(scratch))
    print_report(report, _view, as_json=options.json)


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Examples per second of each way of waiting, and the ratio to OpenMP's default on the idle machine."""
    job = _prepare(options, folder)
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(options.rounds):
        for busy in dict.fromkeys((0, options.busy)):
            for way in options.ways:
                with _busy_processes(busy):
                    rate = _rate(job, folder, WAYS[way], options)
                rates.setdefault((way, busy), []).append(rate)
                print(
                    f"{way:<18} beside {busy:>2} busy processes  {rate:>9,.1f} examples/s", file=sys.stderr, flush=True
                )
    best = median(rates.get((next(iter(WAYS)), 0)) or next(iter(rates.values())))
    rows = [
        {"name": way, "busy": busy, "rate": median(found), "ratio": median(found) / best}
        for (way, busy), found in rates.items()
    ]
    return {
        "shape": options.encoder.name if options.encoder else options.shape,
        "rows": rows,
        "rounds": options.rounds,
        "machine": describe_machine(),
    }


def _prepare(options: argparse.Namespace, folder: Path) -> Job:
    encoder = options.encoder or folder / "encoder"
    if options.encoder is None and options.shape == "kobert":
        write_kobert_shape(encoder, seed=_SEED)
    elif options.encoder is None:
        write_scratch_encoder(_LETTERS, replace(TINY.encoder, scratch_vocab_size=100), encoder, seed=_SEED)
    corpus = folder / "corpus.npz"
    save_corpus(corpus, draw_corpus(options.rows, read_config(encoder).vocab_size, seed=_SEED))
    return Job(
        system="storyflower:eager",
        encoder=str(encoder),
        corpus=str(corpus),
        device="cpu",
        epochs=1,
        seed=_SEED,
        learning_rate=5e-5,
        max_steps=None,
        judge=False,
    )


def _rate(job: Job, folder: Path, way: dict[str, str], options: argparse.Namespace) -> float:
    """Examples per second of one training; an upper bound if it was stopped."""
    job_file, measurement = folder / "job.json", folder / "measurement.json"
    job_file.write_text(json.dumps(asdict(job)), "utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
    command = [sys.executable, "-m", "benchmarks.systems.child", str(job_file), str(measurement)]
    try:
        subprocess.run(
            command,
            cwd=ROOT,
            env=environment | {"HF_HUB_OFFLINE": "1", "THP_MEM_ALLOC_ENABLE": "1"} | way,
            check=True,
            timeout=options.limit,
            stdout=subprocess.DEVNULL,  # standard output belongs to the table, and errors to the reader
        )
    except subprocess.TimeoutExpired:
        return options.rows / float(options.limit)
    return Measurement.read(measurement).steady_rate


@contextmanager
def _busy_processes(count: int) -> Iterator[None]:
    """Start processes that use a core all the time; they end with this process, even if it is killed."""
    code = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def _view(report: dict[str, Any] | Any) -> View:
    columns = (
        Column("", "name"),
        Column("busy processes", "busy"),
        Column("examples/s", "rate", "{:,.1f}"),
        Column("of the default, quiet", "ratio", "{:.2f}"),
    )
    return View(columns, report["rows"], [f"{report['shape']}, medians of {report['rounds']} rounds."])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=("tiny", "kobert"), default="tiny", help="random weights of that shape")
    parser.add_argument("--encoder", type=Path, help="a BERT directory instead")
    parser.add_argument("--rows", type=int, default=1280, help="training examples, in steps of 64")
    parser.add_argument("--busy", type=int, default=12, help="busy processes beside the training, besides none")
    parser.add_argument("--rounds", type=int, default=2, help="measurements; medians are shown")
    parser.add_argument("--limit", type=int, default=120, help="seconds after which a training is stopped")
    parser.add_argument("--ways", nargs="+", choices=tuple(WAYS), default=list(WAYS), help="ways of waiting to measure")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    run_plainly(main)
