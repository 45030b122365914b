"""The trials of a sweep, kept by Optuna in a SQLite file: what is tried next, and when a trial is ended early.

The sampler is made anew for each trial, from the sweep's seed and the number of the trial: what it proposes depends on
the trials that have ended and on nothing else, so that a sweep that was interrupted goes on as it would have.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from storyflower.digests import digest_of
from storyflower.errors import StoryFlowerError
from storyflower.evaluation.selection import TrialScore, TrialState
from storyflower.messages import problem
from storyflower.sweeps.space import Choices, PrunerName, Range, SamplerName, SearchSpace

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

STUDY_FILE = "study.db"
QUARTERS = 4
"""Reports of a trial on each fold: after each quarter of the training, since trials differ in their epochs."""
_SECONDS_OF_A_LOCK = 60
"""How long a statement waits for a reader of the file, such as Optuna's dashboard."""
_FEWEST_FOR_IMPORTANCE = 4

_NUMBER, _FOLDS, _REASON = "number", "folds", "reason"
"""What is kept with a trial beside its values and its score."""


@dataclass(frozen=True, eq=False)
class OpenTrial:
    """A trial that has begun."""

    number: int
    """From 1."""
    values: dict[str, Any]
    """Of the varied fields, by dotted name."""
    trial: "optuna.Trial"

    def report(self, estimate: float, step: int) -> bool:
        """Report the macro-F1 expected so far, at a step (from 1); returns whether the trial is to be ended."""
        self.trial.report(estimate, step)
        return self.trial.should_prune()


class Study:
    """The trials of one sweep."""

    def __init__(self, study: "optuna.Study", space: SearchSpace, sampler: SamplerName, seed: int) -> None:
        self._study = study
        self._distributions = {name: _distribution(values) for name, values in space.fields.items()}
        self._sampler: SamplerName = sampler
        self._seed = seed

    def ended(self) -> tuple[TrialScore, ...]:
        """The trials that have ended, in that order; one whose process was killed is not among them."""
        found = [_score_of(trial) for trial in self._study.get_trials(deepcopy=False)]
        return tuple(sorted((trial for trial in found if trial), key=lambda trial: trial.number))

    def ask(self) -> OpenTrial:
        """The next trial: one that was interrupted, else what the sampler proposes."""
        self._enqueue_interrupted()
        number = len(self.ended()) + 1
        self._study.sampler = _sampler_of(self._sampler, self._seed, number)
        trial = self._study.ask(self._distributions)
        trial.set_user_attr(_NUMBER, number)
        return OpenTrial(number, dict(trial.params), trial)

    def complete(self, opened: OpenTrial, folds: tuple[float, ...]) -> None:
        """End a trial with its macro-F1 on each fold."""
        opened.trial.set_user_attr(_FOLDS, list(folds))
        self._study.tell(opened.trial, sum(folds) / len(folds))

    def prune(self, opened: OpenTrial) -> None:
        """End a trial early; the sampler knows the last of its reports."""
        self._study.tell(opened.trial, state=_optuna().trial.TrialState.PRUNED)

    def fail(self, opened: OpenTrial, reason: str) -> None:
        """End a trial that cannot be trained."""
        opened.trial.set_user_attr(_REASON, reason)
        self._study.tell(opened.trial, state=_optuna().trial.TrialState.FAIL)

    def importance(self) -> dict[str, float]:
        """The share of the differences between complete trials that each field accounts for, by falling share."""
        if sum(trial.state == "complete" for trial in self.ended()) < _FEWEST_FOR_IMPORTANCE:
            return {}
        found: dict[str, float] = _optuna().importance.get_param_importances(self._study)
        return found

    def _enqueue_interrupted(self) -> None:
        """Propose again what a process was training when it died: only the lock's holder asks for trials."""
        states = _optuna().trial.TrialState
        for trial in self._study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            self._study.tell(trial.number, state=states.FAIL)
            if trial.params.keys() == self._distributions.keys():
                self._study.enqueue_trial(trial.params)


@contextmanager
def open_study(
    folder: Path, key: str, space: SearchSpace, *, sampler: SamplerName, pruner: PrunerName, folds: int, seed: int
) -> Iterator[Study]:
    """Open the study in a folder, which is created where there is none.

    Raises:
        StoryFlowerError: Optuna is not installed.
    """
    optuna = _optuna()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{folder / STUDY_FILE}", engine_kwargs={"connect_args": {"timeout": _SECONDS_OF_A_LOCK}}
    )
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=key,
            direction="maximize",
            load_if_exists=True,
            pruner=_pruner_of(pruner, folds * QUARTERS),
        )
        yield Study(study, space, sampler, seed)
    finally:
        storage.remove_session()
        storage.engine.dispose()


def require_optuna() -> None:
    """Raise StoryFlowerError unless the packages of the extra `sweep` are installed."""
    _optuna()


def _optuna() -> ModuleType:
    try:
        import optuna
    except ModuleNotFoundError as missing:
        raise problem(StoryFlowerError, "optuna_absent", "--search", package=missing.name) from missing
    return optuna


def _score_of(trial: "FrozenTrial") -> TrialScore | None:
    """A trial that has ended; None of any other."""
    kept = trial.user_attrs
    state: TrialState
    if trial.state.name == "COMPLETE":
        state = "complete"
    elif trial.state.name == "PRUNED":
        state = "pruned"
    elif trial.state.name == "FAIL" and _REASON in kept:
        state = "failed"
    else:
        return None
    folds = tuple(kept.get(_FOLDS, ()))
    return TrialScore(kept[_NUMBER], state, dict(trial.params), folds, kept.get(_REASON, ""))


def _sampler_of(name: SamplerName, seed: int, number: int) -> Any:
    samplers = _optuna().samplers
    of_trial = int(digest_of([seed, number])[:8], 16)
    if name == "random":
        return samplers.RandomSampler(seed=of_trial)
    return samplers.TPESampler(seed=of_trial)


def _pruner_of(name: PrunerName, steps: int) -> Any:
    pruners = _optuna().pruners
    if name == "none":
        return pruners.NopPruner()
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, max_resource=steps)
    return pruners.MedianPruner()


def _distribution(values: Range | Choices) -> "BaseDistribution":
    distributions = _optuna().distributions
    found: BaseDistribution
    if isinstance(values, Choices):
        found = distributions.CategoricalDistribution(values.values)
    elif values.of_ints:
        found = distributions.IntDistribution(values.low, values.high, log=values.log, step=int(values.step or 1))
    else:
        found = distributions.FloatDistribution(values.low, values.high, log=values.log, step=values.step)
    return found
