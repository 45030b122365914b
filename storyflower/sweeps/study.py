"""The trials of a sweep, kept by Optuna in a database: what is tried next, and when a trial is ended early.

The sampler is made anew for each trial, from the sweep's seed and the number of the trial: what it proposes depends on
the other trials and on nothing else, so that a sweep that was interrupted goes on as it would have.

One process asks for trials. Those that it gives to workers are opened there by their `index`, report signs of life, and
are ended there. A trial whose process died is failed without a reason, which means that its number and values are to be
asked for again; this follows from the state of the study alone, so that it survives the death of any process.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storyflower.errors import StudyError
from storyflower.evaluation.selection import TrialScore
from storyflower.messages import problem
from storyflower.sweeps.attempts import FOLDS, NUMBER, REASON, WORKER, score_of
from storyflower.sweeps.proposals import require_optuna
from storyflower.sweeps.study_store import StudyPlace, at_the_database

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    import optuna
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

QUARTERS = 4
"""Reports of a trial on each fold: after each quarter of the training, since trials differ in their epochs."""


@dataclass(frozen=True, eq=False)
class OpenTrial:
    """A trial that has begun."""

    number: int
    """From 1."""
    values: dict[str, Any]
    """Of the varied fields, by dotted name."""
    trial: "optuna.Trial"
    place: StudyPlace

    @property
    def index(self) -> int:
        """Its place in the study, from 0: another one for each attempt."""
        return self.trial.number

    @at_the_database
    def report(self, estimate: float, step: int) -> bool:
        """Report the macro-F1 expected so far, at a step (from 1); returns whether the trial is to be ended.

        Raises:
            StudyError: the trial was given to another process meanwhile.
        """
        with still_ours(self):
            self.trial.report(estimate, step)
        return self.trial.should_prune()


class Study:
    """The trials of one sweep, for those who train them."""

    def __init__(self, study: "optuna.Study", storage: "RDBStorage", place: StudyPlace) -> None:
        self.place = place
        self._study, self._storage = study, storage

    @at_the_database
    def ended(self) -> tuple[TrialScore, ...]:
        """The trials that have ended, by number; one whose process was killed is not among them."""
        found = [score_of(trial) for trial in self._study.get_trials(deepcopy=False)]
        return tuple(sorted((trial for trial in found if trial), key=lambda trial: trial.number))

    @at_the_database
    def take(self, index: int, worker: str) -> OpenTrial:
        """Open a trial on a worker, by its index and under a name of the worker's own, and give a sign of life.

        Raises:
            StudyError: the trial is over, or another worker has taken it.
        """
        trials = self._study.get_trials(deepcopy=False)
        attributes = trials[index].user_attrs if index < len(trials) else {}
        is_other = attributes.get(WORKER, worker) != worker
        if NUMBER not in attributes or is_other or trials[index].state.is_finished():
            raise problem(StudyError, "trial_taken_over", str(self.place), number=attributes.get(NUMBER, index))
        opened = self._opened(index)
        with still_ours(opened):
            opened.trial.set_user_attr(WORKER, worker)
        self.beat(opened)
        return opened

    @at_the_database
    def beat(self, trial: OpenTrial) -> None:
        """Record a sign of life of a trial on a worker."""
        self._storage.record_heartbeat(self._id_of(trial.index))

    @at_the_database
    def complete(self, opened: OpenTrial, folds: tuple[float, ...]) -> None:
        """End a trial with its macro-F1 on each fold."""
        with still_ours(opened):
            opened.trial.set_user_attr(FOLDS, list(folds))
            self._study.tell(opened.trial, sum(folds) / len(folds))

    @at_the_database
    def prune(self, opened: OpenTrial) -> None:
        """End a trial early; the sampler knows the last of its reports."""
        with still_ours(opened):
            self._study.tell(opened.trial, state=states().PRUNED)

    @at_the_database
    def fail(self, opened: OpenTrial, reason: str) -> None:
        """End a trial that cannot be trained."""
        with still_ours(opened):
            opened.trial.set_user_attr(REASON, reason)
            self._study.tell(opened.trial, state=states().FAIL)

    @at_the_database
    def keep_seed(self, number: int, seed: int, folds: tuple[float, ...]) -> None:
        """Keep the macro-F1 on each fold of a complete trial that was trained with another seed."""
        self._study.set_user_attr(_of_seed(number, seed), list(folds))

    @at_the_database
    def kept_seed(self, number: int, seed: int) -> tuple[float, ...] | None:
        """What `keep_seed` has kept; None if nothing."""
        found = self._study.user_attrs.get(_of_seed(number, seed))
        return None if found is None else tuple(found)

    def _fail_silent(self) -> None:
        optuna = require_optuna()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            optuna.storages.fail_stale_trials(self._study)

    def _opened(self, index: int) -> OpenTrial:
        trial = require_optuna().trial.Trial(self._study, self._id_of(index))
        return OpenTrial(trial.user_attrs[NUMBER], dict(trial.params), trial, self.place)

    def _id_of(self, index: int) -> int:
        study = self._storage.get_study_id_from_name(self._study.study_name)
        return self._storage.get_trial_id_from_study_id_trial_number(study, index)

    def _frozen(self, index: int) -> "FrozenTrial":
        return self._storage.get_trial(self._id_of(index))

    def _of_state(self, name: str) -> "list[FrozenTrial]":
        return self._study.get_trials(deepcopy=False, states=(states()[name],))


@contextmanager
def still_ours(opened: OpenTrial) -> Iterator[None]:
    """Raise StudyError if the trial turns out to have been ended by another process."""
    try:
        yield
    except (require_optuna().exceptions.UpdateFinishedTrialError, ValueError) as error:
        if isinstance(error, ValueError) and "Cannot tell" not in str(error):
            raise
        raise problem(StudyError, "trial_taken_over", str(opened.place), number=opened.number) from error


def states() -> Any:
    """Optuna's states of trials."""
    return require_optuna().trial.TrialState


def _of_seed(number: int, seed: int) -> str:
    return f"trial {number} seed {seed}"
