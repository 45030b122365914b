"""A version in a real MLflow store: registered, found by content, loaded, and used with every form of input."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, get_model_info, set_signature
from safetensors.torch import load_file, save_file

from storyflower.data.labels import MAJORS
from storyflower.errors import AnswerError, InputError, TrackingError, VersionFilesError
from storyflower.model.directory import SERVING_FILE
from storyflower.registry.interface import EXAMPLE
from storyflower.registry.opened import open_version
from storyflower.registry.references import ModelReference
from storyflower.registry.versions import (
    ask,
    count_answers,
    find_version,
    load_version,
    prove_it_answers,
    register_version,
)
from storyflower.serving.predictor import load_predictor
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")


def test_a_version_answers_in_every_form(model_directory: Path) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    model = load_version(current_home(), version.version)
    answers = model.predict(["오늘 정말 기뻤어", "무서워"])
    assert list(answers.columns) == ["label", "confidence", *MAJORS]
    np.testing.assert_allclose(answers[list(MAJORS)].sum(axis=1), 1)
    assert (answers["confidence"] == answers[list(MAJORS)].max(axis=1)).all()
    pd.testing.assert_frame_equal(model.predict(pd.DataFrame({"text": ["오늘 정말 기뻤어", "무서워"]})), answers)
    np.testing.assert_allclose(
        load_predictor(model_directory).probabilities(["오늘 정말 기뻤어", "무서워"]), answers[list(MAJORS)], atol=1e-6
    )
    assert count_answers(current_home(), version.version, MAJORS) == len(EXAMPLE)
    assert count_answers(current_home(), version.version, ("다른", "라벨")) == 0
    prove_it_answers(current_home(), str(version.version))


def test_a_version_reads_a_frame_by_the_names_of_its_columns(model_directory: Path) -> None:
    """Through MLflow's enforcement of the signature, which drops columns that it does not name."""
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    model = load_version(current_home(), version.version)
    frame = pd.DataFrame({"연령": ["청년", "노년"], "사람문장2": ["무서워", None], "사람문장1": ["기뻤어", "슬퍼"]})
    joined = model.predict(["기뻤어 무서워", "슬퍼"])
    for given in (frame, frame[["사람문장1", "사람문장2"]], frame.to_dict("records")):
        pd.testing.assert_frame_equal(model.predict(given), joined)
    for given in (["기뻤어 무서워", "슬퍼"], pd.Series(["기뻤어 무서워", "슬퍼"]), np.array(["기뻤어 무서워", "슬퍼"])):
        pd.testing.assert_frame_equal(model.predict(given), joined)
    pd.testing.assert_frame_equal(model.predict(pd.DataFrame({"text": ["기뻤어 무서워", "슬퍼"]})), joined)
    pd.testing.assert_frame_equal(
        model.predict(model.input_example),
        load_predictor(model_directory).predict([f"{EXAMPLE[0]} 덕분에 하루 종일 웃었어.", EXAMPLE[1]]),
    )


@pytest.mark.parametrize("index", [[3, 1], [7, 7]], ids=str)
def test_a_version_answers_with_the_index_of_a_table(model_directory: Path, index: list[int]) -> None:
    """Through MLflow, which makes a new frame of the columns that the signature names."""
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    model = load_version(current_home(), version.version)
    texts = pd.Series(["기뻤어", "슬퍼"], index=index)
    expected = model.predict(texts.tolist()).set_axis(texts.index)
    for given in (
        *(texts, texts.rename("text"), texts.to_frame("text")),
        pd.DataFrame({"사람문장1": texts, "사람문장2": None, "연령": "청년"}),
    ):
        pd.testing.assert_frame_equal(model.predict(given), expected)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pd.DataFrame({"연령": ["청년"], "사람문장1": ["기뻤어"]}), "사람문장2"),
        (pd.DataFrame({"연령": ["청년"], "성별": ["여성"]}), "no column that the model reads"),
        (pd.DataFrame({"문장": ["기뻤어"]}), "Rename the column of the texts to 'text'"),
        (pd.Series(["기뻤어"], name="문장"), r"such as `series.tolist\(\)`.*사람문장1, 사람문장2"),
        (["기뻤어", None], "position 1 "),
        (["기뻤어", 3], "position 1 "),
        ([1, 2], "position 0 "),
        (["기뻤어", " "], "position 1 "),
        ([["기뻤어", "슬퍼"]], "0, 1"),
        ([[["기뻤어"]]], "list"),
        ([[]], "no column that the model reads"),
    ],
)
def test_a_version_refuses_what_it_cannot_read(model_directory: Path, given: Any, words: str) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    with pytest.raises(MlflowException, match=words) as refusal:
        load_version(current_home(), version.version).predict(given)
    assert refusal.value.get_http_status_code() == 400
    with pytest.raises(InputError, match="there is no text"):
        ask(current_home(), version.version, [""])


def broken(model_directory: Path, folder: Path, value: float) -> Path:
    """The model with all weights set to one value, as after a training that has run away."""
    directory = Path(shutil.copytree(model_directory, folder / "model"))
    file = directory / "model.safetensors"
    save_file({name: torch.full_like(weight, value) for name, weight in load_file(file).items()}, file)
    return directory


def test_weights_that_are_no_numbers_are_refused_when_they_are_loaded(model_directory: Path, tmp_path: Path) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, broken(model_directory, tmp_path, torch.nan), MAJORS, {"model_digest": "nan"})
    with pytest.raises(VersionFilesError, match=r"'bert\.embeddings\.LayerNorm\.bias' have values that are not finite"):
        prove_it_answers(current_home(), str(version.version))


def test_answers_that_are_no_numbers_are_an_error(model_directory: Path, tmp_path: Path) -> None:
    """Finite weights so large that the logits overflow; by MLflow's own way too."""
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, broken(model_directory, tmp_path, 3e38), MAJORS, {"model_digest": "large"})
    with pytest.raises(AnswerError, match=r"2 texts \(the first at position 0\) with values that are not finite"):
        ask(current_home(), version.version, ["오늘 정말 기뻤어", "무서워"])
    with pytest.raises(AnswerError):
        prove_it_answers(current_home(), str(version.version))
    with pytest.raises(MlflowException, match="not finite") as raised:
        load_version(current_home(), version.version).predict(["무서워"])
    assert raised.value.get_http_status_code() == 500


def test_a_version_is_loaded_again_only_after_its_files_have_changed(model_directory: Path) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, "champion", version.version)
    model = load_version(current_home(), version.version)
    assert load_version(current_home(), "@champion") is model
    signature = get_model_info(version.source).signature
    set_signature(version.source, ModelSignature(signature.inputs, signature.outputs))
    changed = load_version(current_home(), "@champion")
    assert changed is not model
    assert changed.metadata.signature.params is None


def test_a_version_is_unsure_below_a_threshold(model_directory: Path) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    usual = ask(current_home(), version.version, ["오늘 정말 기뻤어", "무서워"])
    model = load_version(current_home(), version.version)
    unsure = model.predict(["오늘 정말 기뻤어", "무서워"], params={"threshold": 1.0})
    assert list(unsure.columns) == ["label", "confidence", "best_guess", *MAJORS]
    assert unsure["label"].tolist() == ["불확실", "불확실"]
    assert unsure["best_guess"].tolist() == usual["label"].tolist()
    pd.testing.assert_frame_equal(unsure[list(MAJORS)], usual[list(MAJORS)])
    sure = model.predict(["무서워"], params={"threshold": 0})
    assert sure["label"].tolist() == usual["label"].tolist()[1:]


def test_a_version_is_found_by_its_content(model_directory: Path) -> None:
    assert find_version(current_home(), "abc") is None
    with tracked_run(current_home(), "test", {}) as run:
        first = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
        register_version(run, model_directory, MAJORS, {"model_digest": "other"})
    found = find_version(current_home(), "abc")
    assert found is not None
    assert found.version == first.version
    assert found.tags["model_digest"] == "abc"


def test_a_version_carries_signature_example_requirements_and_code(model_directory: Path) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    metadata = load_version(current_home(), version.version).metadata
    assert metadata.signature.inputs.input_names()[:4] == [0, "사람문장1", "사람문장2", "text"]
    assert "사람문장1, 사람문장2" in metadata.metadata["input_forms"]
    assert metadata.signature.outputs.input_names()[:2] == ["label", "confidence"]
    folder = Path(
        client(current_home()).get_model_version_download_uri(DEFAULT_MODEL, version.version).removeprefix("file://")
    )
    assert (folder / "requirements.txt").read_text("utf-8").count("==") >= 5
    assert "+cpu" not in (folder / "requirements.txt").read_text("utf-8")
    assert (folder / "code" / "storyflower" / "serving" / "predictor.py").is_file()
    assert (folder / "input_example.json").is_file()
    assert not list(folder.rglob("*.pkl"))
    permissions = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert permissions == {stat.S_IMODE((folder / "MLmodel").stat().st_mode)}


@pytest.mark.slow
def test_a_version_loads_where_storyflower_is_not_installed(model_directory: Path, tmp_path: Path) -> None:
    """In a process that refuses this checkout, only the code inside the version can answer."""
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    script = f"""
import sys
checkout = {str(Path(__file__).resolve().parents[3])!r}
sys.path = [entry for entry in sys.path if entry != checkout]
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import json, mlflow
mlflow.set_tracking_uri({current_home().mlflow_uri!r})
model = mlflow.pyfunc.load_model("models:/{DEFAULT_MODEL}/{version.version}")
answers = model.predict(["안녕"])
import storyflower
print(json.dumps({{"label": answers["label"][0], "code": storyflower.__file__}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["label"] in MAJORS
    assert str(current_home().folder) in answer["code"]


def test_a_registration_that_fails_leaves_no_copy(model_directory: Path, tmp_path: Path) -> None:
    """Not at a retry, which logs the model anew, and not where logging itself breaks off."""

    def copies() -> int:
        return len(client(current_home()).search_logged_models([experiment_id(current_home())]))

    with tracked_run(current_home(), "test", {}) as run:
        register_version(run, model_directory, MAJORS, {"model_digest": "whole"})
        with pytest.raises(MlflowException, match="exceeds the maximum"):
            register_version(run, model_directory, MAJORS, {"model_digest": "x" * 200_000})
        assert copies() == 1
        hollow = tmp_path / "hollow"
        hollow.mkdir()
        shutil.copy(model_directory / SERVING_FILE, hollow)
        (hollow / "model.safetensors").symlink_to("absent")
        with pytest.raises((OSError, MlflowException), match=r"absent|No such file"):
            register_version(run, hollow, MAJORS, {"model_digest": "none"})
        assert copies() == 1
        assert client(current_home()).get_run(run.run_id).info.status != "FINISHED"


def test_no_such_version_is_one_clear_error() -> None:
    with pytest.raises(TrackingError, match="no such registered model"):
        load_version(current_home(), "@champion")


@pytest.mark.parametrize(
    ("asked", "said", "remedy"),
    [
        ("@nope", "has no such alias. Its aliases: @champion", "by its number"),
        ("9", "there is no version '9'", "registry list"),
        ("other@champion", "there is no registered model other", f"--model {DEFAULT_MODEL}@champion"),
    ],
)
def test_what_a_reference_lacks_is_named(
    model_directory: Path, in_english: None, asked: str, said: str, remedy: str
) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, "champion", version.version)
    with pytest.raises(TrackingError) as caught:
        open_version(current_home(), ModelReference.parse(asked, DEFAULT_MODEL))
    assert said in caught.value.problem
    assert remedy in caught.value.remedy


def test_a_store_that_is_away_is_no_missing_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TrackingError, match="does not answer"):
        load_version(current_home(), "@champion")
