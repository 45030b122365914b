"""A sweep on two real workers of two machines, which share a database and a store, and one of whose processes dies."""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from mlflow.entities import Run
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker
from pydantic_core import to_jsonable_python

from flows.sweep import sweep
from flows.trial import trial
from flows.workers import pool_workers
from storyflower.cluster.postgres import PostgresServer
from storyflower.errors import RecipeError
from storyflower.evaluation.selection import Selection
from storyflower.model.devices import find_hardware
from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.normalize import normalize_corpus
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.sweeps.jobs import SweepJob, TrialJob
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.space import Range, SearchSpace
from storyflower.sweeps.sweep import open_sweep
from storyflower.sweeps.trial import Bench
from storyflower.tracking.store import client
from tests.programs import ROOT, launch, read, stop, wait_for_line
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

POOL = "storyflower"
PLAN = SweepPlan(
    SearchSpace({"training.learning_rate": Range(1e-3, 1e-2, log=True)}),
    trials=2,
    folds=2,
    sampler="random",
    pruner="none",
    finalists=1,
    more_seeds=1,
)

DIES_ONCE = """
import os, signal, sys

def hook(name, arguments):
    if name != "os.rename" or "/stages/fold/" not in os.fsdecode(arguments[0]):
        return
    try:
        os.close(os.open({marker!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
"""
"""Kills the first process that keeps a fold, at the moment when it does."""


COORDINATES = "import json, sys; from flows.sweep import sweep; sweep(**json.loads(sys.argv[1]))"
"""A sweep in a process of its own, as a deployment calls it."""


@contextmanager
def worker(name: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A worker that takes one run at a time, with a home of its own."""
    env = os.environ | environment | {"PREFECT_API_URL": str(PREFECT_API_URL.value())}
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", name, "--limit", "1"]
    log = folder / f"{name}.log"
    process = launch(command, log, env)
    try:
        wait_for_line(f"Worker '{name}' started!", process, log)
        yield
    finally:
        stop(process)
        sys.stdout.write(read(log)[-6000:])  # shown when a test failed


def trial_runs() -> list[FlowRun]:
    with get_client(sync_client=True) as server:
        return server.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["trial"])))


class Machines:
    """The machine of the sweep, and workers; they share a database and a store."""

    def __init__(self, folder: Path, shared: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        """With a home for each machine."""
        self._shared, self._monkeypatch = shared, monkeypatch
        self._earlier = {run.id for run in trial_runs()}

    def enter(self) -> None:
        """From now on, the test is on the machine of the sweep."""
        for name, value in (self._shared | {"STORYFLOWER_HOME": str(self.folder / "coordinator")}).items():
            self._monkeypatch.setenv(name, value)

    def worker(self, name: str, *on_path: Path) -> AbstractContextManager[None]:
        """A worker on a machine of its own; modules of `on_path` come before others."""
        own = {
            "STORYFLOWER_HOME": str(self.folder / name),
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.folder / 'coordinator' / 'mlflow.db'}",
            "PYTHONPATH": ":".join(map(str, (*on_path, ROOT))),
            "OMP_NUM_THREADS": "1",
        }
        return worker(name, self.folder.parent, self._shared | own)

    def trial_runs(self) -> list[FlowRun]:
        """Those of this test."""
        return [run for run in trial_runs() if run.id not in self._earlier]


@pytest.fixture
def machines(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    database, store, folder = f"sweep_{uuid4().hex}", tmp_path / "store", tmp_path / "machines"
    postgres.create_database(database)
    store.mkdir()
    shared = {"STORYFLOWER_STUDIES": postgres.address(database), "STORYFLOWER_STORE": f"file://{store}"}
    return Machines(folder, shared, monkeypatch)


@pytest.fixture(scope="module")
def deployed() -> None:
    """The pool, and the deployment `trial` as in prefect.yaml."""
    with get_client(sync_client=True) as server:
        template = ProcessWorker.get_default_base_job_template()
        server.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        server.create_deployment(
            flow_id=server.create_flow(trial),
            name="trial",
            entrypoint="flows/trial.py:trial",
            work_pool_name=POOL,
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}],
            parameter_openapi_schema=parameter_schema(trial).model_dump(),
            enforce_parameter_schema=True,
        )


def alone(home: Home, source: CorpusSource, recipe: TrainingRecipe) -> Selection:
    """The same sweep in one process, without Prefect."""
    recipe = recipe.on_machine(settings())
    corpus = normalize_corpus(home, ingest_workbooks(home, source, recipe.data).value, recipe).value
    with open_sweep(Bench(home, corpus, recipe, find_hardware("cpu")), PLAN) as opened:
        while (asked := opened.ask()) is not None:
            opened.run(asked, lambda _fold: [])
        return opened.select([opened.with_more_seeds(found, lambda _fold: []) for found in opened.finalists()])


@pytest.mark.usefixtures("in_english")
def test_without_a_deployment_nothing_starts() -> None:
    """What the command calls before the flow, and the flow before its run in MLflow."""
    with pytest.raises(RecipeError, match="no deployment trial/trial") as raised:
        pool_workers(2)
    assert raised.value.exit_code == 2


@pytest.mark.usefixtures("in_english", "deployed")
def test_a_sweep_that_would_wait_for_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "has no worker that runs" in pool_workers(2).why_waiting()
    with get_client(sync_client=True) as server:
        server.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=1))
        assert pool_workers(2).slots == 1
        of_sweep = server.create_deployment(flow_id=server.create_flow(sweep), name="sweep", work_pool_name=POOL)
        run = server.create_flow_run_from_deployment(of_sweep)
        with monkeypatch.context() as inside:
            inside.setenv("PREFECT__RUNTIME__FLOW_RUN__ID", str(run.id))
            with pytest.raises(RecipeError, match="no slot for trials") as raised:
                pool_workers(2)
            assert "Raise the limit to 3" in raised.value.remedy
            inside.setenv("PREFECT__RUNTIME__DEPLOYMENT__NAME", "sweep-docker")
            with pytest.raises(RecipeError, match="no deployment trial/trial-docker"):
                pool_workers(2)
        server.delete_flow_run(run.id)
        server.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=None))


@pytest.mark.usefixtures("deployed")
def test_what_is_handed_over_is_one_flow_run_and_can_be_ended(recipe: TrainingRecipe) -> None:
    """Without a worker, so that the runs wait."""
    about = {"study": "s", "token": "t", "run_id": "r", "corpus": "c", "encoder": "e"}
    job = TrialJob(sweep=SweepJob(plan=PLAN, recipe=recipe, **about), number=1, index=0)
    workers = pool_workers(2)
    first, again, other = (workers.submit(job, key) for key in ("key-1", "key-1", "key-2"))
    assert first == again == workers.look(first.id)
    assert first.state == "waiting"
    assert other.id != first.id
    workers.stop(first.id, "no longer wanted")
    workers.stop(other.id, "its machine is gone", dead=True)
    assert workers.look(first.id).state == workers.look(other.id).state == "ended"
    assert workers.look(other.id).reason == "Crashed: its machine is gone"
    workers.stop(other.id, "once more")  # what has ended stays as it is
    assert workers.look(other.id).reason == "Crashed: its machine is gone"
    with get_client(sync_client=True) as server:
        assert [server.read_flow_run(UUID(run.id)).state_name for run in (first, other)] == ["Cancelled", "Crashed"]
        for run in (first, other):
            server.delete_flow_run(UUID(run.id))
    assert workers.look(first.id).state == "ended"


@pytest.mark.usefixtures("deployed")
def test_two_workers_make_the_trials_and_a_killed_one_is_made_again(
    source: CorpusSource,
    recipe: TrainingRecipe,
    home: Path,
    machines: Machines,
    postgres: PostgresServer,
    tmp_path: Path,
) -> None:
    recipe = recipe.with_changes({"epochs": 1})
    undisturbed = alone(Home(home), source, recipe)
    marker, hook = tmp_path / "died", tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(DIES_ONCE.format(marker=str(marker)), "utf-8")
    machines.enter()
    with ExitStack() as workers:
        for name in ("one", "two"):
            workers.enter_context(machines.worker(name, hook))
        result = sweep(source=source, recipe=recipe, plan=replace(PLAN, parallel=2))

    assert marker.exists()
    assert result.selection == undisturbed  # the same numbers, values, scores and choice as in one process
    runs = machines.trial_runs()
    made = Counter(run.name for run in runs if run.state and run.state.is_completed())
    assert made == {"trial-1": 1, "trial-2": 1, f"trial-{undisturbed.winner.number}-seed-43": 1}
    (lost,) = (run for run in runs if run.state and not run.state.is_completed())
    assert lost.state is not None
    assert lost.state.is_crashed()
    assert made[lost.name] == 1
    for name in ("one", "two"):
        assert list((machines.folder / name / "stages" / "fold").glob("*/manifest.json")), f"{name} made nothing"
    assert not list((machines.folder / "coordinator" / "stages").glob("fold/*"))
    for run in runs:  # nothing of one machine, and no password
        assert str(tmp_path) not in str(run.parameters)
        assert postgres.password not in str(run.parameters)

    nested = nested_runs(Home(machines.folder / "coordinator"), result.sweep_run_id)
    ended = Counter((run.info.run_name, run.info.status) for run in nested)
    winner = f"finalist {undisturbed.winner.number}"
    again = f"trial {lost.name.removeprefix('trial-')}"
    expected = [*(f"trial {number}" for number in (1, 2)), winner, f"{winner} seed 43"]
    assert ended == Counter({(name, "FINISHED"): 1 for name in expected} | {(again, "KILLED"): 1})
    assert result.version.model_version


def nested_runs(home: Home, parent: str) -> list[Run]:
    store = client(home)
    experiment = store.get_run(parent).info.experiment_id
    return list(store.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'"))


@pytest.mark.usefixtures("deployed")
def test_the_trials_of_a_killed_sweep_go_on_and_the_next_one_takes_them_over(
    source: CorpusSource, recipe: TrainingRecipe, home: Path, machines: Machines, tmp_path: Path
) -> None:
    """The process of the sweep gets SIGKILL while a worker trains its first trial."""
    recipe = recipe.with_changes({"epochs": 1, "seed": 5})
    undisturbed = alone(Home(home), source, recipe)
    plan = replace(PLAN, parallel=2)
    given = json.dumps(to_jsonable_python({"source": source, "recipe": recipe, "plan": plan}))
    log = tmp_path / "coordinator.log"
    machines.enter()

    def is_training() -> bool:
        assert first.poll() is None, read(log)
        return any(run.state is not None and run.state.is_running() for run in machines.trial_runs())

    with machines.worker("one"):
        env = os.environ | {"PREFECT_API_URL": str(PREFECT_API_URL.value())}
        first = launch([sys.executable, "-c", COORDINATES, given], log, env)
        try:
            until(is_training, lambda: read(log))
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        result = sweep(source=source, recipe=recipe, plan=plan)

    assert result.selection == undisturbed
    made = Counter((run.name, run.state.name) for run in machines.trial_runs() if run.state)
    once = ["trial-1", "trial-2", f"trial-{undisturbed.winner.number}-seed-6"]
    assert made == {(name, "Completed"): 1 for name in once}  # no trial was made twice, and none was lost
