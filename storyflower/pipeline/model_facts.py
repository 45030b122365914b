"""The facts of the stages that train and evaluate a model."""

from storyflower.recipe_parts import Precision
from storyflower.storage.entries import StageFacts
from storyflower.training.progress import Adaptation, EpochRecord


class ModelFacts(StageFacts):
    """Figures of a training. Entries of early homes lack encoder, device, precision and speed."""

    encoder: str | None = None
    """The encoder's name."""
    adapted: Adaptation | None = None
    """How the encoder was adapted before; None if it was not."""
    device: str | None = None
    """A description of the hardware."""
    precision: Precision | None = None
    """It was trained in; never `auto`."""
    examples_per_second: float | None = None
    """Mean over the epochs."""
    best_epoch: int
    """From 1."""
    epochs: int
    """That were run."""
    best: EpochRecord
    """The best epoch's figures."""


class DistillationFacts(StageFacts):
    """Facts of the baseline's predictions for the training texts."""

    examples: int


class BaselineFacts(StageFacts):
    """Facts of the baseline's predictions."""

    examples: int


class Score(StageFacts):
    """Two headline figures on the validation workbook, 0 to 1."""

    accuracy: float
    macro_f1: float


class ModelScore(Score):
    """The headline figures of a model with calibrated confidences."""

    ece: float
    """Expected calibration error, 0 to 1."""
    brier: float
    """Brier score, 0 to 2."""


FINETUNE_STAGE = "finetune"
ADAPT_STAGE = "adapt"
"""The stage of adapted encoders."""
FOLD_STAGE = "fold"
"""The stage of the models of single folds."""
TRAINING_STAGES = (FINETUNE_STAGE, ADAPT_STAGE, FOLD_STAGE)
"""The stages whose trainings leave checkpoints, in folders with the names of their keys."""
FOLD_BASELINE_STAGE = "fold_baseline"
"""The stage of the baselines of single folds."""


class FoldFacts(StageFacts):
    """Facts of the model of one fold of a cross-validation."""

    examples: int
    """Texts that were predicted."""
    best_epoch: int
    """From 1."""
    macro_f1: float
    """On the texts of the fold, 0 to 1."""
    planned_epochs: int = 0
    """For which the training was planned; 0 in entries of earlier versions, which were planned for the recipe's."""
    dev_macro_f1: tuple[float, ...]
    """Of each epoch, on the fold's development split."""


class FoldsFacts(StageFacts):
    """The figures of a cross-validation over all texts; intervals are (low, high) at 95 %."""

    folds: int
    examples: int
    model: Score
    baseline: Score
    accuracy_interval: tuple[float, float]
    macro_f1_interval: tuple[float, float]
    gain_macro_f1: float
    """The model's macro-F1 less the baseline's."""
    gain_macro_f1_interval: tuple[float, float]
    """Paired."""


class EvaluationFacts(StageFacts):
    """The headline figures, and the label names by id."""

    test: ModelScore
    baseline: Score
    labels: tuple[str, ...]
