"""Asking a study for trials: new ones, and again those that were interrupted or lost. One process alone asks."""

import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from storyflower.errors import StudyError
from storyflower.messages import say
from storyflower.sweeps.attempts import LOST, NUMBER, REASON, RELEASED, WORKER, counts, was_lost
from storyflower.sweeps.proposals import distribution_of, require_optuna, sampler_of
from storyflower.sweeps.space import SamplerName, SearchSpace
from storyflower.sweeps.study import OpenTrial, Study, states, still_ours
from storyflower.sweeps.study_store import OnlyAsker, StudyPlace, at_the_database

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    import optuna
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

RemoteState = Literal["unopened", "training", "ended", "lost"]
"""Of a trial given to a worker: `lost` if it is to be asked for again."""

ATTEMPTS = 3
"""How often a trial is given to a worker before it counts as failed."""
_FEWEST_FOR_IMPORTANCE = 4
_TOKEN = "token"  # noqa: S105  # a name


class AskedStudy(Study):
    """The trials of one sweep, for the process that asks for them."""

    def __init__(
        self,
        study: "optuna.Study",
        storage: "RDBStorage",
        place: StudyPlace,
        space: SearchSpace,
        sampler: SamplerName,
        seed: int,
        asker: OnlyAsker,
    ) -> None:
        super().__init__(study, storage, place)
        self._asker = asker
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
    def begun(self) -> int:
        """How many trials have ended or are running, without those that are to be asked for again."""
        trials = self._study.get_trials(deepcopy=False)  # one look: a trial may end between two
        return sum(counts(trial) and trial.state != states().WAITING for trial in trials)

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
        self._asker.confirm()
        self._fail_silent()
        self._ask_again_for_lost()

    @at_the_database
    def ask(self) -> OpenTrial:
        """The next trial: one that was interrupted or lost, else what the sampler proposes. One process alone asks.

        Raises:
            StudyError: another process asks now, after a restart of the database server.
        """
        self._asker.confirm()
        for unnumbered in self._of_state("RUNNING"):  # its asker died before it was given a number
            if NUMBER not in unnumbered.user_attrs:
                self._study.tell(unnumbered.number, state=states().FAIL)
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
        self._asker.confirm()
        for trial in self._of_state("RUNNING"):
            if WORKER not in trial.user_attrs:
                self._study.tell(trial.number, state=states().FAIL)

    @at_the_database
    def release(self, trial: OpenTrial) -> None:
        """Let a trial that was stopped on purpose be asked for again."""
        self._end_unfinished(trial, RELEASED, True)

    @at_the_database
    def lose(self, trial: OpenTrial, reason: str) -> None:
        """Let a trial whose worker failed be asked for again; after the last attempt it has failed, for this reason."""
        self._end_unfinished(trial, LOST, reason)

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
                    state=states().FAIL,
                    params=last.params,
                    distributions=last.distributions,
                    user_attrs={NUMBER: number, REASON: reason},
                )
            )

    def _end_unfinished(self, opened: OpenTrial, attribute: str, value: Any) -> None:
        try:
            with still_ours(opened):
                opened.trial.set_user_attr(attribute, value)
                self._study.tell(opened.trial, state=states().FAIL)
        except StudyError as error:
            if error.retryable:
                raise  # else its worker has ended it at this moment
