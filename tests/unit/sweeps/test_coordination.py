"""Trials on workers that are threads of this process: what is handed over, watched, adopted, stopped and made again."""

import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from storyflower.errors import StoryFlowerError, SweepError
from storyflower.evaluation.selection import TrialScore
from storyflower.settings import settings
from storyflower.sweeps import coordination
from storyflower.sweeps.asking import ATTEMPTS
from storyflower.sweeps.coordination import finalists_on_workers, trials_on_workers
from storyflower.sweeps.heartbeat import taken_trial
from storyflower.sweeps.jobs import SweepJob, TrialJob, bench_of
from storyflower.sweeps.joined import JoinedSweep
from storyflower.sweeps.opening import join_study
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.study import OpenTrial
from storyflower.sweeps.sweep import Sweep, open_sweep
from storyflower.sweeps.trial import Bench, ObserversOf
from storyflower.sweeps.workers import RemoteRun
from tests.unit.sweeps.conftest import RECIPE, SPACE, bench_in
from tests.unit.sweeps.test_sweep import Counting, swept, watched_by
from tests.waiting import GIVE_UP_S

PLAN = SweepPlan(SPACE, trials=3, folds=2, sampler="random", pruner="none", finalists=1, more_seeds=1, parallel=2)


class Threads:
    """Workers in threads, which do what the flow `trial` does."""

    def __init__(self, bench: Bench, failing: int = 0, held: Event | None = None) -> None:
        self.counting = Counting()
        self.stopped: list[str] = []
        self.submitted: list[str] = []
        self._home = bench.home
        self._failing = failing
        """The number of a trial at which the process dies."""
        self._held = held
        self._pool = ThreadPoolExecutor(1)  # trainings in one process share the generators of random numbers
        self._runs: dict[str, Future[None]] = {}

    def submit(self, job: TrialJob, key: str) -> RemoteRun:
        if key not in self._runs:
            self.submitted.append(job.name)
            self._runs[key] = self._pool.submit(self._work, job, key)
        return self.look(key)

    def look(self, run_id: str) -> RemoteRun:
        future = self._runs[run_id]
        if future.done():
            return RemoteRun(run_id, "ended", repr(future.exception()))
        return RemoteRun(run_id, "taken" if future.running() else "waiting")

    def stop(self, run_id: str, reason: str, *, dead: bool = False) -> None:  # noqa: ARG002  # as a worker that is slow to stop
        if not self._runs[run_id].done():
            self.stopped.append(run_id)

    def why_waiting(self) -> str:
        return "the threads are busy"

    def _work(self, job: TrialJob, key: str) -> None:
        of_sweep = job.sweep
        with join_study(self._home, of_sweep.study, pruner="none", folds=of_sweep.plan.folds) as study:
            if job.index is None:
                sweep = JoinedSweep(bench_of(of_sweep, self._home, settings()), of_sweep.plan, of_sweep.study, study)
                trial = next(ended for ended in sweep.ended() if ended.number == job.number)
                folds = sweep.with_seed(trial, job.seed or 0, self._observed())
                study.keep_seed(job.number, job.seed or 0, folds)
                return
            with taken_trial(study, job.index, key) as opened:
                if self._held is not None:
                    assert self._held.wait(GIVE_UP_S)
                if opened.number == self._failing:
                    raise RuntimeError("the process died")
                sweep = JoinedSweep(bench_of(of_sweep, self._home, settings()), of_sweep.plan, of_sweep.study, study)
                sweep.run(opened, self._observed())

    def _observed(self) -> ObserversOf:
        return watched_by(self.counting)


@pytest.fixture(autouse=True)
def quick(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the workers at short intervals."""
    monkeypatch.setattr(coordination, "POLL_SECONDS", 0.05)
    monkeypatch.setenv("STORYFLOWER_DEVICE", "cpu")


@pytest.fixture(scope="module")
def bench(workbooks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return bench_in(tmp_path_factory.mktemp("coordination") / "home", *workbooks)


def job_of(sweep: Sweep) -> SweepJob:
    return SweepJob.of(sweep, "run", RECIPE, ())


def searched(sweep: Sweep, workers: Threads, begun: list[int], ended: list[TrialScore]) -> None:
    trials_on_workers(sweep, job_of(sweep), workers, lambda trial: begun.append(trial.number), ended.append)


def test_workers_choose_as_one_process_does_and_a_coordinator_that_died_trains_nothing_twice(
    bench: Bench, workbooks: tuple[Path, Path], tmp_path: Path
) -> None:
    elsewhere = bench_in(tmp_path / "alone", *workbooks)
    undisturbed = swept(elsewhere, PLAN)
    held = Event()
    workers, begun, ended = Threads(bench, held=held), list[int](), list[TrialScore]()

    def die_after_two(trial: OpenTrial) -> None:
        begun.append(trial.number)
        if len(begun) == 2:
            raise ConnectionError("the process that asks is gone")

    with open_sweep(bench, PLAN) as sweep, pytest.raises(ConnectionError):
        trials_on_workers(sweep, job_of(sweep), workers, die_after_two, ended.append)
    assert not workers.stopped
    with open_sweep(bench, PLAN) as sweep:
        assert [trial.number for trial in sweep.study.running()] == [1, 2]
        held.set()
        searched(sweep, workers, begun, ended)
        assert workers.submitted == ["trial-1", "trial-2", "trial-3"]
        assert [trial.number for trial in sweep.ended()] == [1, 2, 3]
        finalists = finalists_on_workers(sweep, job_of(sweep), workers)
        assert sweep.select(finalists) == undisturbed
        assert len(workers.counting.epochs) == (3 + 1) * 2 * 2  # trials and a seed, each of two folds and two epochs
        assert finalists_on_workers(sweep, job_of(sweep), workers) == finalists
        assert len(workers.submitted) == 4


def test_a_lost_trial_is_made_again_and_fails_at_last(bench: Bench) -> None:
    plan = replace(PLAN, folds=3, trials=2)
    workers, begun, ended = Threads(bench, failing=1), list[int](), list[TrialScore]()
    with open_sweep(bench, plan) as sweep:
        searched(sweep, workers, begun, ended)
    assert begun.count(1) == ATTEMPTS
    assert begun.count(2) == 1
    states = {trial.number: trial.state for trial in ended}
    assert states == {1: "failed", 2: "complete"}
    assert "the process died" in next(trial.reason for trial in ended if trial.number == 1)


def test_an_interruption_stops_the_workers_and_the_trials_are_asked_for_again(bench: Bench) -> None:
    plan, held = replace(PLAN, sampler="tpe"), Event()
    workers, asked = Threads(bench, held=held), dict[int, dict[str, object]]()

    def interrupt(trial: OpenTrial) -> None:
        asked[trial.number] = trial.values
        if trial.number == 2:
            raise KeyboardInterrupt

    with open_sweep(bench, plan) as sweep:
        with pytest.raises(KeyboardInterrupt):
            trials_on_workers(sweep, job_of(sweep), workers, interrupt, lambda _trial: None)
        assert len(workers.stopped) == 2
        assert not sweep.study.running()
        held.set()
        again = [sweep.study.ask() for _ in range(2)]
        assert {trial.number: trial.values for trial in again} == asked


@pytest.mark.usefixtures("in_english")
def test_a_worker_with_another_encoder_or_without_the_corpus_says_so(bench: Bench, tmp_path: Path) -> None:
    with open_sweep(bench, replace(PLAN, folds=4)) as sweep:
        job = job_of(sweep)
    other = job.model_copy(update={"encoder": "0" * 64})
    with pytest.raises(StoryFlowerError, match="another one than the sweep's"):
        bench_of(other, bench.home, settings())
    elsewhere = replace(bench.home, folder=tmp_path / "elsewhere")
    with pytest.raises(StoryFlowerError, match="neither in this home nor in a shared store"):
        bench_of(job, elsewhere, settings())
    (tmp_path / "store").mkdir()
    shared = f"file://{tmp_path / 'store'}"
    with pytest.raises(StoryFlowerError, match="neither in this home"):
        bench_of(job, replace(elsewhere, store=shared), settings())


def test_workers_find_the_corpus_in_a_store_that_was_emptied(bench: Bench, tmp_path: Path) -> None:
    store = tmp_path / "store"
    sharing = replace(bench, home=replace(bench.home, store=store.as_uri()))
    elsewhere = replace(sharing.home, folder=tmp_path / "elsewhere")
    for _ in range(2):
        store.mkdir()
        with open_sweep(sharing, replace(PLAN, folds=4)) as sweep:
            job = job_of(sweep)
        assert bench_of(job, elsewhere, settings()).corpus.digest == bench.corpus.digest
        shutil.rmtree(store)
        shutil.rmtree(elsewhere.folder)


@pytest.mark.usefixtures("in_english")
def test_a_sweep_whose_trials_all_fail_ends_and_stops_its_workers(bench: Bench) -> None:
    class Failing(Threads):
        def _work(self, job: TrialJob, key: str) -> None:  # noqa: ARG002
            raise RuntimeError("no room")

    workers = Failing(bench)
    with open_sweep(bench, replace(PLAN, trials=9, folds=5)) as sweep, pytest.raises(SweepError, match="no room"):
        searched(sweep, workers, [], [])
