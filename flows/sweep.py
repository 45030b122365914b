"""The sweep flow: recipes are tried on development folds, and the best one is trained, evaluated and judged.

An interrupted sweep goes on when it is run again: its trials are kept in the home, and trainings by their content.
"""

from dataclasses import replace

from prefect import flow
from prefect.exceptions import TerminationSignal

from flows.reconcile import ENDINGS
from flows.reporting import wait_for_the_server
from flows.tracked import tracked
from flows.train import train
from flows.workers import PoolWorkers, pool_workers
from storyflower.data.fetched_file import fetched_once
from storyflower.evaluation.selection import Selection
from storyflower.model.devices import find_hardware
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.results import SweepResult
from storyflower.pipeline.source import CorpusSource
from storyflower.pipeline.unlabelled import read_further
from storyflower.recipe import RECIPE_PARAMETER, TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.sweeps.jobs import SweepJob
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.space import checked_space, default_space
from storyflower.sweeps.sweep import Sweep, open_sweep
from storyflower.sweeps.trial import Bench
from storyflower.tracking.runs import TrackedRun
from tasks.ingest import ingest
from tasks.normalize import normalize
from tasks.sweep import (
    RECIPE_FILE,
    keep_selection,
    report_interruption,
    run_finalist,
    run_trial,
    search_on_workers,
)


@flow(
    name="sweep",
    flow_run_name="sweep-{recipe.name}",
    description="Recipes tried on development folds, the best one trained and judged.",
    **ENDINGS,
)
def sweep(
    source: CorpusSource, recipe: TrainingRecipe = RECIPE_PARAMETER, plan: SweepPlan | None = None
) -> SweepResult:
    """Recipes tried on development folds, the best one trained and judged.

    Args:
        source: The training and the validation workbook; the latter is used by the winner's training alone.
        recipe: What is not varied: a preset, and what is changed of it.
        plan: What is searched, and for how long; when empty, 20 trials in the space that ships with StoryFlower.
    """
    machine = settings()
    home, given, recipe = Home.of(machine), recipe, recipe.on_machine(machine)
    plan = SweepPlan(default_space(recipe)) if plan is None else replace(plan, space=checked_space(plan.space, recipe))
    plan.require_possible()
    workers = pool_workers(plan.parallel) if plan.parallel > 1 else None
    with fetched_once():
        with tracked(home, source, recipe, machine.device) as run:
            workbooks = ingest(run, source, recipe.data)
            corpus: CorpusRef = normalize(run, workbooks, recipe)
            further = tuple(read_further(home, corpus, recipe, source.unlabelled_files))
            bench = Bench(home, corpus, recipe, find_hardware(machine.device), machine.compile, further)
            with open_sweep(bench, plan) as opened:
                job = SweepJob.of(opened, run.run_id, given, source.unlabelled_files) if workers else None
                selection = _search(run, opened, job, workers)
                keep_selection(run, opened, selection)
                winner, file = opened.chosen(selection), opened.folder / RECIPE_FILE
        version = train(source if winner.encoder.adapt_epochs else source.labelled, winner)
    wait_for_the_server()
    return SweepResult(selection=selection, recipe_file=file, sweep_run_id=run.run_id, version=version)


def _search(run: TrackedRun, opened: Sweep, job: SweepJob | None, workers: PoolWorkers | None) -> Selection:
    """Make the trials that are still to be made, on workers if there are any, and choose."""
    try:
        if job and workers:
            workers.warn_if_few(opened.plan.parallel)
            return opened.select(search_on_workers(run, opened, job, workers))
        opened.await_workers()
        while (trial := opened.ask()) is not None:
            run_trial(run, opened, trial)
        return opened.select([run_finalist(run, opened, trial) for trial in opened.finalists()])
    except (KeyboardInterrupt, SystemExit, TerminationSignal):
        report_interruption(opened)
        raise
