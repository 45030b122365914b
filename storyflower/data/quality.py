"""The data-quality report: what the workbooks held, what was set aside and why, and what the model will see."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from storyflower.data.corpus import LEFT_OUT, SPLITS, Corpus
from storyflower.data.schema import REASONS, REPAIRS

ROLES = ("training", "validation")
EXAMPLES_PER_LABEL = 3
EXAMPLES_PER_REASON = 3
_SEED = 0


@dataclass(frozen=True)
class TokenLengths:
    """Lengths of the texts in tokens, [CLS] and [SEP] counted."""

    minimum: int
    median: float
    p95: float
    p99: float
    maximum: int
    max_len: int
    """Tokens above which a text is cut."""
    truncated: int
    """Texts that are cut."""
    truncated_share: float
    histogram: tuple[tuple[int, int, int], ...]
    """(tokens, texts of that length, truncated ones among them), by length; lengths without a text are left out."""


@dataclass(frozen=True)
class QualityReport:
    """Everything that the report says, as plain values."""

    workbooks: dict[str, dict[str, Any]]
    """By role (`training`, `validation`): `rows`, `usable`, `set_aside` by reason, `repaired` by kind."""
    balance: dict[str, dict[str, int]]
    """Examples by split and label."""
    lengths: TokenLengths
    health: dict[str, Any]
    """The tokenizer's figures, as `TokenizerHealth` holds them."""
    examples: dict[str, list[str]]
    """A few training texts by label."""
    set_aside_examples: dict[str, list[str]]
    """A few rows by reason: sheet, row and what stands there."""

    def to_json(self) -> dict[str, Any]:
        """The report as dicts, lists and numbers."""
        return asdict(self)


def quality_report(
    corpus: Corpus, token_lengths: np.ndarray, truncated: np.ndarray, *, max_len: int, health: Mapping[str, Any]
) -> QualityReport:
    """Describe a corpus and its tokens.

    Args:
        corpus: n examples.
        token_lengths: int (n,), tokens of each example in the corpus's order, after truncation.
        truncated: bool (n,), which of them were cut.
        max_len: tokens at which they were cut.
        health: the tokenizer's figures.
    """
    return QualityReport(
        workbooks={role: _workbook(corpus.counts, role) for role in ROLES},
        balance=_balance(corpus),
        lengths=_lengths(token_lengths, truncated, max_len),
        health=dict(health),
        examples=_examples(corpus),
        set_aside_examples=_set_aside_examples(corpus.set_aside),
    )


def _workbook(counts: Mapping[str, int], role: str) -> dict[str, Any]:
    def of(names: tuple[str, ...]) -> dict[str, int]:
        return {name: counts[f"{role}_{name}"] for name in names}

    return {**of(("rows", "usable")), "set_aside": of((*REASONS, *LEFT_OUT)), "repaired": of(REPAIRS)}


def _balance(corpus: Corpus) -> dict[str, dict[str, int]]:
    names = corpus.label_map.names
    counted = {split: np.bincount(corpus.split(split)["label"], minlength=len(names)) for split in SPLITS}
    return {split: {name: int(counts[i]) for i, name in enumerate(names)} for split, counts in counted.items()}


def _lengths(lengths: np.ndarray, truncated: np.ndarray, max_len: int) -> TokenLengths:
    tokens, texts = np.unique(lengths, return_counts=True)
    cut = {int(n): int(truncated[lengths == n].sum()) for n in tokens}
    return TokenLengths(
        minimum=int(lengths.min()),
        median=float(np.median(lengths)),
        p95=float(np.percentile(lengths, 95)),
        p99=float(np.percentile(lengths, 99)),
        maximum=int(lengths.max()),
        max_len=max_len,
        truncated=int(truncated.sum()),
        truncated_share=float(truncated.mean()),
        histogram=tuple((int(n), int(count), cut[int(n)]) for n, count in zip(tokens, texts, strict=True)),
    )


def _examples(corpus: Corpus) -> dict[str, list[str]]:
    train = corpus.split("train")
    return {
        name: list(texts.sample(min(EXAMPLES_PER_LABEL, len(texts)), random_state=_SEED))
        for i, name in enumerate(corpus.label_map.names)
        if len(texts := train.loc[train["label"] == i, "text"])
    }


def _set_aside_examples(rows: pd.DataFrame) -> dict[str, list[str]]:
    cells = [str(column) for column in rows if column not in ("workbook", "workbook_sha256", "sheet", "excel_row", "reason")]
    shown: dict[str, list[str]] = {}
    for row in rows.itertuples(index=False):
        values = dict(zip(map(str, rows.columns), row, strict=True))
        found = shown.setdefault(values["reason"], [])
        if len(found) < EXAMPLES_PER_REASON:
            said = " · ".join(str(values[column]) for column in cells if not pd.isna(values[column]))
            found.append(f"{values['sheet']} {values['excel_row']}행: {said or '(빈 칸)'}")
    return shown
