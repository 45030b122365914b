"""Soak: `storyflower serve` for half an hour at the knee of its throughput, while everything happens to it.

Sixteen clients ask all the time; others send malformed and oversized requests, or leave before the reply. Meanwhile
the alias is promoted and rolled back, and the MLflow server is killed and started again. Every answer is compared with
what its version answers in this process. Ends with SIGTERM under load. The exit status is 1 where a request was
dropped, a reply was wrong, or memory grew by more than a tenth from the first third to the last.

    python benchmarks/soak.py --minutes 30
"""

import argparse
import asyncio
import os
import socket
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.peers.options import KOBERT_SHAPE, add_model_options
from benchmarks.peers.served import classifier_of, registered_versions, texts_to_ask
from benchmarks.peers.soaked import Soak, children
from benchmarks.peers.soaking import Clients, Known
from benchmarks.script import print_report, run_plainly
from benchmarks.systems.corpus import write_kobert_shape
from benchmarks.views import soak_view
from storyflower.serving.predictor import load_predictor
from storyflower.storage.home import Home

_MARK = "이 문장은 어디에도 남지 않는다"
_MOST_GROWTH = 0.1
_TEXTS = 400


def main() -> None:
    """Soak, and print a table or one JSON object."""
    options = _options()
    with TemporaryDirectory() as scratch:
        report = asyncio.run(_report(options, Path(scratch)))
    print_report(report, soak_view, as_json=options.json)
    if not report["passed"]:
        sys.exit(1)


async def _report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    home, known = _versions(options, folder)
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        ports = (one.getsockname()[1], other.getsockname()[1])
    served, mlflow = children(home, ports, os.environ | {"STORYFLOWER_LANG": "en"}, folder)
    soak = Soak(home, served, mlflow, Clients(served.url, known, _MARK))
    try:
        await mlflow.start()
        await served.start()
        soak.clients.start(asking=options.clients, wrongly=2, leaving=2)
        await _happenings(soak, options)
        status = await soak.terminate()
    finally:
        await soak.close()
    return _found(soak, status, served.written()) | {
        "model": options.encoder.name,
        "minutes": options.minutes,
        "clients": options.clients,
        "load": os.getloadavg()[0],
        "machine": describe_machine(),
    }


async def _happenings(soak: Soak, options: argparse.Namespace) -> None:
    """Promotions and rollbacks, every third with an MLflow server that is killed, until the time is over."""
    ends, turn = time.monotonic() + 60 * options.minutes, 0
    while time.monotonic() < ends:
        await soak.promote("21"[turn % 2])
        await soak.clients.answers(50)
        if turn % 3 == 2:
            await soak.kill_mlflow()
            await soak.clients.answers(50)
            await soak.start_mlflow()
        turn += 1
        print(
            f"{soak.clients.tally.answered:>8,} answers, {soak.promotions} promotions, {soak.memory_mb[-1]:,.0f} MB",
            file=sys.stderr,
            flush=True,
        )
        await asyncio.sleep(options.pause)


def _versions(options: argparse.Namespace, folder: Path) -> tuple[Home, Known]:
    """Two versions that answer differently, and their answers."""
    texts = texts_to_ask(options.workbook)[:_TEXTS]
    encoder = options.encoder
    if encoder == KOBERT_SHAPE:
        encoder = folder / "encoder"
        write_kobert_shape(encoder, seed=42)
    directories = [folder / "one", folder / "two"]
    for seed, directory in enumerate(directories):
        classifier_of(encoder, directory, texts, seed=seed)
    answers = [load_predictor(directory, "cpu", "auto").probabilities(texts) for directory in directories]
    known = {str(i + 1): dict(zip(texts, rows, strict=True)) for i, rows in enumerate(answers)}
    return registered_versions(directories, folder), known


def _found(soak: Soak, status: int, log: str) -> dict[str, Any]:
    tally, memory = soak.clients.tally, soak.memory_mb
    third = max(1, len(memory) // 3)
    first, last = median(memory[:third]), median(memory[-third:])
    faults = len(tally.dropped) + len(tally.wrong) + (status != 0) + log.count("Traceback") + log.count(_MARK)
    return {
        "passed": faults == 0 and last < first * (1 + _MOST_GROWTH),
        "answered": tally.answered,
        "by_version": dict(tally.by_version),
        "refused": {str(status): count for status, count in sorted(tally.refused.items())},
        "hung_up": tally.hung_up,
        "promotions": soak.promotions,
        "kills": soak.kills,
        "dropped": tally.dropped[:20],
        "wrong": tally.wrong[:20],
        "exit_status": status,
        "p50_ms": float(np.percentile(tally.milliseconds, 50)),
        "p99_ms": float(np.percentile(tally.milliseconds, 99)),
        "memory_mb": [round(mb, 1) for mb in memory],
        "memory_first_mb": first,
        "memory_last_mb": last,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_options(parser, with_model=False)
    parser.add_argument("--minutes", type=float, default=30, help="length (default 30)")
    parser.add_argument("--clients", type=int, default=16, help="that ask all the time (default 16, the knee)")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two happenings (default 2)")
    return parser.parse_args()


if __name__ == "__main__":
    run_plainly(main)
