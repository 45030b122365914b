"""`storyflower export` of a registered version, and the use of what it writes where PyTorch is absent."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.entities.model_registry import ModelVersion
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.data.corpus import Corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.pool import Source
from storyflower.evaluation.assessment import Assessment
from storyflower.model.integrity import recorded_digests
from storyflower.recipe import TINY
from storyflower.registry.export import REQUIREMENTS, export_version
from storyflower.registry.references import ModelReference
from storyflower.registry.versions import register_version
from storyflower.reports.model_card import model_card
from storyflower.serving.predictor import load_predictor
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from tests.unit.conftest import with_label_weights

ROOT = Path(__file__).resolve().parents[3]
SOURCES = tuple(Source(role, "a.xlsx", "ab" * 32, "시트", 3, 3, {}) for role in ("training", "validation"))
SENTENCES = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "고마워"]
ABSENT = """
import sys
from importlib.machinery import PathFinder

ABSENT = ("torch", "transformers", "mlflow", "prefect", "pydantic", "huggingface_hub", "safetensors", "onnx")

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in ABSENT else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""
PREDICTS = f"""
from pathlib import Path
from storyflower.serving.predictor import load_predictor

predictor = load_predictor(Path(sys.argv[1]))
print(predictor.predict({SENTENCES!r}).to_json(orient="split", force_ascii=False, double_precision=15))
"""


def export(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["export", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def without_torch(folder: Path, program: str, *arguments: str) -> str:
    """What a program prints in a folder where PyTorch and MLflow are absent."""
    done = subprocess.run(
        [sys.executable, "-c", ABSENT + program, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(versions: list[ModelVersion], tmp_path: Path) -> Path:
    """The export of version 1."""
    code, output = export("--out", tmp_path / "내보낸 모델", "--model", "1", "--json")
    assert code == 0, output
    facts = json.loads(output)
    assert (facts["version"], facts["digest"], facts["opset"], facts["format"]) == ("1", "0", 17, "onnx")
    assert facts["largest_difference"] < 1e-5
    return Path(facts["folder"])


def test_an_export_predicts_what_the_version_predicts_without_pytorch(folder: Path, two_models) -> None:
    expected = load_predictor(two_models[0], "cpu").predict(SENTENCES)
    answers = json.loads(without_torch(folder, PREDICTS, str(folder)))
    assert answers["columns"] == list(expected.columns)
    assert [row[0] for row in answers["data"]] == expected["label"].tolist()
    numbers = np.array([row[1:] for row in answers["data"]], float)
    np.testing.assert_allclose(numbers, expected.iloc[:, 1:].to_numpy(float), rtol=0, atol=1e-5)


def test_an_export_decides_by_the_models_label_weights(weighted_model: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with tracked_run(home, "test", {}) as run:
        register_version(run, weighted_model, MAJORS, {"model_digest": "w"})
    exported = export_version(home, ModelReference.parse("1", home.model), tmp_path / "export")
    expected = load_predictor(weighted_model, "cpu").predict(SENTENCES)
    assert set(expected["label"]) == {MAJORS[0]}
    found = load_predictor(exported.folder).predict(SENTENCES)
    assert found["label"].tolist() == expected["label"].tolist()
    np.testing.assert_allclose(found["confidence"], expected["confidence"], rtol=0, atol=1e-5)
    assert "1.0, 0.01, 0.01, 0.01, 0.01, 0.01" in (exported.folder / "README.md").read_text("utf-8")


def test_an_export_has_all_that_its_user_needs_and_no_weights(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"model.onnx", "spiece.model", "tokenizer.json", "storyflower.json", "format.json", "config.json"} < names
    assert "model.safetensors" not in names
    assert set(recorded_digests(folder) or ()) == names - {"README.md", "requirements.txt", "digests.json"}
    required = (folder / "requirements.txt").read_text("utf-8").split()
    assert [line.partition("==")[0] for line in required] == list(REQUIREMENTS)
    card = (folder / "README.md").read_text("utf-8")
    assert "버전 1" in card
    assert "기쁨, 슬픔" in card
    assert not re.search(r"\{\w+\}", card)


@pytest.mark.parametrize(
    ("lang", "weights", "has_tokenizer"),
    [("ko", (1.0, *[0.01] * (len(MAJORS) - 1)), True), ("en", (), True), ("en", (), False)],
    ids=["weighted", "plain", "no_tokenizer"],
)
def test_every_example_of_the_readme_runs_where_the_export_is(
    model_directory: Path,
    assessing: Callable[..., Assessment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    weights: tuple[float, ...],
    has_tokenizer: bool,
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    directory, home = with_label_weights(model_directory, tmp_path, weights), Home(tmp_path / "home")
    if not has_tokenizer:
        (directory / "tokenizer.json").unlink()
    frame = pd.DataFrame({"text": ["문장"] * 6, "label": range(6), "split": ["train"] * 2 + ["dev", "validation"] * 2})
    corpus = Corpus(frame, {"train": 2, "dev": 2, "validation": 2}, label_map("major"), pd.DataFrame(), SOURCES)
    named = {"model_name": home.model, "has_tokenizer": has_tokenizer, "is_weighted": bool(weights)}
    (directory / "README.md").write_text(model_card(corpus, assessing(MAJORS), TINY, "ef" * 32, **named), "utf-8")
    with tracked_run(home, "test", {}) as run:
        register_version(run, directory, MAJORS, {"model_digest": "w"})
    exported = export_version(home, ModelReference.parse("1", home.model), tmp_path / "export").folder

    card = (exported / "README.md").read_text("utf-8")
    assert "mlflow" not in card
    assert "transformers" not in card.partition("\n---\n")[0]
    examples = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(examples) == 1 + has_tokenizer
    expected = load_predictor(directory, "cpu").predict(["오늘 정말 기뻤어."]).iloc[0]
    for example in examples:
        printed = without_torch(exported, example)
        assert expected["label"] in printed
        assert f"{expected['confidence']:.4f}" in printed


def test_an_earlier_export_is_replaced_and_nothing_else_is(folder: Path, tmp_path: Path, in_english) -> None:
    before = (folder / "model.onnx").read_bytes()
    code, output = export("--out", folder, "--model", "2")
    assert code == 0, output
    assert "version 2" in output
    assert (folder / "model.onnx").read_bytes() != before
    (folder / "mine.txt").write_text("notes")
    code, output = export("--out", folder, "--model", "2")
    assert (code, "mine.txt" in output) == (2, True)
    assert (folder / "mine.txt").read_text() == "notes"
    code, output = export("--out", folder / "mine.txt", "--model", "2")
    assert (code, "file of this name" in output) == (2, True)
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_what_cannot_be_exported_leaves_no_folder(
    versions: list[ModelVersion], tmp_path: Path, in_english, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "export"
    assert export("--out", target, "--model", "9")[0] == 1
    monkeypatch.setitem(sys.modules, "onnx", None)
    code, output = export("--out", target, "--model", "1")
    assert (code, "pip install -c constraints.txt -e '.[onnx]'" in output) == (1, True)
    assert not target.exists()
