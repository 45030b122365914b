"""The benchmark of fine-tuning runs as its readers run it; how fast anything is, is not asserted."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import finetune
from benchmarks.systems.corpus import TokenCorpus, save_corpus
from storyflower.model.encoder import write_scratch_encoder
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.training.batches import LabelledTokens

ROOT = Path(__file__).resolve().parents[3]
TEXTS = [
    f"{scene} {feeling}" for scene in ("오늘 아침에", "친구가", "회사 일이") for feeling in ("좋아", "너무 화가 나")
]
SYSTEM_KEYS = {"name", "examples_per_s", "tokens_per_s", "peak_mb", "compile_s", "macro_f1"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scratch encoder, and 72 texts of two labels for it."""
    folder = tmp_path_factory.mktemp("material")
    recipe = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=32, scratch_layers=1)
    write_scratch_encoder(TEXTS, recipe, folder / "encoder", seed=1)
    tokens = KoBertTokenizer(folder / "encoder" / "spiece.model").encode_batch(TEXTS * 12, 64)
    split = LabelledTokens(tokens, np.arange(len(tokens)) % 2)
    save_corpus(folder / "corpus.npz", TokenCorpus(split, split, ("기쁨", "분노")))
    return folder / "encoder", folder / "corpus.npz"


def run(*arguments: object) -> dict[str, Any]:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "finetune.py"),
        *map(str, arguments),
        "--device",
        "cpu",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_one_object_with_systems_ratios_and_macro_f1(material: tuple[Path, Path]) -> None:
    encoder, tokens = material
    report = run("--encoder", encoder, "--tokens", tokens, "--epochs", 1, "--seeds", 1)
    systems = {system["name"]: system for system in report["systems"]}
    assert list(systems) == ["notebook", "trainer", "storyflower", "storyflower-auto"]
    assert all(system.keys() >= SYSTEM_KEYS for system in systems.values())
    ran = ["notebook", "storyflower", "storyflower-auto", *(["trainer"] if find_spec("accelerate") else [])]
    for name in ran:
        system = systems[name]
        assert system["examples_per_s"] > 0
        assert system["tokens_per_s"] > system["examples_per_s"]
        assert system["examples"] == 72
        assert system["peak_mb"] > 0
        assert len(system["macro_f1"]) == 1
    assert set(report["ratio"]) == set(report["ratio_with_compile"]) == {"notebook", "trainer"}
    assert report["ratio"]["notebook"] == pytest.approx(
        systems["storyflower"]["examples_per_s"] / systems["notebook"]["examples_per_s"]
    )
    assert "ablations" not in report
    assert report["examples_compared"] == 72
    assert report["dev_rows"] == 72
    seconds = systems["notebook"]["compile_s"] + 72 / systems["notebook"]["examples_per_s"]
    assert report["ratio_as_shipped"]["notebook"] == pytest.approx(seconds / systems["storyflower-auto"]["training_s"])
    assert systems["storyflower"]["wall_s"] > systems["storyflower"]["training_s"]


def test_fewer_than_fifty_steps_are_refused(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["finetune.py", "--baseline-steps", "25"])
    with pytest.raises(SystemExit) as refused:
        finetune.main()
    assert refused.value.code == 2
    assert "at least 50" in capsys.readouterr().err
