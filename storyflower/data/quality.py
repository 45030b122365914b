"""The data-quality report: what the workbooks held, what was set aside and why, and what the model will see."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from storyflower.data.contract import REASONS
from storyflower.data.corpus import SPLITS, TRAINING_SPLITS, Corpus, Split
from storyflower.data.headers import SLICE_COLUMNS
from storyflower.data.pool import LEFT_OUT, MERGED, Role
from storyflower.data.quality_report import QualityReport, SetAsideRow, SliceBalance, TokenLengths
from storyflower.data.rejected import PROVENANCE
from storyflower.data.row_account import RowAccount
from storyflower.data.schema import REPAIRS
from storyflower.data.workbook import EXCEL_ROW

ROLES: dict[Role, tuple[Split, ...]] = {"training": TRAINING_SPLITS, "validation": ("validation",)}
"""The roles of workbooks, and the splits that their rows are put into."""

EXAMPLES = 3
"""Texts shown of each label, and rows of each reason."""
MOST_FREQUENT = 10
"""Values shown of each slice column."""

_SEED = 0


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

    Raises:
        ValueError: the arrays do not belong to this corpus.
    """
    if not len(corpus.frame) == len(token_lengths) == len(truncated):
        raise ValueError(f"{len(token_lengths)} lengths do not fit a corpus of {len(corpus.frame)} examples")
    return QualityReport(
        workbooks={role: _account(corpus, role) for role in ROLES},
        balance=_balance(corpus),
        lengths=_lengths(token_lengths, truncated, max_len),
        health=dict(health),
        examples=_examples(corpus),
        set_aside_examples=_set_aside_examples(corpus.set_aside),
        sources=corpus.sources,
        slices={name: _slices(corpus.frame, name) for name in SLICE_COLUMNS if corpus.frame[name].notna().any()},
        rare_labels=corpus.rare_labels,
    )


def _account(corpus: Corpus, role: Role) -> RowAccount:
    """The account of a role; corpora kept by earlier versions have no counts of rare labels, and none such."""
    counts = Counter(corpus.counts)
    return RowAccount(
        rows=corpus.counts[f"{role}_rows"],
        usable=corpus.counts[f"{role}_usable"],
        set_aside={reason: counts[f"{role}_{reason}"] for reason in (*REASONS, *LEFT_OUT)},
        kept=sum(corpus.counts[split] for split in ROLES[role]),
        repaired={kind: counts[f"{role}_{kind}"] for kind in (*REPAIRS, MERGED)},
    )


def _balance(corpus: Corpus) -> dict[str, dict[str, int]]:
    names = corpus.label_map.names
    counted = {split: np.bincount(corpus.split(split)["label"], minlength=len(names)) for split in SPLITS}
    return {split: {name: int(counts[i]) for i, name in enumerate(names)} for split, counts in counted.items()}


def _slices(frame: pd.DataFrame, column: str) -> SliceBalance:
    counts = pd.crosstab(frame[column].fillna(""), frame["split"]).reindex(columns=list(SPLITS), fill_value=0)
    known = counts.drop(index="", errors="ignore")
    ranked = known.loc[known.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    shown, others = ranked.iloc[:MOST_FREQUENT], ranked.iloc[MOST_FREQUENT:]
    return SliceBalance(
        values={str(value): _by_split(row) for value, row in shown.iterrows()},
        n_others=len(others),
        others=_by_split(others.sum()),
        unknown=_by_split(counts.drop(index=known.index).sum()),
    )


def _by_split(counts: "pd.Series[int]") -> dict[str, int]:
    return {split: int(counts[split]) for split in SPLITS}


def _lengths(lengths: np.ndarray, truncated: np.ndarray, max_len: int) -> TokenLengths:
    texts = np.bincount(lengths)
    cut = np.bincount(lengths[truncated], minlength=len(texts))
    return TokenLengths(
        minimum=int(lengths.min()),
        median=float(np.median(lengths)),
        p95=float(np.percentile(lengths, 95)),
        p99=float(np.percentile(lengths, 99)),
        maximum=int(lengths.max()),
        max_len=max_len,
        truncated=int(truncated.sum()),
        truncated_share=float(truncated.mean()),
        histogram=tuple((int(n), int(texts[n]), int(cut[n])) for n in np.flatnonzero(texts)),
    )


def _examples(corpus: Corpus) -> dict[str, list[str]]:
    train = corpus.split("train")
    by_label = {name: train.loc[train["label"] == i, "text"] for i, name in enumerate(corpus.label_map.names)}
    return {
        name: texts.sample(min(EXAMPLES, len(texts)), random_state=_SEED).tolist() for name, texts in by_label.items()
    }


def _set_aside_examples(rows: pd.DataFrame) -> dict[str, list[SetAsideRow]]:
    shown: dict[str, list[SetAsideRow]] = {}
    for _, row in rows.groupby("reason", sort=False).head(EXAMPLES).iterrows():
        known = row.drop([*PROVENANCE, "reason", "same_text_at"]).dropna()
        cells = {str(column): str(value) for column, value in known.items()}
        twin = row["same_text_at"] if pd.notna(row["same_text_at"]) else None
        place = SetAsideRow(row["workbook"], row["sheet"], int(row[EXCEL_ROW]), cells, twin)
        shown.setdefault(row["reason"], []).append(place)
    return {reason: shown[reason] for reason in (*REASONS, *LEFT_OUT) if reason in shown}
