"""Trials and finalists of a sweep on workers: several at a time, and each again whose worker was lost."""

import logging
import time
from collections.abc import Callable
from itertools import count

from storyflower.errors import StoryFlowerError, SweepError
from storyflower.evaluation.selection import Finalist, TrialScore
from storyflower.messages import problem, say
from storyflower.sweeps.asking import ATTEMPTS
from storyflower.sweeps.jobs import SweepJob, TrialJob
from storyflower.sweeps.study import OpenTrial
from storyflower.sweeps.study_store import GRACE_PERIOD_SECONDS
from storyflower.sweeps.sweep import Sweep
from storyflower.sweeps.workers import RemoteRun, WaitingLog, Watch, Workers

log = logging.getLogger("storyflower.sweep")

POLL_SECONDS = 2.0
"""Seconds between two looks at what is on the workers."""
START_TIMEOUT_SECONDS = 1800.0
"""Seconds that a worker may take to start a trial, as to pull an image, before the trial counts as lost."""


def trials_on_workers(
    sweep: Sweep,
    job: SweepJob,
    workers: Workers,
    begun: Callable[[OpenTrial], None],
    ended: Callable[[TrialScore], None],
) -> None:
    """Make the trials that are still to be made, `plan.parallel` at a time.

    Trials that an earlier process has handed over and that have not ended are watched as if they were this one's. On an
    interruption the workers are asked to stop, and the next process asks for these trials again. If this process dies,
    the workers go on.

    Raises:
        SweepError: several trials failed one after the other.
        StudyError: the database is away.
        StoryFlowerError: so is the scheduler.
    """
    running: dict[int, tuple[OpenTrial, Watch]] = {}
    waiting, known = WaitingLog(workers), {trial.number for trial in sweep.ended()}

    def submit(trial: OpenTrial) -> None:
        of_trial = TrialJob(sweep=job, number=trial.number, index=trial.index)
        running[trial.index] = (trial, Watch(workers.submit(of_trial, f"{job.token}-{trial.index}")))
        begun(trial)

    try:
        for trial in sweep.study.running():
            submit(trial)
        while True:
            while len(running) < sweep.plan.parallel and (asked := sweep.ask_for_worker()) is not None:
                submit(asked)
            for score in sweep.ended():
                if score.number not in known:
                    known.add(score.number)
                    ended(score)
                    sweep.require_some_success()
            if not running:
                return
            time.sleep(POLL_SECONDS)
            for index, (trial, watch) in list(running.items()):
                if _is_over(sweep, workers, trial, watch):
                    del running[index]
            waiting.look([watch for _, watch in running.values()])
    except BaseException as error:
        if _ends_the_work(error):
            for trial, watch in running.values():
                _stop(workers, watch)
                sweep.study.release(trial)
        raise


def _is_over(sweep: Sweep, workers: Workers, trial: OpenTrial, watch: Watch) -> bool:
    """Whether a trial has ended or was lost; a lost one is asked for again.

    The scheduler is asked before the study: work that has ended has ended its trial before.
    """
    watch.update(workers.look(watch.run.id))
    state, reason = sweep.study.state_of(trial), ""
    if state == "ended":
        return True
    if state == "lost":
        reason = say("sweep.silent", seconds=GRACE_PERIOD_SECONDS)
    elif watch.run.state == "ended":
        reason = watch.run.reason
    elif state == "unopened" and watch.run.state == "taken" and watch.seconds > START_TIMEOUT_SECONDS:
        reason = say("sweep.unopened", minutes=START_TIMEOUT_SECONDS / 60)
    else:
        return False
    log.warning(say("sweep.lost", number=trial.number, reason=reason))
    sweep.study.lose(trial, reason)
    workers.stop(watch.run.id, reason, dead=True)
    return True


def _ends_the_work(error: BaseException) -> bool:
    """Whether the workers are to stop: on an interruption, and where nothing succeeds. If the scheduler or the database
    is away, they go on.
    """
    return not isinstance(error, Exception) or isinstance(error, SweepError)


def _stop(workers: Workers, watch: Watch) -> None:
    try:
        workers.stop(watch.run.id, say("sweep.stopped"))
    except StoryFlowerError as error:  # what ended the sweep is raised
        log.warning("%s", error)


def finalists_on_workers(sweep: Sweep, job: SweepJob, workers: Workers) -> list[Finalist]:
    """Train the finalists with more seeds, `plan.parallel` trainings at a time; what the study has is not repeated.

    Raises:
        SweepError: a training failed several times.
        StoryFlowerError: no trial is complete.
    """
    finalists, study = sweep.finalists(), sweep.study
    wanted = [TrialJob(sweep=job, number=trial.number, seed=seed) for trial in finalists for seed in sweep.more_seeds()]
    missing = [of_seed for of_seed in wanted if study.kept_seed(of_seed.number, of_seed.seed or 0) is None]
    running: dict[str, tuple[TrialJob, Watch]] = {}
    failures = dict.fromkeys((of_seed.name for of_seed in missing), 0)
    waiting = WaitingLog(workers)
    try:
        while missing or running:
            while missing and len(running) < sweep.plan.parallel:
                of_seed = missing.pop(0)
                running[of_seed.name] = (of_seed, Watch(_submitted_anew(workers, of_seed)))
                log.info(say("sweep.seed_begins", number=of_seed.number, seed=of_seed.seed))
            time.sleep(POLL_SECONDS)
            for name, (of_seed, watch) in list(running.items()):
                watch.update(workers.look(watch.run.id))
                if study.kept_seed(of_seed.number, of_seed.seed or 0) is not None:
                    del running[name]
                elif watch.run.state == "ended":
                    del running[name]
                    missing.append(of_seed)
                    failures[name] += 1
                    log.warning(say("sweep.lost", number=of_seed.number, reason=watch.run.reason))
                    if failures[name] >= ATTEMPTS:
                        raise problem(SweepError, "sweep_finalist_lost", name, reason=watch.run.reason)
            waiting.look([watch for _, watch in running.values()])
    except BaseException as error:
        if _ends_the_work(error):
            for _, watch in running.values():
                _stop(workers, watch)
        raise
    return [
        sweep.finalist(trial, [study.kept_seed(trial.number, seed) or () for seed in sweep.more_seeds()])
        for trial in finalists
    ]


def _submitted_anew(workers: Workers, job: TrialJob) -> RemoteRun:
    """Hand over the training of a finalist; one of an earlier process that has not ended is watched instead."""
    attempts = (workers.submit(job, f"{job.sweep.token}-{job.name}-{attempt}") for attempt in count())
    return next(run for run in attempts if run.state != "ended")
