"""What more processes are worth on one machine: workers of a sweep, and ranks of a training; one thread in each.

    python benchmarks/workers.py --workers 1 2 4 --trials 8
    python benchmarks/workers.py --ranks 1 2 --workers --encoder DIR

A sweep runs on a Prefect server of its own, in a new home for each number of workers, so that every trial is trained.
Its time is from the start of its first trial to the end of its last: the import of PyTorch in each trial counts; what
the sweep prepares before, and the training of the winner, do not. The pace of ranks is that of an epoch after its first
log point, not compiled; the last row is one rank with as many threads as the largest number of ranks.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before PyTorch is loaded, and for every process that is started
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import httpx
import torch

from benchmarks.machine import ROOT, describe_machine
from benchmarks.script import print_report, run_plainly
from benchmarks.systems.corpus import TokenCorpus, draw_corpus, write_kobert_shape
from benchmarks.systems.storyflower import Account
from benchmarks.table import Column, View
from storyflower.cluster import services
from storyflower.cluster.kept import Program, kept, wait_for
from storyflower.cluster.ports import free_ports
from storyflower.errors import StoryFlowerError
from storyflower.model.classifier import new_classifier
from storyflower.model.config import read_config
from storyflower.model.devices import find_hardware
from storyflower.recipe import KOBERT
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.server_access import secret_of
from storyflower.training.loop import TrainingJob, finetune

COLUMNS = (
    Column("", "name"),
    Column("processes", "processes"),
    Column("threads", "threads"),
    Column("seconds", "seconds", "{:.1f}"),
    Column("a minute", "per_minute", "{:,.1f}"),
    Column("of one", "ratio", "{:.2f}"),
)
_BIN = Path(sys.executable).parent
_SEED = 42


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = _options()
    with TemporaryDirectory() as folder:
        rows = [*sweep_rows(options, Path(folder)), *rank_rows(options, Path(folder))]
    report = {"rows": rows, "trials": options.trials, "machine": describe_machine()}
    print_report(report, _view, as_json=options.json)


def sweep_rows(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Trials a minute for each number of workers; the further seeds of finalists are trials too."""
    if not options.workers:
        return []
    training, validation = write_sample_workbooks(folder, training_rows=options.rows, validation_rows=options.rows // 5)
    search = folder / "search.toml"
    search.write_text("[training.learning_rate]\nlow = 1e-3\nhigh = 1e-2\nlog = true\n", "utf-8")
    sweep = (
        *("storyflower", "sweep", "--train", str(training), "--validation", str(validation), "--search", str(search)),
        *("--recipe", "tiny", "--trials", str(options.trials), "--folds", "2", "--sampler", "random"),
        *("--pruner", "none", "--json"),
    )
    rows = []
    with _prefect_server(folder) as server:
        for count in options.workers:
            begin = datetime.now(UTC)
            homed = server | {"STORYFLOWER_HOME": str(folder / f"home-{count}")}
            with ExitStack() as running:
                for number in range(count):
                    running.enter_context(_worker(f"worker-{count}-{number}", folder, homed))
                parallel = max(2, count)  # a sweep with one at a time would make it itself
                _run(_program(f"sweep-{count}", folder, homed, *sweep, "--parallel", str(parallel)))
            rows.append(_row("sweep, trials", count, 1, *_runs_since(server, begin)))
    return _with_ratios(rows)


def rank_rows(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Examples a minute for each number of ranks, and for one rank with as many threads as the most ranks have."""
    if not options.ranks:
        return []
    encoder = options.encoder or folder / "encoder"
    if options.encoder is None:
        write_kobert_shape(encoder, seed=_SEED)
    corpus = draw_corpus(options.examples, read_config(encoder).vocab_size, seed=_SEED)
    ways = dict.fromkeys([*((ranks, 1) for ranks in options.ranks), (1, max(options.ranks))])
    return _with_ratios([_ranks_row(encoder, corpus, ranks, threads, folder) for ranks, threads in ways])


def _ranks_row(encoder: Path, corpus: TokenCorpus, ranks: int, threads: int, folder: Path) -> dict[str, Any]:
    torch.set_num_threads(threads)
    recipe = replace(KOBERT.training, epochs=1, devices=ranks, seed=_SEED, log_every=2)
    model = new_classifier(encoder, corpus.labels, dropout=recipe.dropout, seed=_SEED)
    account = Account()
    place = folder / f"checkpoints-{ranks}-{threads}"
    job = TrainingJob(model, corpus.train, corpus.dev, recipe, find_hardware("cpu"), place, compiling="off")
    finetune(job, [account])
    pace = account.after_the_first_log_point()
    if pace is None:
        raise StoryFlowerError("too few examples: --examples has to be at least four batches of 64")
    return _row("training, examples", ranks, threads, pace.seconds, pace.examples)


@contextmanager
def _prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """A Prefect server with the deployments of prefect.yaml, and the environment that reaches it."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/api"
    plain = os.environ | {
        "PATH": f"{_BIN}:{os.environ['PATH']}",
        "STORYFLOWER_HOME": str(folder / "server"),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    with kept(_program("server", folder, plain, "python", "-m", "flows.server", "--port", str(port))) as server:
        server.until(partial(services.answers, f"{url}/health"))
        access = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": secret_of(folder / "server")}
        _run(_program("deploy", folder, plain | access, "python", "-m", "flows.deployments", services.POOL))
        yield plain | access


@contextmanager
def _worker(name: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A worker that takes one run at a time."""
    command = ("prefect", "worker", "start", "--pool", services.POOL, "--name", name, "--limit", "1")
    since = datetime.now(UTC)
    with kept(_program(name, folder, environment, *command)) as worker:
        worker.until(partial(services.is_online, name, since, environment))
        yield


def _program(name: str, folder: Path, environment: Mapping[str, str], *command: str) -> Program:
    return Program(name, [str(_BIN / command[0]), *command[1:]], ROOT, folder / f"{name}.log", environment)


def _run(program: Program) -> None:
    """Run a program to its end, however long that takes."""
    print(" ".join(program.command), file=sys.stderr, flush=True)
    with kept(program) as running:
        wait_for(running.succeeded, running, (), seconds=inf)


def _runs_since(server: Mapping[str, str], begin: datetime) -> tuple[float, int]:
    """Seconds from the start of the first run of a trial since then to the end of the last, and how many there were."""
    user, _, password = server["PREFECT_API_AUTH_STRING"].partition(":")
    asked = {"flows": {"name": {"any_": ["trial"]}}, "flow_runs": {"start_time": {"after_": begin.isoformat()}}}
    reply = httpx.post(f"{server['PREFECT_API_URL']}/flow_runs/filter", json=asked, auth=(user, password), timeout=60)
    runs = reply.raise_for_status().json()
    began, ended = ([datetime.fromisoformat(run[which]) for run in runs] for which in ("start_time", "end_time"))
    return (max(ended) - min(began)).total_seconds(), len(runs)


def _row(name: str, processes: int, threads: int, seconds: float, done: int) -> dict[str, Any]:
    return {
        "name": name,
        "processes": processes,
        "threads": threads,
        "seconds": seconds,
        "per_minute": 60 * done / seconds,
    }


def _with_ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"ratio": row["per_minute"] / rows[0]["per_minute"]} for row in rows]


def _view(report: Mapping[str, Any]) -> View:
    about = f"{report['trials']} trials of the recipe tiny on two folds; {report['machine']['cpu']}."
    return View(COLUMNS, report["rows"], [about])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2, 4], help="numbers of workers; none: no sweep")
    parser.add_argument("--trials", type=int, default=8, help="trials of each sweep")
    parser.add_argument("--rows", type=int, default=2000, help="training rows of the sweep, made up")
    parser.add_argument("--ranks", nargs="*", type=int, default=[1, 2], help="numbers of ranks; none: no training")
    parser.add_argument("--examples", type=int, default=1280, help="training examples of the ranks, in steps of 64")
    parser.add_argument("--encoder", type=Path, help="a BERT directory for the ranks; else KoBERT's shape at random")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    run_plainly(main)
