"""The corpus: every example with its label, split and origin, and every row left out with the reason."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd
from sklearn.model_selection import train_test_split

from storyflower.data import repetition
from storyflower.data.labels import LabelMap
from storyflower.data.messages import problem
from storyflower.data.rejected import joined_reasons, set_aside
from storyflower.data.schema import REASONS, REPAIRS, CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW
from storyflower.digests import digest_of
from storyflower.errors import DataContractError
from storyflower.recipe_parts import CorpusRecipe

Split = Literal["train", "dev", "validation"]
SPLITS: tuple[Split, ...] = ("train", "dev", "validation")

LEFT_OUT = ("in_validation", "duplicate", "conflicting_label")
"""Why a usable row is left out of the corpus, in the order in which the rules are applied."""

_LEAST = 2  # different texts of each label: one to train on, one to choose the best epoch by
_NO_LETTER = re.compile(r"[\W_]+")
_FILES = ("examples.parquet", "set_aside.parquet", "labels.json", "counts.json")


@dataclass(frozen=True)
class Corpus:
    """The examples of a training and a validation workbook.

    frame: `text`, `label` (id), `split` (of `SPLITS`), `workbook_sha256`, `sheet`, `excel_row`.
    counts: examples a split, and for each workbook (`training_…`, `validation_…`) its rows, the rows set aside by
        reason and the rows mended; rows are the sum of the examples and the rows set aside.
    set_aside: every row of the workbooks that is not in `frame`: provenance, `reason`, its cells as they stand.
    """

    frame: pd.DataFrame
    counts: dict[str, int]
    label_map: LabelMap
    set_aside: pd.DataFrame

    def split(self, split: Split) -> pd.DataFrame:
        """The examples of one split, in the order of the corpus."""
        return self.frame[self.frame["split"] == split]

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
    training: CheckedWorkbook, validation: CheckedWorkbook, recipe: CorpusRecipe, label_map: LabelMap
) -> Corpus:
    """Join two judged workbooks into a corpus.

    In this order: training rows whose text stands in the validation workbook go; of examples that stand more than
    once the first is kept; texts that carry several labels go; the dev split is drawn from what is left of training.

    Raises:
        DataContractError: no usable validation row is left, or a label has fewer than two different training texts.
    """
    train_rows, train_gone = _without_repetition(training, known=validation.usable)
    validation_rows, validation_gone = _without_repetition(validation)
    if validation_rows.empty:
        raise problem(DataContractError, "no_usable_row", validation.workbook.where)
    _require_every_label(train_rows, label_map, training.workbook.where)
    in_dev = _dev_mask(train_rows, recipe)
    frame = pd.concat(
        [
            _examples(train_rows[~in_dev], training, "train", label_map),
            _examples(train_rows[in_dev], training, "dev", label_map),
            _examples(validation_rows, validation, "validation", label_map),
        ],
        ignore_index=True,
    )
    aside = pd.concat([train_gone, validation_gone], ignore_index=True)
    counts: dict[str, int] = {split: int((frame["split"] == split).sum()) for split in SPLITS}
    counts |= _account("training", training, train_gone) | _account("validation", validation, validation_gone)
    return Corpus(frame, counts, label_map, aside)


def save_corpus(corpus: Corpus, folder: Path) -> None:
    """Write the corpus into an existing folder: two parquet files, `labels.json` and `counts.json`."""
    examples, aside, labels, counts = (folder / name for name in _FILES)
    corpus.frame.to_parquet(examples, index=False)
    corpus.set_aside.to_parquet(aside, index=False)
    labels.write_text(corpus.label_map.to_json(), "utf-8")
    counts.write_text(json.dumps(corpus.counts, indent=1), "utf-8")


def load_corpus(folder: Path) -> Corpus:
    """What `save_corpus` wrote."""
    examples, aside, labels, counts = (folder / name for name in _FILES)
    return Corpus(
        frame=pd.read_parquet(examples),
        counts=json.loads(counts.read_text("utf-8")),
        label_map=LabelMap.from_json(labels.read_text("utf-8")),
        set_aside=pd.read_parquet(aside),
    )


def _without_repetition(
    checked: CheckedWorkbook, known: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The usable rows that stay, and all rows set aside: those that break the contract and those left out here."""
    rows = checked.usable
    reasons = dict(zip(checked.rejected[EXCEL_ROW], checked.rejected["reason"], strict=True))
    rules = [("duplicate", repetition.duplicates), ("conflicting_label", repetition.conflicting)]
    if known is not None:
        rules.insert(0, ("in_validation", lambda examples: repetition.standing_in(examples, known)))
    for reason, rule in rules:
        gone = rule(rows)
        reasons |= dict.fromkeys(rows.loc[gone, EXCEL_ROW], reason)
        rows = rows[~gone]
    return rows, set_aside(checked, joined_reasons(reasons.items()))


def _require_every_label(rows: pd.DataFrame, label_map: LabelMap, where: str) -> None:
    texts = rows.assign(group=_groups(rows)).groupby("label")["group"].nunique()
    short = {name: int(texts.get(name, 0)) for name in label_map.names if texts.get(name, 0) < _LEAST}
    if short:
        labels = ", ".join(f"{name} ({count})" for name, count in short.items())
        raise problem(DataContractError, "label_too_small", where, labels=labels, least=_LEAST)


def _groups(rows: pd.DataFrame) -> "pd.Series[str]":
    """A key that spellings of one text share: letters and digits alone, case folded (if any)."""
    return rows["text"].map(lambda text: _NO_LETTER.sub("", text.casefold()) or text)


def _dev_mask(rows: pd.DataFrame, recipe: CorpusRecipe) -> "pd.Series[bool]":
    """The rows held out: of each label the same share of groups, at least one, never all.

    A group is never cut; one whose spellings carry several labels stays in training, so that no label runs dry.
    """
    groups = _groups(rows)
    drawable = rows["label"].groupby(groups).agg(["first", "nunique"]).query("nunique == 1")["first"]
    held_out: set[str] = set()
    for _, of_label in drawable.groupby(drawable):
        wanted = min(max(round(recipe.dev_share * len(of_label)), 1), len(of_label) - 1)
        if wanted:
            _, dev = train_test_split(list(of_label.index), test_size=wanted, random_state=recipe.split_seed)
            held_out.update(dev)
    return groups.isin(held_out)


def _examples(rows: pd.DataFrame, checked: CheckedWorkbook, split: Split, label_map: LabelMap) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": rows["text"],
            "label": rows["label"].map(label_map.id_of).astype("int64"),
            "split": split,
            "workbook_sha256": checked.workbook.sha256,
            "sheet": checked.workbook.sheet,
            EXCEL_ROW: rows[EXCEL_ROW],
        }
    )


def _account(name: str, checked: CheckedWorkbook, gone: pd.DataFrame) -> dict[str, int]:
    reasons = gone["reason"].value_counts()
    counts = {"rows": checked.counts["rows"], "usable": checked.counts["usable"]}
    counts |= {reason: int(reasons.get(reason, 0)) for reason in (*REASONS, *LEFT_OUT)}
    counts |= {repair: checked.counts[repair] for repair in REPAIRS}
    return {f"{name}_{key}": value for key, value in counts.items()}
