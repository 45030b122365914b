"""The baseline: TF-IDF of character n-grams and logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from storyflower.data.mapped import parts_of
from storyflower.evaluation.regressions import MOST_TOGETHER, Classifier, Groups, fit_flat, fit_grouped

# Chosen by five-fold cross-validation, grouped by text, on the training workbook of the open corpus alone (15,700
# texts, six emotions). Mean macro-F1 / accuracy with these: 0.580 / 0.674. With C = 1: 0.578 / 0.661; with C = 8:
# 0.574 / 0.672; with n-grams of up to three characters, across words too: 0.581 / 0.671 (folds differ by 0.008);
# without class weights: 0.551 / 0.680, and it is macro-F1 that a model is promoted by.
ANALYZER, NGRAMS, LEAST_TEXTS = "char_wb", (1, 4), 2
FOLDS, FOLD_SEED = 5, 2026

MOST_TEXTS, LEAST_OF_A_LABEL = 250_000, 1_000
"""Of more training texts a sample is fitted, so that memory does not grow with the corpus: see `places_to_fit`."""

Texts: TypeAlias = "Sequence[str] | pd.Series[str]"
"""Texts, or a column of them, which may be mapped."""


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline; it is not stored, but fitted again where it is needed."""

    vectorizer: TfidfVectorizer
    classifier: Classifier

    def predict_proba(self, texts: Texts) -> NDArray[np.float64]:
        """Probabilities float64 (n, n_classes) by label id; 0 for a label that the training texts lack."""
        found = [self.classifier.predict_proba(self.vectorizer.transform(some)) for some in parts_of(_as_column(texts))]
        return np.concatenate(found)


def sampling(n: int) -> dict[str, int]:
    """What a stage's key has for a baseline of n training texts: nothing where all are fitted."""
    return {} if n <= MOST_TEXTS else {"most_texts": MOST_TEXTS, "least_of_a_label": LEAST_OF_A_LABEL}


def places_to_fit(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places, ascending, of the texts that are fitted: all of up to `MOST_TEXTS`, or about so many.

    Of a label with more than `LEAST_OF_A_LABEL` texts they are a random part, the same for all such labels.
    """
    if len(labels) <= MOST_TEXTS:
        return np.arange(len(labels))
    by_label, counts = _shuffled_by_label(labels), np.bincount(labels)
    kept = np.maximum(np.minimum(counts, LEAST_OF_A_LABEL), counts * MOST_TEXTS // len(labels))
    place_in_label = np.arange(len(labels)) - np.repeat(counts.cumsum() - counts, counts)
    return np.sort(by_label[place_in_label < np.repeat(kept, counts)])


def groups_of(names: Sequence[str]) -> Groups | None:
    """The groups in which the labels `major/minor` are fitted: those of one major; None where no two share theirs."""
    majors = [name.partition("/")[0] for name in names]
    ids = {major: number for number, major in enumerate(dict.fromkeys(majors))}
    if not 1 < len(ids) < len(names):
        return None
    return np.array([ids[major] for major in majors], dtype=np.int64)


def has_many(names: Sequence[str]) -> bool:
    """Whether a regression would be of so many of the labels, or of their groups, that each has one of its own."""
    groups = groups_of(names)
    sizes = [len(names)] if groups is None else [groups.max() + 1, *np.bincount(groups)]
    return max(sizes) > MOST_TOGETHER


def fit_baseline(
    texts: Texts,
    labels: NDArray[np.int64],
    n_classes: int,
    groups: Groups | None = None,
    *,
    balanced: bool = True,
) -> Baseline:
    """Fit the baseline on n training texts, or on a sample of them (`places_to_fit`).

    It is deterministic, and takes about ten seconds for 51,630 texts on one core.

    With groups, one regression finds the group of a text, and one in each group its label; a label's probability is
    the product. For the sixty fine labels that takes a tenth of the time of one regression over all of them. Of more
    than `MOST_TOGETHER` labels without groups each has a regression of its own (docs/log.md).

    Args:
        texts: n texts.
        labels: their label ids, int (n,).
        n_classes: size of the label map.
        groups: of its labels.
        balanced: whether each label has the same weight in all, however many texts it has.

    Raises:
        ValueError: the labels hold fewer than two classes.
    """
    return _fit(_as_column(texts), labels, np.arange(len(labels)), n_classes, groups, balanced=balanced)


def _fit(
    texts: "pd.Series[str]",
    labels: NDArray[np.int64],
    places: NDArray[np.int64],
    n_classes: int,
    groups: Groups | None,
    *,
    balanced: bool,
) -> Baseline:
    """Fit the baseline on the texts at these places, or on a sample of them."""
    places = places[places_to_fit(labels[places])]
    vectorizer = TfidfVectorizer(
        analyzer=ANALYZER,
        ngram_range=NGRAMS,
        min_df=LEAST_TEXTS,  # leaves out more than half of the n-grams at no cost; a word's edge is in every text
        lowercase=False,  # KoBERT is cased, so the reference is too
        sublinear_tf=True,
    )
    rows, labels = vectorizer.fit_transform(texts.iloc[places].tolist()), labels[places]
    if groups is None:
        return Baseline(vectorizer, fit_flat(rows, labels, n_classes, balanced=balanced))
    return Baseline(vectorizer, fit_grouped(rows, labels, groups, balanced=balanced))


def out_of_fold(
    texts: Texts,
    labels: NDArray[np.int64],
    n_classes: int,
    groups: Groups | None = None,
    *,
    balanced: bool = False,
) -> NDArray[np.float64]:
    """Probabilities of each text by a baseline that was fitted on four fifths of the texts, without this one.

    The folds have the same share of each label, as far as it has enough texts. Where the other folds hold one label
    alone, that one has the probability 1.

    Args:
        texts: n different texts.
        labels: their label ids, int (n,).
        n_classes: size of the label map.
        groups: of its labels.
        balanced: see `fit_baseline`. By default not: the probabilities are then those of the labels as they occur.

    Returns:
        float64 (n, n_classes).
    """
    fold_of = np.empty(len(labels), int)
    fold_of[_shuffled_by_label(labels)] = np.arange(len(labels)) % FOLDS
    given, probabilities = _as_column(texts), np.zeros((len(labels), n_classes))
    for fold in np.unique(fold_of):
        held, rest = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        known = np.unique(labels[rest])
        if len(known) < 2:
            probabilities[np.ix_(held, known)] = 1.0
            continue
        fitted = _fit(given, labels, rest, n_classes, groups, balanced=balanced)
        probabilities[held] = fitted.predict_proba(given.iloc[held])
    return probabilities


def _shuffled_by_label(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the places label by label, each label's in random order."""
    shuffled = np.random.default_rng(FOLD_SEED).permutation(len(labels))
    return shuffled[np.argsort(labels[shuffled], kind="stable")]


def _as_column(texts: Texts) -> "pd.Series[str]":
    """The texts as a column; one that is given stays as it is, mapped or not."""
    return texts if isinstance(texts, pd.Series) else pd.Series(texts, dtype="str")
