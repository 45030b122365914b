"""Folds of a corpus for cross-validation: stratified by label, grouped by text, drawn from the training texts alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storyflower.data.corpus import Corpus, dev_mask
from storyflower.data.rare_labels import listed
from storyflower.data.repetition import KEY, draw, with_keys
from storyflower.errors import DataContractError
from storyflower.messages import problem
from storyflower.recipe_data import CorpusRecipe


def fold_of_each(corpus: Corpus, folds: int, seed: int) -> NDArray[np.int64]:
    """The fold (from 0) in which each example is predicted, (n,); -1 for the examples of the validation workbook.

    Of each label the same share of its texts is in every fold, to within one text. All spellings of a text are in one
    fold (see `repetition`). Texts are drawn by a hash of the seed and the text, so that the folds do not depend on the
    order of the rows, and most texts stay in theirs when rows are added.

    Args:
        corpus: n examples.
        folds: at least 2.
        seed: draws other folds.
    """
    examples = with_keys(corpus.frame)
    texts = examples[examples["split"] != "validation"].drop_duplicates(KEY)
    draws = texts[KEY].map(lambda key: draw(key, seed))
    ranked = texts.assign(draw=draws).sort_values(["label", "draw"])[KEY]
    fold_of = dict(zip(ranked, np.arange(len(ranked)) % folds, strict=True))
    number = examples[KEY].map(fold_of).to_numpy(dtype=np.float64)
    return np.where(examples["split"] == "validation", -1, number).astype(np.int64)


def fold_corpus(corpus: Corpus, number: int, folds: int, recipe: CorpusRecipe) -> tuple[Corpus, NDArray[np.int64]]:
    """The corpus of one fold, and the rows of the whole corpus that are its examples.

    The fold's texts are its `validation` split; of the others a new dev split is drawn, as the recipe says. The
    examples of the validation workbook are left out.

    Args:
        corpus: n examples.
        number: of the fold, from 0.
        folds: how many there are.
        recipe: the share of the dev split, and the seed of all splits.
    """
    fold = fold_of_each(corpus, folds, recipe.split_seed)
    rows = np.flatnonzero(fold >= 0)
    frame = with_keys(corpus.frame.iloc[rows])
    is_held_out = fold[rows] == number
    in_dev = dev_mask(frame[~is_held_out], recipe).reindex(frame.index, fill_value=False)
    split = np.select([is_held_out, in_dev], ["validation", "dev"], default="train")
    return replace(corpus, frame=frame.drop(columns=KEY).assign(split=split).reset_index(drop=True)), rows


def require_texts_in_folds(corpus: Corpus, folds: int) -> None:
    """Refuse folds of which one would have no texts, or leave no label with two: to train, and to choose the epoch by.

    Raises:
        DataContractError: it names the training texts of each label, and the folds that there are enough texts for.
    """
    labels = corpus.frame.loc[corpus.frame["split"] != "validation", "label"]
    counts = np.bincount(labels, minlength=len(corpus.label_map)).tolist()
    if _are_enough(counts, folds):
        return
    possible = [other for other in range(2, len(labels) + 1) if _are_enough(counts, other)]
    nearest = min(possible, key=lambda other: abs(other - folds), default=None)
    code = "folds_impossible" if nearest is None else "folds_without_texts"
    texts = listed(dict(zip(corpus.label_map.names, counts, strict=True)))
    raise problem(DataContractError, code, f"--folds {folds}", labels=texts, possible=nearest)


def _are_enough(counts: Sequence[int], folds: int) -> bool:
    """Whether each fold, as `fold_of_each` draws it, has a text, and leaves a label with two; `counts` are by label."""
    labels = np.repeat(np.arange(len(counts)), counts)
    in_fold = np.zeros((folds, len(counts)), np.int64)
    np.add.at(in_fold, (np.arange(len(labels)) % folds, labels), 1)
    return bool(in_fold.any(axis=1).all() and (np.array(counts) - in_fold >= 2).any(axis=1).all())
