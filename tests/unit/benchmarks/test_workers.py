"""The script that measures workers and ranks: the ranks alone; sweeps on workers are run by the tests of the flows."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.workers import rank_rows
from storyflower.model.encoder import write_scratch_encoder
from storyflower.recipe import TINY

LETTERS = [chr(ord("가") + 7 * i) * 3 for i in range(80)]


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_the_pace_of_one_rank_is_measured_once(tmp_path: Path) -> None:
    write_scratch_encoder(LETTERS, replace(TINY.encoder, scratch_vocab_size=100), tmp_path / "encoder", seed=1)
    (row,) = rank_rows(Namespace(ranks=[1], encoder=tmp_path / "encoder", examples=512), tmp_path)
    assert (row["processes"], row["threads"], row["ratio"]) == (1, 1, 1.0)
    assert row["per_minute"] == pytest.approx(60 * 6 * 64 / row["seconds"])  # of 8 steps, between the log points
