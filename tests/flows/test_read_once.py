"""Counts what a cold retraining reads: it fetches workbooks, hashes the encoder and loads the corpus once."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from flows.retrain import retrain
from storyflower.data import corpus_files, workbook
from storyflower.data.corpus_files import load_corpus
from storyflower.model import inference_network
from storyflower.model.encoder import write_scratch_encoder
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.results import Retraining
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.storage.stages import StageStore
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def encoder(source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path) -> Path:
    header, *rows = openpyxl.load_workbook(source.training)["Sheet1"].values
    folder = tmp_path / "encoder"
    write_scratch_encoder([str(row[header.index("사람문장1")]) for row in rows], recipe.encoder, folder, seed=1)
    return folder


@pytest.fixture
def remote(source: CorpusSource) -> CorpusSource:
    """The workbooks at addresses, one of which holds them in the memory of this process."""
    for role in ("training", "validation"):
        fsspec.filesystem("memory").pipe(f"/read-once/{role}.xlsx", Path(getattr(source, role)).read_bytes())
    return CorpusSource(training="memory://read-once/training.xlsx", validation="memory://read-once/validation.xlsx")


@pytest.fixture
def counted(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each is read; the real functions do the reading."""
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str, what: Any) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            counts.update(filter(None, [what(*args)]))
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    count(corpus_files, "read_mapped", lambda path: "corpus" if Path(path).name == "examples.parquet" else None)
    count(inference_network, "read_weights", lambda *_: "model")
    count(MemoryFileSystem, "_open", lambda _, path, mode="rb": f"download of {path}" if mode == "rb" else None)
    count(workbook, "content_of", lambda path, *_: f"workbook {path.name}")
    inside = str(encoder)
    count(
        hashlib, "file_digest", lambda file, _: f"encoder {Path(file.name).name}" if inside in str(file.name) else None
    )
    return counts


def test_a_cold_retraining_reads_everything_once(
    remote: CorpusSource, encoder: Path, recipe: TrainingRecipe, counted: Counter[str]
) -> None:
    outcome: Any = retrain(remote, recipe.with_changes({"encoder": str(encoder)}))
    assert Retraining.model_validate(outcome).state == "trained"
    assert counted["download of /read-once/training.xlsx"] == 1
    assert counted["download of /read-once/validation.xlsx"] == 1
    books = {name: count for name, count in counted.items() if name.startswith("workbook ")}
    assert len(books) == 2
    assert set(books.values()) == {1}
    for file in ("config.json", "model.safetensors", "spiece.model"):
        assert counted[f"encoder {file}"] == 1
    assert counted["corpus"] == 1
    # In the evaluation, in fp32 and bf16 at once, and from the registered files for all uses of the registration:
    # MLflow's check of the logged model, the latency, and the answers of the registered version.
    assert counted["model"] == 2

    corpus = StageStore(current_home()).find(CorpusRef, "normalize", lambda _: True)
    assert corpus is not None
    shared, fresh = read_corpus(corpus), load_corpus(corpus.directory)
    pd.testing.assert_frame_equal(shared.frame, fresh.frame)  # no stage has modified what all share
    pd.testing.assert_frame_equal(shared.set_aside, fresh.set_aside)
    assert shared.counts == fresh.counts
