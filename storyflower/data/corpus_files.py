"""A corpus as files in a folder."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from storyflower.data.corpus import Corpus, Split
from storyflower.data.labels import LabelMap
from storyflower.data.mapped import BUFFER_BYTES, ROWS_AT_ONCE, read_mapped
from storyflower.data.pool import Source
from storyflower.data.row_account import RareLabel

_FILES = ("examples.parquet", "set_aside.parquet", "labels.json", "counts.json", "sources.json")
_RARE_LABELS_FILE = "rare_labels.json"
"""Left where there are rare labels, so that other corpora have the same files as those of earlier versions."""


def save_corpus(corpus: Corpus, folder: Path) -> None:
    """Write the corpus into an existing folder: two parquet files and three JSON files, a fourth for rare labels."""
    examples, aside, labels, counts, sources = (folder / name for name in _FILES)
    corpus.frame.to_parquet(examples, index=False)
    corpus.set_aside.to_parquet(aside, index=False)
    labels.write_text(corpus.label_map.to_json(), "utf-8")
    counts.write_text(json.dumps(corpus.counts, indent=1), "utf-8")
    listed = [asdict(source) for source in corpus.sources]
    sources.write_text(json.dumps(listed, ensure_ascii=False, indent=1), "utf-8")
    if corpus.rare_labels:
        rare = [asdict(label) for label in corpus.rare_labels]
        (folder / _RARE_LABELS_FILE).write_text(json.dumps(rare, ensure_ascii=False, indent=1), "utf-8")


def load_corpus(folder: Path) -> Corpus:
    """The corpus that `save_corpus` wrote, its texts mapped (see `mapped`)."""
    examples, aside, labels, counts, sources = (folder / name for name in _FILES)
    rare = folder / _RARE_LABELS_FILE
    return Corpus(
        frame=read_mapped(examples),
        counts=json.loads(counts.read_text("utf-8")),
        label_map=LabelMap.from_json(labels.read_text("utf-8")),
        set_aside=read_mapped(aside),
        sources=tuple(Source(**source) for source in json.loads(sources.read_text("utf-8"))),
        rare_labels=tuple(RareLabel(**label) for label in json.loads(rare.read_text("utf-8"))) if rare.exists() else (),
    )


def read_texts(folder: Path, split: Split | None = None) -> Iterator[list[str]]:
    """The texts of the corpus that `save_corpus` wrote, or of one split, in their order, some thousands at a time."""
    with pq.ParquetFile(folder / _FILES[0], buffer_size=BUFFER_BYTES) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=["text", "split"]):
            chosen = batch if split is None else batch.filter(pc.equal(batch["split"], split))
            yield chosen["text"].to_pylist()
