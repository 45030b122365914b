"""The data-quality report as plain values, which are written as JSON."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from storyflower.data.pool import Role, Source
from storyflower.data.row_account import RareLabel, RowAccount


@dataclass(frozen=True)
class TokenLengths:
    """Lengths of the texts in tokens as the model sees them: after truncation, [CLS] and [SEP] counted."""

    minimum: int
    median: float
    p95: float
    p99: float
    maximum: int
    max_len: int
    """Tokens at which a longer text is cut."""
    truncated: int
    """Texts that are cut."""
    truncated_share: float
    """Those over all texts (0 to 1)."""
    histogram: tuple[tuple[int, int, int], ...]
    """(tokens, texts of that length, truncated ones among them), by length; lengths without a text are left out."""


@dataclass(frozen=True)
class SetAsideRow:
    """A row that is not trained on, as it stands in its workbook."""

    workbook: str
    """The workbook's location."""
    sheet: str
    excel_row: int
    """From 1, as Excel shows it."""
    cells: dict[str, str]
    """Value by column; blank cells are left out."""
    same_text_at: str | None = None
    """The place of the row that this one repeats: `workbook [sheet] row`."""


@dataclass(frozen=True)
class SliceBalance:
    """Examples by split, for each value of a column that describes the dialogue (`SLICE_COLUMNS`)."""

    values: dict[str, dict[str, int]]
    """The most frequent values, the most frequent first."""
    n_others: int
    """The number of further values."""
    others: dict[str, int]
    """Examples with one of them."""
    unknown: dict[str, int]
    """Examples where the cell is blank, or the sheet has no such column."""


@dataclass(frozen=True)
class QualityReport:
    """The whole report as plain values."""

    workbooks: dict[Role, RowAccount]
    """By role, over all its workbooks."""
    balance: dict[str, dict[str, int]]
    """Examples by split and label."""
    lengths: TokenLengths
    health: dict[str, Any]
    """The tokenizer's figures, as `TokenizerHealth` holds them."""
    examples: dict[str, list[str]]
    """A few training texts by label, drawn with a fixed seed."""
    set_aside_examples: dict[str, list[SetAsideRow]]
    """The first few rows by reason."""
    sources: tuple[Source, ...] = ()
    """The counts of the rows of each workbook."""
    slices: dict[str, SliceBalance] = field(default_factory=dict)
    """By slice column (`age`, …); one that is unknown for every example is left out."""
    rare_labels: tuple[RareLabel, ...] = ()
    """Labels with too few training texts, and what was done with them."""


QUALITY_REPORT = TypeAdapter(QualityReport)
"""Reads and writes the report as JSON; reports of earlier versions lack the fields that have defaults."""
