"""The trials of a sweep, kept by Optuna in a database: what is tried next, and when a trial is ended early.

The sampler is made anew for each trial, from the sweep's seed and the number of the trial: what it proposes depends on
the other trials and on nothing else, so that a sweep that was interrupted goes on as it would have.

One process asks for trials. Those that it gives to workers are opened there by their `index`, report signs of life, and
are ended there. A trial whose process died is failed without a reason, which means that its number and values are to be
asked for again; this follows from the state of the study alone, so that it survives the death of any process.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from storyflower.errors import StudyError
from storyflower.evaluation.selection import TrialScore
from storyflower.messages import problem, say
from storyflower.sweeps.attempts import FOLDS, LOST, NUMBER, REASON, RELEASED, WORKER, counts, score_of, was_lost
from storyflower.sweeps.proposals import distribution_of, require_optuna, sampler_of
from storyflower.sweeps.space import SamplerName, SearchSpace
from storyflower.sweeps.study_store import StudyPlace, at_the_database

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    import optuna
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

RemoteState = Literal["unopened", "training", "ended", "lost"]
"""Of a trial given to a worker: `lost` if it is to be asked for again."""

QUARTERS = 4
"""Reports of a trial on each fold: after each quarter of the training, since trials differ in their epochs."""
ATTEMPTS = 3
"""How often a trial is given to a worker before it counts as failed."""
_FEWEST_FOR_IMPORTANCE = 4

_TOKEN = "token"  # noqa: S105  # a name


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
        with _still_ours(self):
            self.trial.report(estimate, step)
        return self.trial.should_prune()


class Study:
    """The trials of one sweep."""

    def __init__(
        self,
        study: "optuna.Study",
        storage: "RDBStorage",
        place: StudyPlace,
        space: SearchSpace,
        sampler: SamplerName,
        seed: int,
    ) -> None:
        self.place = place
        self._study, self._storage = study, storage
        self._distributions = {name: distribution_of(values) for name, values in space.fields.items()}
        self._sampler: SamplerName = sampler
        self._seed = seed

    @property
    @at_the_database
    def token(self) -> str:
        """A random name of this study: another one if it is deleted and made anew."""
        found = self._study.user_attrs.get(_TOKEN)
        if found is None:
            self._study.set_user_attr(_TOKEN, found := uuid4().hex)
        return str(found)

    @at_the_database
    def ended(self) -> tuple[TrialScore, ...]:
        """The trials that have ended, by number; one whose process was killed is not among them."""
        found = [score_of(trial) for trial in self._study.get_trials(deepcopy=False)]
        return tuple(sorted((trial for trial in found if trial), key=lambda trial: trial.number))

    @at_the_database
    def begun(self) -> int:
        """How many trials have ended or are running, without those that are to be asked for again."""
        trials = self._study.get_trials(deepcopy=False)  # one look: a trial may end between two
        return sum(counts(trial) and trial.state != _states().WAITING for trial in trials)

    @at_the_database
    def running(self, *, on_workers: bool = False) -> tuple[OpenTrial, ...]:
        """The trials that have begun and not ended, by number; `on_workers`: those alone that a worker trains.

        Those whose worker has given no sign of life for long are failed first.
        """
        self._fail_silent()
        found = [
            self._opened(trial.number)
            for trial in self._of_state("RUNNING")
            if NUMBER in trial.user_attrs and (WORKER in trial.user_attrs or not on_workers)
        ]
        return tuple(sorted(found, key=lambda trial: trial.number))

    @at_the_database
    def state_of(self, trial: OpenTrial) -> RemoteState:
        """How a trial that was given to a worker stands."""
        self._fail_silent()
        frozen = self._frozen(trial.index)
        if frozen.state.is_finished():
            return "ended" if counts(frozen) else "lost"
        return "training" if WORKER in frozen.user_attrs else "unopened"

    @at_the_database
    def settle_lost(self) -> None:
        """Let each trial whose attempts were all lost be asked for next, or end it as failed after the last attempt."""
        self._fail_silent()
        self._ask_again_for_lost()

    @at_the_database
    def ask(self) -> OpenTrial:
        """The next trial: one that was interrupted or lost, else what the sampler proposes. One process alone asks."""
        for unnumbered in self._of_state("RUNNING"):  # its asker died before it was given a number
            if NUMBER not in unnumbered.user_attrs:
                self._study.tell(unnumbered.number, state=_states().FAIL)
        self.settle_lost()
        taken = {trial.user_attrs.get(NUMBER) for trial in self._study.get_trials(deepcopy=False) if counts(trial)}
        number = next(free for free in range(1, len(taken) + 2) if free not in taken)
        self._study.sampler = sampler_of(self._sampler, self._seed, number)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Heartbeat of storage")  # workers record it, see `beat`
            trial = self._study.ask(self._distributions)
        number = trial.user_attrs.get(NUMBER, number)
        trial.set_user_attr(NUMBER, number)
        return OpenTrial(number, dict(trial.params), trial, self.place)

    @at_the_database
    def release_interrupted(self) -> None:
        """Let the trials that this process or an earlier one was training be asked for again; no worker trains them."""
        for trial in self._of_state("RUNNING"):
            if WORKER not in trial.user_attrs:
                self._study.tell(trial.number, state=_states().FAIL)

    @at_the_database
    def release(self, trial: OpenTrial) -> None:
        """Let a trial that was stopped on purpose be asked for again."""
        self._end_unfinished(trial, RELEASED, True)

    @at_the_database
    def lose(self, trial: OpenTrial, reason: str) -> None:
        """Let a trial whose worker failed be asked for again; after the last attempt it has failed, for this reason."""
        self._end_unfinished(trial, LOST, reason)

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
        with _still_ours(opened):
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
        with _still_ours(opened):
            opened.trial.set_user_attr(FOLDS, list(folds))
            self._study.tell(opened.trial, sum(folds) / len(folds))

    @at_the_database
    def prune(self, opened: OpenTrial) -> None:
        """End a trial early; the sampler knows the last of its reports."""
        with _still_ours(opened):
            self._study.tell(opened.trial, state=_states().PRUNED)

    @at_the_database
    def fail(self, opened: OpenTrial, reason: str) -> None:
        """End a trial that cannot be trained."""
        with _still_ours(opened):
            opened.trial.set_user_attr(REASON, reason)
            self._study.tell(opened.trial, state=_states().FAIL)

    @at_the_database
    def keep_seed(self, number: int, seed: int, folds: tuple[float, ...]) -> None:
        """Keep the macro-F1 on each fold of a complete trial that was trained with another seed."""
        self._study.set_user_attr(_of_seed(number, seed), list(folds))

    @at_the_database
    def kept_seed(self, number: int, seed: int) -> tuple[float, ...] | None:
        """What `keep_seed` has kept; None if nothing."""
        found = self._study.user_attrs.get(_of_seed(number, seed))
        return None if found is None else tuple(found)

    @at_the_database
    def importance(self) -> dict[str, float]:
        """The share of the differences between complete trials that each field accounts for, by falling share."""
        if sum(trial.state == "complete" for trial in self.ended()) < _FEWEST_FOR_IMPORTANCE:
            return {}
        found: dict[str, float] = require_optuna().importance.get_param_importances(self._study)
        return found

    def _ask_again_for_lost(self) -> None:
        """Propose the values of each number again whose attempts were all lost, or end it as failed."""
        lost: dict[int, list[FrozenTrial]] = defaultdict(list)
        taken = set()
        for trial in self._study.get_trials(deepcopy=False):
            number = trial.user_attrs.get(NUMBER)
            if counts(trial):
                taken.add(number)
            elif number is not None:
                lost[number].append(trial)
        for number in sorted(lost.keys() - taken):
            last, failures = lost[number][-1], list(filter(was_lost, lost[number]))
            if len(failures) < ATTEMPTS:
                self._study.enqueue_trial(last.params, user_attrs={NUMBER: number})
                continue
            reason = failures[-1].user_attrs.get(LOST) or say("sweep.lost_unknown")
            self._study.add_trial(
                require_optuna().trial.create_trial(
                    state=_states().FAIL,
                    params=last.params,
                    distributions=last.distributions,
                    user_attrs={NUMBER: number, REASON: reason},
                )
            )

    def _end_unfinished(self, opened: OpenTrial, attribute: str, value: Any) -> None:
        try:
            with _still_ours(opened):
                opened.trial.set_user_attr(attribute, value)
                self._study.tell(opened.trial, state=_states().FAIL)
        except StudyError as error:
            if error.retryable:
                raise  # else its worker has ended it at this moment

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
        return self._study.get_trials(deepcopy=False, states=(_states()[name],))


@contextmanager
def _still_ours(opened: OpenTrial) -> Iterator[None]:
    """Raise StudyError if the trial turns out to have been ended by another process."""
    try:
        yield
    except (require_optuna().exceptions.UpdateFinishedTrialError, ValueError) as error:
        if isinstance(error, ValueError) and "Cannot tell" not in str(error):
            raise
        raise problem(StudyError, "trial_taken_over", str(opened.place), number=opened.number) from error


def _states() -> Any:
    return require_optuna().trial.TrialState


def _of_seed(number: int, seed: int) -> str:
    return f"trial {number} seed {seed}"
