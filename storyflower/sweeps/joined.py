"""A sweep for those who train its trials: the process that asks for them, or a worker."""

from pathlib import Path

from storyflower.errors import SharedStoreError, StorageError, StoryFlowerError, StudyError, SweepError, TrackingError
from storyflower.evaluation.selection import TrialScore
from storyflower.messages import problem
from storyflower.recipe import TrainingRecipe
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.study import OpenTrial, Study
from storyflower.sweeps.trial import Bench, ObserversOf, PrunedError, fold_scores

_FAILURES = 3
"""Failed trials in a row that end a sweep."""
_SURROUNDINGS = (StorageError, SharedStoreError, TrackingError, StudyError)
"""Errors that no recipe causes."""


class JoinedSweep:
    """A sweep whose study is open."""

    def __init__(self, bench: Bench, plan: SweepPlan, key: str, study: Study) -> None:
        self.bench = bench
        self.plan = plan
        self.key = key
        self.study = study

    @property
    def folder(self) -> Path:
        """The folder of the sweep in the home."""
        return sweep_folder(self.bench, self.key)

    def ended(self) -> tuple[TrialScore, ...]:
        """The trials so far."""
        return self.study.ended()

    def run(self, trial: OpenTrial, observers_of: ObserversOf) -> TrialScore:
        """Train and score a trial, and keep how it ended.

        An interruption leaves it to be asked for again; so does what is no fault of its recipe, such as a store that is
        away.

        Raises:
            SweepError: several trials failed one after the other.
            StudyError: the database is away, or the trial was given to another process.
            StorageError: the disk is full, or the home cannot be written.
            SharedStoreError: the shared store cannot be used.
            StoryFlowerError: something else cannot be reached for the moment, such as the encoder's address.
        """
        try:
            recipe = self.recipe_of(trial)
            self.study.complete(trial, fold_scores(self.bench, recipe, self.plan.folds, observers_of, trial))
        except PrunedError:
            self.study.prune(trial)
        except StoryFlowerError as error:
            if error.retryable or isinstance(error, _SURROUNDINGS):
                raise
            self.study.fail(trial, error.problem)
            self.require_some_success(error)
        return next(ended for ended in self.ended() if ended.number == trial.number)

    def with_seed(self, trial: TrialScore, seed: int, observers_of: ObserversOf) -> tuple[float, ...]:
        """Train a complete trial on all folds with another seed; returns macro-F1 on each."""
        recipe = self.recipe_of(trial).with_changes({"training.seed": seed})
        return fold_scores(self.bench, recipe, self.plan.folds, observers_of)

    def recipe_of(self, trial: OpenTrial | TrialScore) -> TrainingRecipe:
        """The recipe of a trial.

        Raises:
            RecipeError: its values do not go together.
        """
        return self.bench.with_values(trial.values)

    def require_some_success(self, error: StoryFlowerError | None = None) -> None:
        """Raise SweepError if the last trials have all failed, with the reason of the last one."""
        last = self.ended()[-_FAILURES:]
        if len(last) == _FAILURES and all(trial.state == "failed" for trial in last):
            where, reason = str(self.folder), last[-1].reason
            raise problem(SweepError, "sweep_all_failed", where, failed=_FAILURES, reason=reason) from error


def sweep_folder(bench: Bench, key: str) -> Path:
    """The folder of a sweep in the home."""
    return bench.home.sweeps / key
