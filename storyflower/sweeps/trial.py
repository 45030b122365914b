"""One trial: a recipe scored on the development folds, and ended early where others were better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from storyflower.model.devices import Hardware
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.fold import FoldSpec, abandon_fold, fold_model
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.recipe import TrainingRecipe
from storyflower.storage.home import Home
from storyflower.sweeps.device_turn import device_turn
from storyflower.sweeps.study import QUARTERS, OpenTrial
from storyflower.training.compiling import Compiling
from storyflower.training.progress import AbandonedError, EpochRecord, Observer, StepProgress, TrainingPlan

ENCODER_FIELD = "encoder.encoder"

ObserversOf = Callable[[int], Sequence[Observer]]
"""The observers of the training on a fold (from 0)."""


@dataclass(frozen=True)
class Bench:
    """What every trial of a sweep is trained with."""

    home: Home
    corpus: CorpusRef
    recipe: TrainingRecipe
    """What is not varied; on this machine, with its encoder named."""
    hardware: Hardware
    compiling: Compiling = "auto"
    further: tuple[str, ...] = ()
    """Texts without labels, for recipes that adapt the encoder."""

    def with_values(self, values: Mapping[str, Any]) -> TrainingRecipe:
        """The recipe with the values of a trial; another encoder than the recipe's has its own revision.

        Raises:
            RecipeError: the values do not go together.
        """
        own = self.recipe.encoder.encoder
        chosen = values.get(ENCODER_FIELD) or own  # empty: that of the machine
        changed = self.recipe.with_changes({**values, ENCODER_FIELD: chosen})
        return changed if chosen == own else changed.model_copy(update={"encoder": changed.encoder.resolved()})


class PrunedError(AbandonedError):
    """Raised by the observer of a trial that is to be ended early."""


class FoldWatch:
    """An observer that reports to the study, and ends the training of a trial that is behind the others.

    What it reports after each quarter of the training on a fold is an estimate of the trial's score: the mean of the
    scores of the folds before and the best macro-F1 so far on the development split of this one.
    """

    def __init__(self, trial: OpenTrial, fold: int, folds: int, before: Sequence[float]) -> None:
        """Watch the training of a trial on `fold` (from 0); `before` are the scores of the folds before."""
        self._trial = trial
        self._fold, self._folds = fold, folds
        self._before = tuple(before)
        self._scores: list[float] = []
        self._quarter = 0
        self._epochs = 0  # of the training, once that is known

    def started(self, plan: TrainingPlan) -> None:
        """Report the epochs before an interruption."""
        self.catch_up([record.merit for record in plan.history], plan.epochs)

    def stepped(self, progress: StepProgress) -> None:
        """Do nothing: trials are compared by epochs."""

    def noted(self, note: str) -> None:
        """Do nothing."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """Report an epoch.

        Raises:
            PrunedError: the trial is behind the others.
        """
        self._take(record.dev_macro_f1)

    def catch_up(self, scores: Sequence[float], epochs: int) -> None:
        """Report those epochs of the training that were not reported: what was trained before is read from the home.

        Args:
            scores: the development macro-F1 of all epochs so far.
            epochs: of the whole training.

        Raises:
            PrunedError: the trial is behind the others.
        """
        self._epochs = epochs
        for score in scores[len(self._scores) :]:
            self._take(score)

    def _take(self, score: float) -> None:
        self._scores.append(score)
        quarter = len(self._scores) * QUARTERS // self._epochs
        if quarter == self._quarter:
            return
        self._quarter = quarter
        step = self._fold * QUARTERS + quarter
        is_behind = self._trial.report(fmean([*self._before, max(self._scores)]), step)
        if is_behind and step < self._folds * QUARTERS:  # of the last step there is nothing left to save
            raise PrunedError


def fold_scores(
    bench: Bench, recipe: TrainingRecipe, folds: int, observers_of: ObserversOf, trial: OpenTrial | None = None
) -> tuple[float, ...]:
    """Macro-F1 of a recipe on each of the folds of the training workbook; what the home has is not trained again.

    Args:
        bench: what is common to all trials; its recipe is not used.
        recipe: to score.
        folds: how many.
        observers_of: see `ObserversOf`.
        trial: to report to; without one, every fold is trained to its end.

    Raises:
        PrunedError: the trial is behind the others; nothing is left to resume.
        StoryFlowerError: the recipe cannot be trained on the corpus.
    """
    home, corpus = bench.home, bench.corpus
    encoder = prepare_encoder(home, corpus, recipe).value
    tokens = tokenize_corpus(home, corpus, encoder, recipe).value
    scores: list[float] = []
    for fold in range(folds):
        spec = FoldSpec(corpus, tokens, encoder, recipe, fold, folds, bench.further)
        watch = FoldWatch(trial, fold, folds, scores) if trial else None
        observers = [*observers_of(fold), *([watch] if watch else [])]
        try:
            with device_turn(bench.hardware, recipe.training.devices):
                facts = fold_model(
                    home,
                    spec,
                    hardware=bench.hardware,
                    observers=observers,
                    compiling=bench.compiling,
                ).value.facts
            if watch:
                watch.catch_up(facts.dev_macro_f1, facts.planned_epochs or recipe.training.epochs)
        except PrunedError:
            abandon_fold(home, spec)
            raise
        scores.append(facts.macro_f1)
    return tuple(scores)
