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
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
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
from benchmarks.table import Column, View
from storyflower.cluster.ports import free_ports
from storyflower.errors import StoryFlowerError
from storyflower.model.classifier import new_classifier
from storyflower.model.config import read_config
from storyflower.model.devices import find_hardware
from storyflower.recipe import KOBERT
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.server_access import secret_of
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

COLUMNS = (
    Column("", "name"),
    Column("processes", "processes"),
    Column("threads", "threads"),
    Column("seconds", "seconds", "{:.1f}"),
    Column("a minute", "per_minute", "{:,.1f}"),
    Column("of one", "ratio", "{:.2f}"),
)
_BIN = Path(sys.executable).parent
_START_SECONDS = 600.0
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
                    running.enter_context(_worker(f"{count}-{number}", folder, homed))
                parallel = max(2, count)  # a sweep with one at a time would make it itself
                _run([*sweep, "--parallel", str(parallel)], homed, folder / f"sweep-{count}.log")
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
    pace = _Pace()
    place = folder / f"checkpoints-{ranks}-{threads}"
    job = TrainingJob(model, corpus.train, corpus.dev, recipe, find_hardware("cpu"), place, compiling="off")
    finetune(job, [pace])
    return _row("training, examples", ranks, threads, *pace.steady())


class _Pace:
    """An observer that keeps the time of each log point."""

    def __init__(self) -> None:
        self._log_points: list[tuple[int, float]] = []

    def steady(self) -> tuple[float, int]:
        """Seconds and examples from the first log point to the last."""
        (examples, began), (examples_in_all, ended) = self._log_points[0], self._log_points[-1]
        return ended - began, examples_in_all - examples

    def started(self, plan: TrainingPlan) -> None: ...

    def stepped(self, progress: StepProgress) -> None:
        if progress.log_point:
            self._log_points.append((progress.examples_seen, time.perf_counter()))

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None: ...


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
    with _started(["python", "-m", "flows.server", "--port", str(port)], plain, folder / "server.log", f":{port}"):
        _wait_until_healthy(f"{url}/health")
        access = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": secret_of(folder / "server")}
        _run(["python", "-m", "flows.deployments", "storyflower"], plain | access, folder / "deploy.log")
        yield plain | access


@contextmanager
def _worker(name: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A worker that takes one run at a time."""
    command = ["prefect", "worker", "start", "--pool", "storyflower", "--name", name, "--limit", "1"]
    with _started(command, environment, folder / f"worker-{name}.log", "started!"):
        yield


@contextmanager
def _started(command: list[str], environment: Mapping[str, str], log: Path, ready: str) -> Iterator[None]:
    """A program that has written `ready` into its log; it is ended at the end of the context."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(_BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while ready not in log.read_text("utf-8", errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise _failed(command, log)
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_healthy(url: str) -> None:
    """The server announces itself before it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).is_success:
                return
        time.sleep(0.1)
    raise StoryFlowerError(f"{url} did not answer within {_START_SECONDS:.0f} s")


def _run(command: list[str], environment: Mapping[str, str], log: Path) -> None:
    print(" ".join(command), file=sys.stderr, flush=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [str(_BIN / command[0]), *command[1:]],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        raise _failed(command, log)


def _failed(command: list[str], log: Path) -> StoryFlowerError:
    return StoryFlowerError(f"{command[0]} failed:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


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
