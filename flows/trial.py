"""The trial flow: one trial of a sweep, or one more seed of a finalist, on the worker that takes it."""

import logging

from prefect import flow
from prefect.runtime import flow_run

from flows.reconcile import ENDINGS
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.sweeps.heartbeat import taken_trial
from storyflower.sweeps.jobs import TrialJob, bench_of
from storyflower.sweeps.joined import JoinedSweep
from storyflower.sweeps.opening import join_study
from storyflower.tracking.problems import known_errors
from storyflower.tracking.runs import FLOW_RUN_TAG, TrackedRun
from storyflower.tracking.store import find_run
from tasks.sweep import run_seed, run_trial

log = logging.getLogger("storyflower.sweep")


@flow(name="trial", flow_run_name="{job.name}", description="One trial of a sweep, started by the sweep.", **ENDINGS)
def trial(job: TrialJob) -> None:
    """One trial of a sweep. The sweep starts it; its result is kept in the study.

    Args:
        job: What is trained, by names and keys; the worker finds the study, the corpus and the encoder itself.
    """
    machine, of_sweep, worker = settings(), job.sweep, str(flow_run.id)
    home = Home.of(machine)
    run, tags = TrackedRun(home, of_sweep.run_id), {FLOW_RUN_TAG: worker}
    with known_errors(home):
        parent = find_run(home, run.run_id)
    if parent is None:
        log.warning(say("sweep.parent_absent", run=run.run_id))
    with join_study(home, of_sweep.study, pruner=of_sweep.plan.pruner, folds=of_sweep.plan.folds) as study:
        if job.index is None or job.seed is not None:
            sweep = JoinedSweep(bench_of(of_sweep, home, machine), of_sweep.plan, of_sweep.study, study)
            run_seed(run, sweep, job, tags)
            return
        with taken_trial(study, job.index, worker) as opened:  # before what takes long
            sweep = JoinedSweep(bench_of(of_sweep, home, machine), of_sweep.plan, of_sweep.study, study)
            run_trial(run, sweep, opened, tags)
