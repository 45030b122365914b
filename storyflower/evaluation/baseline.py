"""The baseline: TF-IDF of character n-grams and logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from storyflower.evaluation.regressions import Classifier, Groups, fit_flat, fit_grouped

# Chosen by five-fold cross-validation, grouped by text, on the training workbook of the open corpus alone (15,700
# texts, six emotions). Mean macro-F1 / accuracy with these: 0.580 / 0.674. With C = 1: 0.578 / 0.661; with C = 8:
# 0.574 / 0.672; with n-grams of up to three characters, across words too: 0.581 / 0.671 (folds differ by 0.008);
# without class weights: 0.551 / 0.680, and it is macro-F1 that a model is promoted by.
ANALYZER, NGRAMS, LEAST_TEXTS = "char_wb", (1, 4), 2
FOLDS, FOLD_SEED = 5, 2026


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline; it is not stored, but fitted again where it is needed."""

    vectorizer: TfidfVectorizer
    classifier: Classifier

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities float64 (n, n_classes) by label id; 0 for a label that the training texts lack."""
        return self.classifier.predict_proba(self.vectorizer.transform(texts))


def groups_of(names: Sequence[str]) -> Groups | None:
    """The groups in which the labels `major/minor` are fitted: those of one major; None where no two share theirs."""
    majors = [name.partition("/")[0] for name in names]
    ids = {major: number for number, major in enumerate(dict.fromkeys(majors))}
    if not 1 < len(ids) < len(names):
        return None
    return np.array([ids[major] for major in majors], dtype=np.int64)


def fit_baseline(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    n_classes: int,
    groups: Groups | None = None,
    *,
    balanced: bool = True,
) -> Baseline:
    """Fit the baseline on n training texts: deterministic, about ten seconds for 51,630 texts on one core.

    With groups, one regression finds the group of a text, and one in each group its label; a label's probability is
    the product. For the sixty fine labels that takes a tenth of the time of one regression over all of them
    (docs/log.md).

    Args:
        texts: n texts.
        labels: their label ids, int (n,).
        n_classes: size of the label map.
        groups: of its labels.
        balanced: whether each label has the same weight in all, however many texts it has.

    Raises:
        ValueError: the labels hold fewer than two classes.
    """
    vectorizer = TfidfVectorizer(
        analyzer=ANALYZER,
        ngram_range=NGRAMS,
        min_df=LEAST_TEXTS,  # leaves out more than half of the n-grams at no cost; a word's edge is in every text
        lowercase=False,  # KoBERT is cased, so the reference is too
        sublinear_tf=True,
    )
    rows = vectorizer.fit_transform(texts)
    if groups is None:
        return Baseline(vectorizer, fit_flat(rows, labels, n_classes, balanced=balanced))
    return Baseline(vectorizer, fit_grouped(rows, labels, groups, balanced=balanced))


def out_of_fold(
    texts: Sequence[str],
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
    shuffled = np.random.default_rng(FOLD_SEED).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    fold_of = np.empty(len(labels), int)
    fold_of[by_label] = np.arange(len(labels)) % FOLDS
    given, probabilities = np.array(texts, dtype=object), np.zeros((len(labels), n_classes))
    for fold in np.unique(fold_of):
        held, rest = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        known = np.unique(labels[rest])
        if len(known) < 2:
            probabilities[np.ix_(held, known)] = 1.0
            continue
        fitted = fit_baseline(given[rest].tolist(), labels[rest], n_classes, groups, balanced=balanced)
        probabilities[held] = fitted.predict_proba(given[held].tolist())
    return probabilities
