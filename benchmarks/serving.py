"""Serving: `storyflower serve`, `mlflow models serve`, LitServe and a bare FastAPI handler, side by side.

The same classifier and the same cores for all. Clients ask one text at a time and wait for the reply (a closed loop);
they run in one process, on other cores where the machine has more than the servers get, and otherwise beside them,
where their share of the processor is reported. A round measures every system with every number of clients, in an order
that rotates; servers that are not measured are paused.

    python benchmarks/serving.py                                         the encoder and texts at hand
    python benchmarks/serving.py --encoder DIR --workbook FILE.xlsx --seconds 20 --rounds 5

Needs the extra `bench` (LitServe, aiohttp) and Linux (`taskset`).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import httpx

from benchmarks.machine import describe_machine
from benchmarks.peers.load import Cell, measure
from benchmarks.peers.options import add_model_options, model_and_texts
from benchmarks.peers.servers import FASTAPI, LITSERVE, MLFLOW, OURS, Server, start, systems_for
from benchmarks.script import print_report, run_plainly
from benchmarks.views import serving_view

_COMPARED = 32
"""Texts on which the labels of all systems are compared."""
Cells = dict[tuple[str, int], list[Cell]]


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = _options()
    with TemporaryDirectory() as scratch:
        report = _report(options, Path(scratch))
    print_report(report, serving_view, as_json=options.json)


def _report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    model, texts = model_and_texts(options, folder)
    cores = sorted(os.sched_getaffinity(0))[: options.cores]
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[options.cores :]) or set(cores))
    servers: list[Server] = []
    try:
        for system in systems_for(model):
            if options.systems and system.name not in options.systems:
                continue
            servers.append(start(system, model, cores, folder))
            servers[-1].pause()
            _say(f"{system.name}: answers after {servers[-1].start_s:.1f} s")
        labels = {server.system.name: _labels(server, texts[:_COMPARED]) for server in servers}
        cells = _rounds(servers, texts, cores, options)
    finally:
        for server in servers:
            server.end()
    return {
        "systems": [row for server in servers for row in _rows(server, cells, options.clients)],
        "ratio": _ratios(cells, options.clients),
        "same_labels": {name: _share_equal(found, labels[servers[0].system.name]) for name, found in labels.items()},
        "model": options.model.name if options.model else options.encoder.name,
        "texts": len(texts),
        "cores": len(cores),
        "seconds": options.seconds,
        "rounds": options.rounds,
        "load": os.getloadavg()[0],
        "machine": describe_machine(),
    }


def _rounds(servers: Sequence[Server], texts: list[str], cores: Sequence[int], options: argparse.Namespace) -> Cells:
    cells: Cells = {}
    for number in range(options.rounds):
        turn = number % len(servers)
        for clients in options.clients:
            for server in [*servers[turn:], *servers[:turn]]:
                system = server.system
                server.resume()
                cell = measure(
                    server.url + system.path,
                    [system.request(text) for text in texts],
                    clients=clients,
                    seconds=options.seconds,
                    warm_up=options.warm_up,
                    cores=cores,
                )
                server.note_memory()
                server.pause()
                cells.setdefault((system.name, clients), []).append(cell)
                _say(f"round {number + 1}  {clients:>3} clients  {system.name:<24} {cell.rate:>8.1f}/s")
    return cells


def _rows(server: Server, cells: Cells, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """One row a number of clients; medians over the rounds."""
    rows = []
    for clients in numbers:
        found = cells[server.system.name, clients]
        fields = ("rate", "p50_ms", "p99_ms", "idle", "generator")
        figures = {name: median(getattr(cell, name) for cell in found) for name in fields}
        whole = {"peak_mb": server.peak_mb, "start_s": server.start_s}
        about = {"rates": [cell.rate for cell in found], "replies": sum(cell.replies for cell in found)}
        rows.append({"name": server.system.name, "clients": clients} | figures | whole | about)
    return rows


def _ratios(cells: Cells, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """How many times the replies a second of each peer, and the share of its latency; medians of the rounds' ratios."""
    return [
        {
            "peer": peer,
            "clients": clients,
            "rate": median(a.rate / b.rate for a, b in zip(cells[OURS, clients], found, strict=True)),
            "p50": median(a.p50_ms / b.p50_ms for a, b in zip(cells[OURS, clients], found, strict=True)),
            "p99": median(a.p99_ms / b.p99_ms for a, b in zip(cells[OURS, clients], found, strict=True)),
        }
        for peer in (MLFLOW, LITSERVE, FASTAPI)
        for clients in numbers
        if (found := cells.get((peer, clients))) and (OURS, clients) in cells
    ]


def _labels(server: Server, texts: Sequence[str]) -> list[str]:
    """The labels that the server gives, one request a text."""
    server.resume()
    headers = {"Content-Type": "application/json"}
    url, system = server.url + server.system.path, server.system
    with httpx.Client(timeout=120, headers=headers) as http:
        replies = [http.post(url, content=system.request(text)).raise_for_status() for text in texts]
    server.pause()
    return [system.label(reply.json()) for reply in replies]


def _share_equal(labels: Sequence[str], others: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(labels, others, strict=True)) / len(labels)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_options(parser)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64], help="numbers of clients")
    parser.add_argument("--seconds", type=float, default=20, help="length of a measurement (default 20)")
    parser.add_argument("--warm-up", type=float, default=2, help="seconds before it that do not count (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each cell (default 3)")
    parser.add_argument("--cores", type=int, default=2, help="cores of a server (default 2)")
    parser.add_argument("--systems", nargs="+", metavar="NAME", help="only these, by their names in the table")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run_plainly(main)
