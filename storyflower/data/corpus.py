"""The corpus: every example with its label, split and origin, and every row left out with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pandas as pd
from sklearn.model_selection import train_test_split

from storyflower.data.headers import SLICE_COLUMNS
from storyflower.data.labels import LabelMap
from storyflower.data.pool import BOOK, Pool, Source, account, pooled, sources_of, without_repetition
from storyflower.data.rare_labels import LEAST_TEXTS, listed, refusal, too_few
from storyflower.data.repetition import KEY
from storyflower.data.row_account import RareLabel
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW
from storyflower.digests import digest_of
from storyflower.errors import DataContractError
from storyflower.messages import problem
from storyflower.recipe_data import CorpusRecipe

Split = Literal["train", "dev", "validation"]
SPLITS: tuple[Split, ...] = ("train", "dev", "validation")
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
        return self.frame[self.frame["split"] == split]

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
        return digest_of([self._digest("train"), self._digest("dev")])

    def _digest(self, split: Split) -> str:
        examples = self.split(split)
        names = [self.label_map.names[label] for label in examples["label"]]
        return digest_of([list(examples["text"]), names])


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
    in_dev = dev_mask(train_rows, recipe)
    frame = pd.concat(
        [
            _examples(train_rows[~in_dev], train_pool, "train", label_map),
            _examples(train_rows[in_dev], train_pool, "dev", label_map),
            _examples(validation_rows, validation_pool, "validation", label_map),
        ],
        ignore_index=True,
    )
    aside = pd.concat([train_gone, validation_gone], ignore_index=True).drop(columns=BOOK)
    counts: dict[str, int] = {split: int((frame["split"] == split).sum()) for split in SPLITS}
    counts |= account("training", train_pool, train_gone) | account("validation", validation_pool, validation_gone)
    sources = sources_of("training", train_pool, train_gone)
    sources += sources_of("validation", validation_pool, validation_gone)
    return Corpus(frame, counts, label_map, aside, sources, tuple(rare_labels))


def _require_every_label(rows: pd.DataFrame, gone: pd.DataFrame, label_map: LabelMap, pool: Pool) -> None:
    texts = rows["label"].value_counts()
    short = too_few({name: int(texts.get(name, 0)) for name in label_map.names}, LEAST_TEXTS)
    if not short:
        return
    n_in_validation = int((gone["reason"] == "in_validation").sum())
    if n_in_validation > len(pool.rows) / 2:  # the same workbook twice, or nearly so: more data would not help
        raise problem(
            *(DataContractError, "training_in_validation", pool.where),
            count=n_in_validation,
            rows=len(pool.rows),
            labels=listed(short),
        )
    raise refusal(short, LEAST_TEXTS, pool.where)


def dev_mask(rows: pd.DataFrame, recipe: CorpusRecipe) -> "pd.Series[bool]":
    """The rows held out: of each label the same share of texts, at least one, never all.

    Each text stands in one row by now, so no text is on both sides. Texts are drawn in the order of their keys: which
    are drawn does not depend on the order of the rows.
    """
    label_of = rows.set_index(KEY)["label"].sort_index()
    held_out: set[str] = set()
    for _, of_label in label_of.groupby(label_of):
        wanted = min(max(round(recipe.dev_share * len(of_label)), 1), len(of_label) - 1)
        if wanted:
            _, dev = train_test_split(list(of_label.index), test_size=wanted, random_state=recipe.split_seed)
            held_out.update(dev)
    return rows[KEY].isin(held_out)


def _examples(rows: pd.DataFrame, pool: Pool, split: Split, label_map: LabelMap) -> pd.DataFrame:
    """The examples of a split, sorted by text.

    Tokens and training depend on the order, so it must not change with that of the workbooks or of their rows.
    """
    rows = rows.sort_values("text")
    books = [pool.workbooks[number].workbook for number in rows[BOOK]]
    return pd.DataFrame(
        {
            "text": rows["text"],
            "label": rows["label"].map(label_map.id_of).astype("int64"),
            **{name: rows[name] for name in SLICE_COLUMNS},
            "split": split,
            "workbook_sha256": [book.sha256 for book in books],
            "sheet": [book.sheet for book in books],
            EXCEL_ROW: rows[EXCEL_ROW],
        }
    )
