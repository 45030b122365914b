"""What the benchmarks reckon with."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.results import Results
from benchmarks.systems.child import cut_short
from benchmarks.systems.clock import WINDOW_STEPS, WindowClock
from benchmarks.systems.comparison import Workload, compare
from benchmarks.systems.corpus import draw_corpus, load_corpus, save_corpus
from benchmarks.systems.floor import peak_flops, training_flops
from benchmarks.systems.job import Job, Measurement, Window
from benchmarks.systems.notebook import PaddedRows
from benchmarks.systems.trainer import GROUP, GroupedAsInLongTrainings, PadToLongest, _with_compiling_apart

KOBERT = {"num_hidden_layers": 12, "hidden_size": 768, "intermediate_size": 3072}


def test_drawn_texts_are_as_long_as_ai_hubs_and_survive_the_file(tmp_path: Path) -> None:
    corpus = draw_corpus(5_000, 8002, seed=1)
    lengths = corpus.train.tokens.lengths
    assert lengths.mean() == pytest.approx(35, abs=0.5)
    assert lengths.std() == pytest.approx(10, abs=0.5)
    assert lengths.max() <= 64
    save_corpus(tmp_path / "corpus.npz", corpus)
    read = load_corpus(tmp_path / "corpus.npz")
    assert np.array_equal(read.train.tokens.ids, corpus.train.tokens.ids)
    assert np.array_equal(read.dev.labels, corpus.dev.labels)
    assert read.labels == corpus.labels
    assert len(read.first(100, seed=2).train.labels) == 100


def test_the_floor_is_that_of_kobert(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(KOBERT))
    flops = training_flops(tmp_path, np.array([35]), classes=6)
    assert flops * 51_630 * 10 == pytest.approx(9.4e15, rel=0.03)  # 9.2 of matrices, the rest attention
    assert peak_flops("NVIDIA H100 80GB HBM3") == 989.4e12
    assert peak_flops("NVIDIA H100 PCIe") == 756e12
    assert peak_flops("NVIDIA A100-SXM4-80GB") == 312e12
    assert peak_flops("NVIDIA A10G") is None
    assert peak_flops("") is None


def test_windows_end_at_their_length_at_the_epoch_and_at_the_cut() -> None:
    clock = WindowClock("cpu", max_steps=WINDOW_STEPS + 5)
    clock.start()
    for _ in range(WINDOW_STEPS + 2):
        clock.step(2)
    clock.cut()
    clock.cut()
    for _ in range(3):
        clock.step(2)
    assert clock.is_over
    warm_up = (WINDOW_STEPS + 5) // 4
    assert [window.examples for window in clock.windows] == [2 * warm_up, 2 * (WINDOW_STEPS + 2 - warm_up), 6]


def test_the_first_window_warms_up() -> None:
    measured = Measurement([Window(64, 10.0), Window(64, 2.0), Window(32, 1.0)], compile_s=5.0)
    assert measured.steady_rate == 32
    assert measured.training_s == 18
    assert Measurement([Window(64, 10.0)]).steady_rate == 6.4


def test_padding_as_the_notebook_and_as_trainer_do_it() -> None:
    split = draw_corpus(3, 100, seed=1).train
    ids, length, segments, label = PaddedRows(split)[0]
    assert len(ids) == len(segments) == 64
    assert np.array_equal(ids[: int(length)], split.tokens.sequence(0))
    assert label == split.labels[0]
    features = [
        {"input_ids": torch.from_numpy(split.tokens.sequence(i)).long(), "labels": torch.tensor(i)} for i in range(3)
    ]
    batch = PadToLongest(multiple=8)(features)
    assert batch["input_ids"].shape[1] % 8 == 0
    assert batch["attention_mask"].sum(dim=1).tolist() == split.tokens.lengths.tolist()
    assert batch["labels"].tolist() == [0, 1, 2]


def test_short_runs_are_grouped_as_tightly_as_long_ones() -> None:
    lengths = draw_corpus(1_300, 100, seed=1).train.tokens.lengths
    order = list(GroupedAsInLongTrainings(lengths.tolist()))
    assert sorted(order) == list(range(1_300))
    batches = np.split(lengths[order[: 20 * 64]], 20)
    assert len(batches) <= GROUP
    assert sum(batch.max() * 64 for batch in batches) / sum(batch.sum() for batch in batches) < 1.06
    widths = [batch.max() for batch in batches]
    assert widths not in (sorted(widths), sorted(widths, reverse=True))


def test_results_of_other_machines_stay(tmp_path: Path) -> None:
    report = {
        "rows": 10,
        "ratio": 9.0,
        "differing_cells": 0,
        "cells": 60,
        "systems": [{"name": "storyflower", "seconds": 1.0, "rows_per_s": 10.0}],
        "machine": {"cpu": "a processor, 2 cores", "system": "Linux", "python": "3.11", "commit": "abc"},
    }
    Results(tmp_path).keep("ingest", "Reading here", report)
    Results(tmp_path).keep("ingest", "Reading there", report)
    Results(tmp_path).keep("ingest", "Reading here", report | {"ratio": 8.0})
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert page.count("## Reading") == 2
    assert "8.0 ×" in page
    assert "a processor, 2 cores" in page


def test_a_part_of_the_corpus_has_its_lengths() -> None:
    corpus = draw_corpus(5_000, 8002, seed=1)
    part = corpus.with_its_lengths(640).train
    assert len(set(map(bytes, (part.tokens.sequence(i) for i in range(640))))) == 640
    assert part.tokens.lengths.mean() == pytest.approx(corpus.train.tokens.lengths.mean(), abs=0.05)
    assert np.quantile(part.tokens.lengths, [0.1, 0.9]) == pytest.approx(
        np.quantile(corpus.train.tokens.lengths, [0.1, 0.9])
    )
    assert len(corpus.with_its_lengths(9_000).train.labels) == 5_000
    assert len(corpus.dev.labels) == 556


def test_a_part_of_the_training_is_one_pass_and_two_for_a_compiled_trainer() -> None:
    job = Job("trainer", "", "", device="cpu", epochs=10, seed=1, learning_rate=1e-5, max_steps=50, judge=False)
    assert cut_short(job).epochs == 1
    assert cut_short(replace(job, system="trainer-compiled")).epochs == 2


def test_of_a_compiled_trainer_the_first_epoch_warms_up() -> None:
    windows = [Window(64, 40.0), Window(64, 10.0), Window(64, 2.0), Window(64, 2.0)]
    apart = _with_compiling_apart(Measurement(windows), first_epoch=2)
    assert (apart.steady_rate, apart.compile_s, apart.training_s) == (32.0, 46.0, 54.0)
    of_one_epoch = _with_compiling_apart(Measurement(windows), first_epoch=4)
    assert of_one_epoch.training_s == 54.0
    assert of_one_epoch.steady_rate == pytest.approx(192 / 14)


def test_compiling_counts_for_the_same_number_of_examples(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(KOBERT))
    rounds = {
        "notebook": [Measurement([Window(64, 8.0), Window(64, 8.0)])],
        "trainer": [Measurement([Window(64, 2.0), Window(64, 2.0)])],
        "trainer-compiled": [Measurement([Window(64, 4.0)], compile_s=90.0)],
        "storyflower": [Measurement([Window(64, 2.0), Window(64, 1.0)], compile_s=10.0)],
        "storyflower-auto": [Measurement([Window(640, 20.0)])],
    }
    report = compare(rounds, Workload(35.0, 1e9, examples=640))
    assert report["ratio"] == {"notebook": 8, "trainer": 2}
    assert report["ratio_with_compile"] == {"notebook": 80 / 20, "trainer": 20 / 20}
    assert report["ratio_as_shipped"] == {"notebook": 80 / 20, "trainer": 20 / 20}
    names = [row["name"] for row in report["systems"]]
    assert names == ["notebook", "trainer", "storyflower", "trainer-compiled", "storyflower-auto"]
