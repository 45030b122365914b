"""The facts that each stage leaves beside its files: one frozen model for each stage, kept as JSON in the manifest.

They are here rather than in the modules of the stages, so that reading an entry does not import what makes it.
"""

from typing import Any

from pydantic import ConfigDict, model_validator

from storyflower.data.row_account import RareLabel, RowAccount
from storyflower.pipeline.source import Role
from storyflower.storage.entries import StageFacts
from storyflower.text.health import TokenizerHealth
from storyflower.text.loading import special_ids_of
from storyflower.text.tokenizer import SpecialIds
from storyflower.training.progress import AdaptRecord


class RowCounts(StageFacts):
    """Rows of a workbook, as `CheckedWorkbook.counts` holds them: also those set aside and mended, by kind."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    rows: int
    usable: int
    rows_left: int = 0
    """Rows of other sheets with the same columns, which were not read."""


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
