"""Tasks of a sweep: each trial and each finalist is one, with a run of its own below the sweep's in MLflow."""

import json
import logging
from collections.abc import Mapping
from statistics import fmean
from types import MappingProxyType

from prefect import task
from prefect.cache_policies import NO_CACHE

from storyflower.atomic import write_atomically
from storyflower.evaluation.selection import Choice, Finalist, Selection, TrialScore
from storyflower.messages import say
from storyflower.recipe_file import write_recipe_file
from storyflower.reports.sweep import sentences, sweep_markdown, values_line, write_sweep
from storyflower.sweeps.choice import record_choice
from storyflower.sweeps.coordination import finalists_on_workers, trials_on_workers
from storyflower.sweeps.jobs import SweepJob, TrialJob
from storyflower.sweeps.joined import JoinedSweep
from storyflower.sweeps.study import OpenTrial
from storyflower.sweeps.sweep import Sweep
from storyflower.sweeps.workers import Workers
from storyflower.tracking.observer import MlflowObserver
from storyflower.tracking.runs import SWEEP_FOLDER, TrackedRun, nested_run
from storyflower.tracking.terminal import progress_display
from storyflower.training.progress import Observer
from tasks.publishing import publish_of_run

log = logging.getLogger("storyflower.sweep")  # under `storyflower`, so that one setting shows all of it

RECIPE_FILE, FIGURES_FILE = "best.toml", "sweep.json"


@task(name="trial", cache_policy=NO_CACHE)
def run_trial(
    run: TrackedRun, sweep: JoinedSweep, trial: OpenTrial, tags: Mapping[str, str] = MappingProxyType({})
) -> TrialScore:
    """Train and score a trial; its values, epochs and state are in a nested run, which gets these tags."""
    report_begun(sweep, trial)
    with nested_run(run, f"trial {trial.number}", {**tags, "trial": str(trial.number)}) as nested:
        nested.log_params(trial.values)
        of_folds: list[MlflowObserver] = []

        def observers_of(fold: int) -> list[Observer]:
            of_folds.append(MlflowObserver(nested, f"fold_{fold + 1}/"))
            return [display, of_folds[-1]]

        with progress_display() as display:
            ended = sweep.run(trial, observers_of)
        for observer in of_folds:
            observer.flush()
        nested.set_tags({"trial_state": ended.state} | ({"trial_reason": ended.reason} if ended.reason else {}))
        if ended.score is not None:
            scores = {f"fold_{fold}/macro_f1": score for fold, score in enumerate(ended.folds, start=1)}
            nested.log_metrics(scores | {"macro_f1": ended.score})
    report_ended(ended)
    return ended


@task(name="finalist", cache_policy=NO_CACHE)
def run_finalist(run: TrackedRun, sweep: Sweep, trial: TrialScore) -> Finalist:
    """Train one of the best trials with more seeds."""
    log.info(say("sweep.finalist", number=trial.number, seeds=sweep.plan.more_seeds))
    with nested_run(run, f"finalist {trial.number}", {"trial": str(trial.number)}) as nested:
        nested.log_params(trial.values)
        with progress_display() as display:
            finalist = sweep.with_more_seeds(trial, lambda _fold: [display])
        _log_finalist(nested, finalist)
    return finalist


@task(name="finalist", cache_policy=NO_CACHE)
def run_seed(run: TrackedRun, sweep: JoinedSweep, job: TrialJob, tags: Mapping[str, str]) -> None:
    """Train one of the best trials with one more seed on a worker, and keep its scores in the study."""
    if job.seed is None or sweep.study.kept_seed(job.number, job.seed) is not None:
        return
    trial = next(ended for ended in sweep.ended() if ended.number == job.number)
    about = {**tags, "trial": str(job.number), "seed": str(job.seed)}
    with nested_run(run, f"finalist {job.number} seed {job.seed}", about) as nested:
        nested.log_params(trial.values | {"training.seed": job.seed})
        with progress_display() as display:
            folds = sweep.with_seed(trial, job.seed, lambda _fold: [display])
        nested.log_metrics({"macro_f1": fmean(folds)})
    sweep.study.keep_seed(job.number, job.seed, folds)


def search_on_workers(run: TrackedRun, sweep: Sweep, job: SweepJob, workers: Workers) -> list[Finalist]:
    """Make the trials of a sweep and train its finalists on workers; nested runs have their figures."""
    trials_on_workers(sweep, job, workers, lambda trial: report_begun(sweep, trial), report_ended)
    finalists = finalists_on_workers(sweep, job, workers)
    for trial, finalist in zip(sweep.finalists(), finalists, strict=True):
        with nested_run(run, f"finalist {trial.number}", {"trial": str(trial.number)}) as nested:
            nested.log_params(trial.values)
            _log_finalist(nested, finalist)
    return finalists


def report_begun(sweep: JoinedSweep, trial: OpenTrial) -> None:
    """Log that a trial begins, or was handed to the workers."""
    log.info(say("sweep.begins", number=trial.number, trials=sweep.plan.trials, values=values_line(trial.values)))


def report_ended(ended: TrialScore) -> None:
    """Log how a trial ended."""
    log.info(say(f"sweep.{ended.state}", number=ended.number, score=ended.score or 0.0, reason=ended.reason))


def _log_finalist(nested: TrackedRun, finalist: Finalist) -> None:
    of_seeds = zip(finalist.seeds, finalist.of_seeds, strict=True)
    nested.log_metrics({"macro_f1": finalist.score} | {f"seed_{seed}/macro_f1": score for seed, score in of_seeds})


def keep_selection(run: TrackedRun, sweep: Sweep, selection: Selection) -> None:
    """Write the report and the chosen recipe into the folder of the sweep and to MLflow; keep the choice for the card.

    The figures of the choice are metrics of the sweep's run.
    """
    recipe, folder = sweep.chosen(selection), sweep.folder
    write_recipe_file(folder / RECIPE_FILE, recipe, say("sweep.recipe_comment", lines="\n".join(sentences(selection))))
    with write_atomically(folder / FIGURES_FILE) as draft:
        draft.write_text(json.dumps(selection.to_json(), ensure_ascii=False, indent=1), "utf-8")
    for name in (*write_sweep(folder, selection), RECIPE_FILE, FIGURES_FILE):
        run.log_file(folder / name, SWEEP_FOLDER)
    figures = {"score": selection.winner.score, "expected": selection.expected, "optimism": selection.optimism}
    run.log_metrics({f"sweep/{name}": value for name, value in figures.items() if value is not None})
    record_choice(sweep.bench.home, sweep.bench.corpus, recipe, Choice.of(selection))
    publish_of_run(run, sweep_markdown(selection), key="sweep", description=say("sweep.artifact"))


def report_interruption(sweep: Sweep) -> None:
    """Log what an interrupted sweep has found so far."""
    ended = sweep.ended()
    complete = [(trial.score, trial) for trial in ended if trial.score is not None]
    best = say("sweep.none_yet")
    if complete:
        score, trial = max(complete, key=lambda pair: (pair[0], -pair[1].number))
        best = say("sweep.one_line", number=trial.number, score=score, values=values_line(trial.values))
    log.warning(say("sweep.interrupted", trials=len(ended), best=best))
