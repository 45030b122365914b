"""A validation split held out of the training workbooks, where there is no workbook for validation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storyflower.data.contract import REASONS
from storyflower.data.labels import LabelMap
from storyflower.data.pool import BOOK, pooled
from storyflower.data.rare_labels import LEAST_TEXTS_HELD_OUT, refusal, too_few
from storyflower.data.repetition import KEY, conflicting, draw
from storyflower.data.schema import REPAIRS, CheckedWorkbook

Divided = tuple[list[CheckedWorkbook], list[CheckedWorkbook]]


def hold_out(workbooks: Sequence[CheckedWorkbook], share: float, seed: int, label_map: LabelMap) -> Divided:
    """Divide checked workbooks into two parts each, for training and for validation.

    Of each label the same share of its texts is held out, at least one, with all rows in which they stand. Spellings of
    one text are never on both sides (see `repetition`), and a text with several labels stays in training, where it is
    set aside. Texts are drawn by a hash of the seed and the text: when rows are added later, or change their order,
    nearly all texts stay on their side, so that a former model has not been trained on what a new one is measured by.

    Args:
        workbooks: one or more.
        share: of the texts, 0 to 1.
        seed: draws another split.
        label_map: the labels that both parts need; rows of others all stay in training, where they are set aside.

    Returns:
        The parts for training, which keep the rows that break the contract and the count of what was mended; and the
        parts for validation, without those of which nothing was held out.

    Raises:
        DataContractError: a label has fewer than three different texts.
    """
    pool = pooled(workbooks)
    drawn_from = ~conflicting(pool.rows) & pool.rows["label"].isin(label_map.names)
    texts = pool.rows[drawn_from].drop_duplicates(KEY)
    counts = texts["label"].value_counts()
    if short := too_few({name: int(counts.get(name, 0)) for name in label_map.names}, LEAST_TEXTS_HELD_OUT):
        raise refusal(short, label_map, LEAST_TEXTS_HELD_OUT, pool.where)
    ranked = texts.assign(draw=texts[KEY].map(lambda key: draw(key, seed))).sort_values("draw")
    place = ranked.groupby("label").cumcount()
    wanted = (counts * share).round().clip(1, counts - 2)
    held_out = pool.rows[KEY].isin(ranked.loc[place < ranked["label"].map(wanted), KEY])
    parts = [(book, held_out[pool.rows[BOOK] == number].to_numpy()) for number, book in enumerate(workbooks)]
    return [_rest(book, held) for book, held in parts], [_held(book, held) for book, held in parts if held.any()]


def _rest(book: CheckedWorkbook, held: NDArray[np.bool_]) -> CheckedWorkbook:
    n_held = int(held.sum())
    counts = book.counts | {name: book.counts[name] - n_held for name in ("rows", "usable")}
    return replace(book, usable=book.usable[~held].reset_index(drop=True), counts=counts)


def _held(book: CheckedWorkbook, held: NDArray[np.bool_]) -> CheckedWorkbook:
    n_held = int(held.sum())
    counts = {"rows": n_held, "usable": n_held, **dict.fromkeys((*REASONS, *REPAIRS), 0)}
    return replace(
        book,
        workbook=replace(book.workbook, rows_left={}),  # they are accounted for beside the part for training
        usable=book.usable[held].reset_index(drop=True),
        rejected=book.rejected.iloc[:0],
        violations=book.violations.iloc[:0],
        counts=counts,
    )
