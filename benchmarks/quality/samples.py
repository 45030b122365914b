"""The corpora that levers are measured on, drawn from one training workbook: whole, small, balanced and imbalanced."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.holdout import hold_out
from storyflower.data.labels import MAJORS, LabelMap
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import CorpusRecipe, DataRecipe

SEED = 2026
SMALL_ROWS = 2_000
THANKS = "감사"
SKEWED_SHARES = {
    **{"기쁨": 0.77, "분노": 0.09, "당황": 0.05, THANKS: 0.03},
    **{"슬픔": 0.03, "상처": 0.02, "불안": 0.01},
}
"""The labels of the imbalanced sample: the six majors, and 감사하는 out of 기쁨 as the seventh."""
SKEWED_ROWS = 6_000


@dataclass(frozen=True)
class Sample:
    """Usable rows and the labels that they carry."""

    rows: CheckedWorkbook
    labels: LabelMap


def sample_of(name: str, training: str, downloads: Path) -> Sample:
    """Draw a sample of a training workbook: always the same rows of the same workbook."""
    return SAMPLES[name](training, downloads)


def fold_of(sample: Sample, fold: int, folds: int) -> Corpus:
    """The corpus of one fold, which stands in the place of the validation workbook; the others are for training.

    Folds are held out one after the other as the product holds out a validation split: each has the same share of each
    label's texts, and spellings of one text are in one fold. The development split is drawn from the other folds.

    Args:
        sample: to be divided.
        fold: from 0.
        folds: number of parts.
    """
    rest, parts = [sample.rows], []
    for left in range(folds, 1, -1):
        rest, held = hold_out(rest, 1 / left, SEED, sample.labels)
        parts.append(held)
    parts.append(rest)
    training = [book for number, part in enumerate(parts) if number != fold for book in part]
    return build_corpus(training, parts[fold], CorpusRecipe(), sample.labels)


def _whole(training: str, downloads: Path) -> Sample:
    return Sample(_checked(training, DataRecipe(), downloads), LabelMap(MAJORS))


def _small(training: str, downloads: Path) -> Sample:
    whole = _whole(training, downloads)
    share = SMALL_ROWS / len(whole.rows.usable)
    _, drawn = hold_out([whole.rows], share, SEED, whole.labels)
    return replace(whole, rows=drawn[0])


def _balanced(training: str, downloads: Path) -> Sample:
    whole = _whole(training, downloads)
    by_label = whole.rows.usable.groupby("label")
    usable = by_label.sample(by_label.size().min(), random_state=SEED).sort_index().reset_index(drop=True)
    return replace(whole, rows=replace(whole.rows, usable=usable))


def _skewed(training: str, downloads: Path) -> Sample:
    book = _checked(training, DataRecipe(label_set="fine"), downloads)
    labels = book.usable["label"].map(lambda fine: THANKS if fine == "기쁨/감사하는" else fine.partition("/")[0])
    rows = book.usable.assign(label=labels)
    drawn = [
        rows[rows["label"] == label].sample(round(share * SKEWED_ROWS), random_state=SEED)
        for label, share in SKEWED_SHARES.items()
    ]
    usable = pd.concat(drawn).sort_index().reset_index(drop=True)
    return Sample(replace(book, usable=usable), LabelMap(tuple(SKEWED_SHARES)))


def _checked(training: str, recipe: DataRecipe, downloads: Path) -> CheckedWorkbook:
    return validate(read_workbook(training, recipe, downloads), recipe)


SAMPLES: dict[str, Callable[[str, Path], Sample]] = {
    "whole": _whole,
    "small": _small,
    "balanced": _balanced,
    "skewed": _skewed,
}
"""By name: the whole workbook, 2,000 rows of it, of each label as many rows as the rarest has, and 6,000 rows of seven
labels that have 1 % to 77 % of them."""
