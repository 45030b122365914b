"""Turns a call of the library into a Prefect task; its final state shows whether the result was computed or cached."""

import logging
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed

from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.pipeline.results import StageReport
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import TrackedRun

log = logging.getLogger("storyflower.stage")  # under `storyflower`, so that one setting shows all of it

RETRY_DELAYS: list[float] = [2, 10]
"""Seconds before each retry."""

_BUGS = (TypeError, AttributeError, NameError, LookupError, ArithmeticError, AssertionError, NotImplementedError)
"""Exceptions that indicate a bug: a retry would raise them again."""

STAGES_FILE = "stages.json"
"""Artifact of a run: how each stage ended so far, and how many seconds it took."""

P = ParamSpec("P")
T = TypeVar("T")


def stage(
    name: str, *, retries: int = 0
) -> Callable[[Callable[Concatenate[TrackedRun, P], Outcome[T]]], Callable[Concatenate[TrackedRun, P], T]]:
    """Turn `work(run, …) -> Outcome` into a Prefect task that is called directly and returns the outcome's value.

    Results are cached by the stage store instead of Prefect, because only the stage store verifies the files of a
    key. A task with a cached result ends in the state `Cached`, as Prefect's own cached tasks do.
    """

    def decorate(work: Callable[Concatenate[TrackedRun, P], Outcome[T]]) -> Callable[Concatenate[TrackedRun, P], T]:
        @task(name=name, retries=retries, retry_delay_seconds=RETRY_DELAYS[:retries], retry_condition_fn=may_pass)
        @wraps(work)
        def run_task(run: TrackedRun, *args: P.args, **kwargs: P.kwargs) -> State[Outcome[T]]:
            outcome = work(run, *args, **kwargs)
            state = "Cached" if outcome.cached else "Completed"
            return Completed(name=state, message=outcome.summary, data=outcome)

        @wraps(work)
        def call(run: TrackedRun, *args: P.args, **kwargs: P.kwargs) -> T:
            log.info(say("stage.begins", name=name))
            started = perf_counter()
            ended: State[Outcome[T]] = run_task(run, *args, **kwargs, return_state=True)  # type: ignore[assignment]
            outcome = ended.result()
            report = StageReport(state="cached" if outcome.cached else "ran", seconds=perf_counter() - started)
            run.stages[name] = report
            run.log_json({stage: ended.model_dump() for stage, ended in run.stages.items()}, STAGES_FILE)
            state, seconds = say(f"stage_state.{report.state}"), report.seconds
            log.info(say("stage.ended", name=name, state=state, seconds=seconds, summary=outcome.summary))
            return outcome.value

        return cast(Callable[Concatenate[TrackedRun, P], T], call)

    return decorate


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a retry may succeed: not after a bug, nor after a problem that the user has to solve first."""
    error = state.result(raise_on_failure=False)
    return error.retryable if isinstance(error, StoryFlowerError) else not isinstance(error, _BUGS)
