"""The corpus: every example with its label, split and origin, and every row left out with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from storyflower.data.headers import SLICE_COLUMNS
from storyflower.data.labels import LabelMap
from storyflower.data.mapped import in_parts, parts_of, repeated, take_mapped
from storyflower.data.pool import BOOK, Pool, Source, account, pooled, sources_of, without_repetition
from storyflower.data.rare_labels import LEAST_TEXTS, listed, refusal, too_few
from storyflower.data.repetition import KEY
from storyflower.data.row_account import RareLabel
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW
from storyflower.digests import digest_of, digest_of_lists
from storyflower.errors import DataContractError
from storyflower.messages import problem
from storyflower.recipe_data import CorpusRecipe

Split = Literal["train", "dev", "validation"]
TRAINING_SPLITS: tuple[Split, ...] = ("train", "dev")
"""Of the training workbooks: what a model learns from and is chosen by."""
SPLITS: tuple[Split, ...] = (*TRAINING_SPLITS, "validation")
Checked = CheckedWorkbook | Sequence[CheckedWorkbook]
"""One checked workbook, or several."""


@dataclass(frozen=True)
class Corpus:
    """The examples of training and validation workbooks.

    frame: `text`, `label` (id), `age`, `gender`, `situation` (NA where unknown), `split`, `workbook_sha256`, `sheet`,
        `excel_row`. Splits stand in the order of `SPLITS`, examples by text, whatever the order of
        the workbooks.
    counts: examples a split, and for both roles (`training_…`, `validation_…`) the rows of its workbooks, the rows
        set aside by reason and the rows mended; rows are the sum of the examples and the rows set aside.
    label_map: the labels of `frame`.
    set_aside: every row of the workbooks that is not in `frame`: provenance, `reason`, `same_text_at` (where the row
        stands that this one repeats), its cells as they stand.
    sources: the workbooks one by one.
    rare_labels: labels with too few training texts, which `label_map` does not hold.
    """

    frame: pd.DataFrame
    counts: dict[str, int]
    label_map: LabelMap
    set_aside: pd.DataFrame
    sources: tuple[Source, ...]
    rare_labels: tuple[RareLabel, ...] = ()

    def split(self, split: Split) -> pd.DataFrame:
        """The examples of one split, in the order of the corpus."""
        chosen = np.flatnonzero(self.frame["split"] == split)
        if len(chosen) and chosen[-1] - chosen[0] + 1 == len(chosen):  # a slice is not copied
            return self.frame.iloc[chosen[0] : chosen[-1] + 1]
        return self.frame.iloc[chosen]

    @property
    def merged_labels(self) -> dict[str, str]:
        """The labels that count as another, each with the one as which it counts."""
        return {label.name: label.merged_into for label in self.rare_labels if label.merged_into}

    @cached_property
    def validation_digest(self) -> str:
        """SHA-256 (hex) of the validation texts and label names: the same when two models were measured alike."""
        return self._digest("validation")

    @cached_property
    def training_digest(self) -> str:
        """SHA-256 (hex) of the texts and label names of the train and dev splits."""
        return digest_of([self._digest(split) for split in TRAINING_SPLITS])

    def _digest(self, split: Split) -> str:
        examples = self.split(split)
        names = ([self.label_map.names[label] for label in some] for some in in_parts(examples["label"].to_numpy()))
        return digest_of_lists([parts_of(examples["text"]), names])


def build_corpus(
    training: Checked,
    validation: Checked,
    recipe: CorpusRecipe,
    label_map: LabelMap,
    rare_labels: Sequence[RareLabel] = (),
) -> Corpus:
    """Join checked workbooks into a corpus.

    In this order: training rows whose text stands in a validation workbook go; of examples that stand more than once,
    in one workbook or several, one is kept; texts that carry several labels go, and rows of labels that the map does
    not hold; the dev split is drawn from what is left of training. Texts that differ in spelling alone are the same
    text (see `repetition`). In what order the workbooks are given decides which place is given as the source of an
    example, and nothing else of `frame`.

    Args:
        training: one checked workbook or several, merged labels as they count (`LabelPlan.apply`).
        validation: likewise.
        recipe: how the dev split is drawn.
        label_map: the labels of the corpus.
        rare_labels: those that a `LabelPlan` merged or left out, for the record.

    Raises:
        DataContractError: no usable validation row is left, or a label has fewer than two different training texts.
    """
    train_pool, validation_pool = (
        pooled([checked] if isinstance(checked, CheckedWorkbook) else checked) for checked in (training, validation)
    )
    train_rows, train_gone = without_repetition(train_pool, known=validation_pool, label_map=label_map)
    validation_rows, validation_gone = without_repetition(validation_pool, label_map=label_map)
    if validation_rows.empty:
        raise problem(DataContractError, "no_usable_row", validation_pool.where)
    _require_every_label(train_rows, train_gone, label_map, train_pool)
    in_dev = dev_mask(train_rows, recipe).to_numpy()
    by_text, validation_by_text = (rows["text"].array.argsort() for rows in (train_rows, validation_rows))
    frame = pd.concat(
        [
            _examples(train_rows, by_text[~in_dev[by_text]], train_pool, "train", label_map),
            _examples(train_rows, by_text[in_dev[by_text]], train_pool, "dev", label_map),
            _examples(validation_rows, validation_by_text, validation_pool, "validation", label_map),
        ],
        ignore_index=True,
    )
    aside = pd.concat([*train_gone, *validation_gone], ignore_index=True)
    counts: dict[str, int] = {split: int((frame["split"] == split).sum()) for split in SPLITS}
    counts |= account("training", train_pool, train_gone) | account("validation", validation_pool, validation_gone)
    sources = sources_of("training", train_pool, train_gone)
    sources += sources_of("validation", validation_pool, validation_gone)
    return Corpus(frame, counts, label_map, aside, sources, tuple(rare_labels))


def _require_every_label(rows: pd.DataFrame, gone: Sequence[pd.DataFrame], label_map: LabelMap, pool: Pool) -> None:
    texts = rows["label"].value_counts()
    short = too_few({name: int(texts.get(name, 0)) for name in label_map.names}, LEAST_TEXTS)
    if not short:
        return
    n_in_validation = sum(int((of_book["reason"] == "in_validation").sum()) for of_book in gone)
    if n_in_validation > len(pool.rows) / 2:  # the same workbook twice, or nearly so: more data would not help
        raise problem(
            *(DataContractError, "training_in_validation", pool.where),
            count=n_in_validation,
            rows=len(pool.rows),
            labels=listed(short),
        )
    raise refusal(short, label_map, LEAST_TEXTS, pool.where)


def dev_mask(rows: pd.DataFrame, recipe: CorpusRecipe) -> "pd.Series[bool]":
    """The rows held out: of each label the same share of texts, at least one, never all.

    Each text stands in one row by now, so no text is on both sides. Texts are drawn in the order of their keys: which
    are drawn does not depend on the order of the rows.
    """
    by_key = rows[KEY].array.argsort()
    labels, names = pd.factorize(rows["label"])
    held_out = np.zeros(len(rows), bool)
    for label in range(len(names)):
        of_label = by_key[labels[by_key] == label]
        wanted = min(max(round(recipe.dev_share * len(of_label)), 1), len(of_label) - 1)
        if wanted:
            _, dev = train_test_split(of_label, test_size=wanted, random_state=recipe.split_seed)
            held_out[dev] = True
    return pd.Series(held_out, rows.index, dtype="bool")


def _examples(
    rows: pd.DataFrame, places: NDArray[np.int64], pool: Pool, split: Split, label_map: LabelMap
) -> pd.DataFrame:
    """The examples of a split: the rows at these places, which are in the order of their texts.

    Tokens and training depend on the order, so it must not change with that of the workbooks or of their rows.
    """
    rows = take_mapped(rows, places)
    books, numbers = [checked.workbook for checked in pool.workbooks], rows[BOOK].to_numpy()
    labels, names = pd.factorize(rows["label"])
    columns = {
        "text": rows["text"].array,
        "label": np.array([label_map.id_of(name) for name in names], np.int64)[labels],
        **{name: rows[name].array for name in SLICE_COLUMNS},
        "split": repeated([split], np.zeros(len(rows), np.int64)).array,
        "workbook_sha256": repeated([book.sha256 for book in books], numbers).array,
        "sheet": repeated([book.sheet for book in books], numbers).array,
        EXCEL_ROW: rows[EXCEL_ROW].array,
    }
    return pd.DataFrame(columns)
