"""Folds of a corpus for cross-validation: stratified by label, grouped by text, drawn from the training texts alone."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storyflower.data.corpus import Corpus, dev_mask
from storyflower.data.repetition import KEY, draw, with_keys
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
