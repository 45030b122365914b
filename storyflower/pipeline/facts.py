"""The facts that each stage leaves beside its files: one frozen model for each stage, kept as JSON in the manifest.

They are here rather than in the modules of the stages, so that reading an entry does not import what makes it.
"""

from typing import Any

from pydantic import ConfigDict, model_validator

from storyflower.data.row_account import RareLabel, RowAccount
from storyflower.pipeline.source import Role
from storyflower.storage.stages import StageFacts
from storyflower.text.health import TokenizerHealth
from storyflower.text.loading import special_ids_of
from storyflower.text.tokenizer import SpecialIds
from storyflower.training.progress import Adaptation, AdaptRecord, EpochRecord


class RowCounts(StageFacts):
    """Rows of a workbook, as `CheckedWorkbook.counts` holds them: also those set aside and mended, by kind."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    rows: int
    usable: int


class WorkbooksFacts(StageFacts):
    """The rows of each workbook, in the order in which the workbooks were given."""

    training: tuple[RowCounts, ...]
    validation: tuple[RowCounts, ...]

    @property
    def all(self) -> tuple[RowCounts, ...]:
        """Of every workbook."""
        return (*self.training, *self.validation)


class CorpusCounts(StageFacts):
    """Examples by split and rows by role, as `Corpus.counts` holds them: also by reason and by kind of repair."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    train: int
    dev: int
    validation: int
    training_rows: int
    validation_rows: int

    @property
    def set_aside(self) -> int:
        """Rows that became no example."""
        return self.training_rows + self.validation_rows - (self.train + self.dev + self.validation)


class CorpusFacts(StageFacts):
    """Counts, the columns that the labels were read from, and digests."""

    counts: CorpusCounts
    label_columns: tuple[str, ...]
    content_digest: str
    """Of texts, labels and splits."""
    training_digest: str
    validation_digest: str
    labels: tuple[str, ...] = ()
    """Label names by id; not noted in entries of early homes."""
    rare_labels: tuple[RareLabel, ...] = ()
    """Labels with too few training texts, and what was done with them."""


class KnownEncoderFacts(StageFacts):
    """The content of an encoder that a run was given."""

    digest: str


class ScratchEncoderFacts(StageFacts):
    """An encoder made from the corpus."""

    texts: int
    """Training texts that its vocabulary was made of."""


class AdaptFacts(StageFacts):
    """Figures of an adaptation."""

    texts: int
    """That the encoder was adapted on."""
    unlabelled: int = 0
    """Of them, further texts without labels."""
    device: str
    """A description of the hardware."""
    first: AdaptRecord
    """The first epoch's figures."""
    last: AdaptRecord
    """The last epoch's figures."""


class TokensFacts(StageFacts):
    """How the texts were tokenized."""

    max_len: int
    """Tokens at which a longer text was cut."""
    vocabulary: str
    """`Tokenizer.digest` of the vocabulary."""
    special_ids: SpecialIds
    health: TokenizerHealth

    @model_validator(mode="before")
    @classmethod
    def _with_special_ids(cls, noted: Any) -> Any:
        """Entries of early homes note `word_mark_id` alone."""
        if isinstance(noted, dict) and "word_mark_id" in noted:
            return noted | {"special_ids": special_ids_of(noted)}
        return noted


class QualityFacts(StageFacts):
    """The figures of the table that Prefect shows."""

    workbooks: dict[Role, RowAccount]
    balance: dict[str, dict[str, int]]
    """Examples by split and label."""
    rare_labels: tuple[RareLabel, ...] = ()


class ModelFacts(StageFacts):
    """Figures of a training. Entries of early homes lack encoder, device and speed."""

    encoder: str | None = None
    """The encoder's name."""
    adapted: Adaptation | None = None
    """How the encoder was adapted before; None if it was not."""
    device: str | None = None
    """A description of the hardware."""
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


ADAPT_STAGE = "adapt"
"""The stage of adapted encoders, whose trainings leave checkpoints as those of `finetune` do."""
FOLD_STAGE = "fold"
"""The stage of the models of single folds, whose trainings leave checkpoints as those of `finetune` do."""
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
