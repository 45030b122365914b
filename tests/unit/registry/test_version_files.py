"""Files of a registered version that are altered, cut or gone: found when it is loaded, named, put back.

Also by a process that has found them intact before: nothing is forgotten here between the damage and the next look.
"""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
import torch
from mlflow.entities.model_registry import ModelVersion
from safetensors.torch import load_file, save_file

from storyflower.data.labels import MAJORS
from storyflower.errors import EncoderError, VersionFilesError
from storyflower.model.integrity import DIGESTS_FILE
from storyflower.pipeline.manifests import ModelRef
from storyflower.pipeline.model_facts import ModelFacts
from storyflower.promotion.alias import CHAMPION
from storyflower.promotion.comparison import ValidationSet
from storyflower.promotion.gate import Candidate
from storyflower.promotion.judging import assign_and_judge
from storyflower.promotion.lineage import Lineage, what_changed
from storyflower.recipe import KOBERT
from storyflower.registry import version_files
from storyflower.registry.versions import ask, load_version, register_version
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client
from storyflower.training.progress import EpochRecord
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

TEXTS = ["오늘 정말 기뻤어", "무서워"]


@pytest.fixture
def kept(own_home: Path, model_directory: Path) -> ModelRef:
    """The model in the stage store, as fine-tuning leaves it."""

    def build(folder: Path) -> ModelFacts:
        shutil.copytree(model_directory, folder / "model")
        (folder / "history.json").write_text("[]", "utf-8")
        return ModelFacts(best_epoch=1, epochs=1, best=EpochRecord(1, *[0.5] * 9))

    return StageStore(Home(own_home)).get_or_build(ModelRef, "finetune", {"of": "test"}, build).value


@pytest.fixture
def champion(kept: ModelRef, run: TrackedRun) -> ModelVersion:
    version = register_version(run, kept.path("model"), MAJORS, {"model_digest": kept.digest}, "# 카드\n")
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, version.version)
    return client(current_home()).get_model_version(DEFAULT_MODEL, version.version)


@pytest.fixture
def folder(champion: ModelVersion) -> Path:
    return version_files.files_of(current_home(), champion).folder


def reverse(folder: Path) -> None:
    """The weights of a model that means the opposite."""
    weights = load_file(folder / "artifacts/model/model.safetensors")
    weights["classifier.weight"] = -weights["classifier.weight"]
    save_file(weights, folder / "artifacts/model/model.safetensors", metadata={"format": "pt"})


def cut(folder: Path) -> None:
    os.truncate(folder / "artifacts/model/spiece.model", 100)


def lose_weights(folder: Path) -> None:
    (folder / "artifacts/model/model.safetensors").unlink()


def folder_in_place(folder: Path) -> None:
    (folder / "artifacts/model/spiece.model").unlink()
    (folder / "artifacts/model/spiece.model/inside").mkdir(parents=True)


def pipe_in_place(folder: Path) -> None:
    (folder / "artifacts/model/config.json").unlink()
    os.mkfifo(folder / "artifacts/model/config.json")


def lose_all(folder: Path) -> None:
    shutil.rmtree(folder)


def empty_mlmodel(folder: Path) -> None:
    os.truncate(folder / "MLmodel", 0)


DAMAGES = {
    reverse: "altered: artifacts/model/model.safetensors",
    cut: "altered: artifacts/model/spiece.model",
    lose_weights: "missing: artifacts/model/model.safetensors",
    folder_in_place: "missing: artifacts/model/spiece.model",
    pipe_in_place: "missing: artifacts/model/config.json",
    lose_all: "missing: MLmodel, code, pyfunc_model.py, artifacts/model",
    empty_mlmodel: "missing: MLmodel",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_put_back(
    champion: ModelVersion,
    folder: Path,
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = ask(current_home(), f"@{CHAMPION}", TEXTS)
    damage(folder)
    with caplog.at_level(logging.WARNING, "storyflower"):
        assert ask(current_home(), f"@{CHAMPION}", TEXTS).equals(before)
        assert ask(current_home(), f"@{CHAMPION}", TEXTS).equals(before)
    (line,) = caplog.messages
    assert "restored from stages" in line
    assert DAMAGES[damage] in line
    assert not version_files.files_of(current_home(), champion).found
    assert sorted(path.name for path in folder.parent.iterdir()) == ["artifacts"]
    assert mlflow.pyfunc.load_model(f"models:/{DEFAULT_MODEL}@{CHAMPION}").predict(TEXTS).equals(before)


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_put_back_is_named(kept: ModelRef, folder: Path, damage: Callable[[Path], None]) -> None:
    shutil.rmtree(kept.directory)
    damage(folder)
    with pytest.raises(VersionFilesError) as raised:
        load_version(current_home(), f"@{CHAMPION}")
    assert raised.value.where == str(folder)
    if damage is not lose_all:  # then the registered files are no longer known
        assert DAMAGES[damage] in raised.value.problem
    for remedy in ("storyflower train", "storyflower registry rollback"):
        assert remedy in raised.value.remedy


def test_nothing_is_put_back_through_a_link_that_leads_outside(
    champion: ModelVersion, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "original"
    (folder / "artifacts/model").rename(outside)
    (folder / "artifacts/model").symlink_to(outside)
    cut(folder)
    with pytest.raises(VersionFilesError, match=r"spiece\.model"):
        ask(current_home(), f"@{CHAMPION}", TEXTS)
    assert (outside / "spiece.model").stat().st_size == 100


def test_what_mlflow_writes_into_the_folder_is_no_alteration(champion: ModelVersion, folder: Path) -> None:
    mlflow.pyfunc.load_model(f"models:/{DEFAULT_MODEL}@{CHAMPION}")  # writes `registered_model_meta`
    with (folder / "MLmodel").open("a", encoding="utf-8") as file:
        file.write("# read\n")
    (folder / "artifacts/model/.DS_Store").write_bytes(b"\0")
    assert not version_files.files_of(current_home(), champion).found


def test_mlflow_alone_refuses_altered_files_too(folder: Path) -> None:
    """As `mlflow models serve` loads it: the version carries the digests of its files."""
    reverse(folder)
    with pytest.raises(EncoderError, match=r"altered: model\.safetensors"):
        mlflow.pyfunc.load_model(f"models:/{DEFAULT_MODEL}@{CHAMPION}")


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_version_of_before_digests_were_written_is_verified(
    champion: ModelVersion, kept: ModelRef, folder: Path, is_kept: bool
) -> None:
    (folder / "artifacts/model" / DIGESTS_FILE).unlink()
    if not is_kept:
        shutil.rmtree(kept.directory)
    assert not version_files.files_of(current_home(), champion).found
    reverse(folder)
    found = version_files.files_of(current_home(), champion).found
    assert "artifacts/model/model.safetensors" in found.altered
    assert (len(found.altered) == 1) == is_kept  # else no file is known to be the right one


def test_a_champion_that_is_lost_does_not_stop_the_next_one(
    champion: ModelVersion,
    kept: ModelRef,
    folder: Path,
    run: TrackedRun,
    two_models: tuple[Path, Path],
    candidate: Callable[..., Candidate],
) -> None:
    challenger = register_version(run, two_models[1], MAJORS, {"model_digest": "second"})
    predicted = ask(current_home(), challenger.version, TEXTS)["label"].tolist()
    validation = ValidationSet("data", TEXTS, torch.tensor([0, 1]).numpy(), MAJORS)
    shutil.rmtree(kept.directory)
    reverse(folder)
    lineage = Lineage("t", "v", "r", "c", None)
    change = what_changed(current_home(), lineage)
    assert change.found
    assert "model.safetensors" in change.reason
    decision = assign_and_judge(
        current_home(), challenger, candidate(version=challenger.version), validation, predicted, KOBERT
    )
    assert decision.promoted
    assert decision.against == str(champion.version)
    assert decision.reason.startswith("every absolute check passed: macro-F1 0.8")
    assert "Not compared with champion version 1" in decision.reason
    assert "model.safetensors" in decision.reason
    poor = candidate(version=challenger.version, ece=0.9)
    refused = assign_and_judge(current_home(), challenger, poor, validation, predicted, KOBERT)
    assert not refused.promoted
    assert refused.reason.startswith("refused: calibration")


def test_a_home_that_may_only_be_read_names_what_is_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reverse(folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(VersionFilesError, match=r"altered: artifacts/model/model\.safetensors"):
        load_version(current_home(), f"@{CHAMPION}")
    assert current_home().folder.is_dir()
