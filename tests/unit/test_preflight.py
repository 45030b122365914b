"""What a training needs is looked at before anything starts: cheapest first, and nothing is left behind."""

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from safetensors.torch import load_file

from storyflower import preflight as module
from storyflower.data.fetched_file import fetched_once
from storyflower.errors import EncoderError, RecipeError, StorageError, StoryFlowerError, TrackingError, WorkbookError
from storyflower.pipeline.manifests import ModelRef
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import expected_seconds, preflight
from storyflower.recipe import KOBERT, TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.stages import StageStore
from tests.homes import current_home
from tests.published import KCBERT, KLUE_ROBERTA, Layout, write_encoder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> CorpusSource:
    folder = tmp_path_factory.mktemp("books")
    training, validation = write_sample_workbooks(folder, training_rows=200, validation_rows=60)
    return CorpusSource(training=str(training), validation=str(validation))


def test_it_counts_rows_and_steps(source: CorpusSource) -> None:
    found = preflight(
        current_home(), source, TINY.with_changes({"epochs": 3, "batch_size": 50, "dev_share": 0.25}), "auto"
    )
    assert [(book.role, book.location, book.rows) for book in found.workbooks] == [
        ("training", source.training, 200),
        ("validation", source.validation, 60),
    ]
    assert (found.examples, found.steps) == (150, 9)
    assert found.encoder == "scratch"
    assert found.free_gib > found.needed_gib > 0


@pytest.mark.usefixtures("in_english")
def test_a_database_that_does_not_answer_is_reported_before_workbooks_are_read(free_tcp_port: int) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    home = replace(current_home(), tracking_uri=f"postgres://me:secret@127.0.0.1:{free_tcp_port}/runs")
    with pytest.raises(TrackingError, match=r"cannot be reached or used: connection failed: .*refused") as refused:
        preflight(home, CorpusSource(training="missing.xlsx", validation="missing.xlsx"), TINY, "cpu")
    assert refused.value.where == f"postgresql+psycopg://127.0.0.1:{free_tcp_port}/runs"
    assert "secret" not in str(refused.value)


def test_a_share_held_out_for_validation_is_not_trained_on(source: CorpusSource) -> None:
    alone = CorpusSource(training=source.training)
    found = preflight(current_home(), alone, TINY.with_changes({"validation_share": 0.2, "dev_share": 0.1}), "auto")
    assert found.examples == 144
    with pytest.raises(RecipeError):
        preflight(current_home(), alone, TINY, "auto")


def test_an_encoder_directory_is_weighed_as_fp32(source: CorpusSource, model_directory: Path) -> None:
    encoder = model_directory.parent / "encoder"
    found = preflight(current_home(), source, KOBERT.with_changes({"encoder": str(encoder)}), "auto")
    assert found.encoder == str(encoder.resolve())
    weights = sum(tensor.numel() for tensor in load_file(encoder / "model.safetensors").values())
    assert found.needed_gib == pytest.approx(12 * 4 * weights / 2**30)


@pytest.mark.parametrize(
    ("layout", "changes", "words"),
    [
        (KCBERT, {"max_len": 301}, "max_len is 301.*300 tokens"),
        (replace(KLUE_ROBERTA, values=KLUE_ROBERTA.values | {"max_position_embeddings": 130}), {"max_len": 129}, "128"),
        (KCBERT, {"bpe_dropout": 0.1}, "cannot be sampled"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_a_recipe_that_does_not_fit_the_encoder_is_refused_at_once(
    source: CorpusSource, tmp_path: Path, layout: Layout, changes: dict[str, Any], words: str
) -> None:
    encoder = write_encoder(tmp_path / "encoder", layout, ["가", "##나"])
    recipe = KOBERT.with_changes({"encoder": str(encoder)})
    with pytest.raises(RecipeError, match=words):
        preflight(current_home(), source, recipe.with_changes(changes), "auto")
    preflight(current_home(), source, recipe.with_changes({"max_len": 128}), "auto")


@pytest.mark.usefixtures("in_english")
def test_a_known_encoder_is_refused_before_it_is_downloaded(
    source: CorpusSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    recipe = KOBERT.with_changes({"encoder": "beomi/kcbert-base", "max_len": 400})
    with pytest.raises(RecipeError, match="beomi/kcbert-base has positions for 300 tokens"):
        preflight(current_home(), source, recipe, "auto")


@pytest.mark.parametrize(
    ("changed", "recipe", "error"),
    [
        ({"training": "/nowhere/open_Training.xlsx"}, TINY, WorkbookError),
        ({"validation": "/nowhere/*.xlsx"}, TINY, WorkbookError),
        ({}, TINY.with_changes({"text_columns": ["없는 열"]}), WorkbookError),
        ({}, TINY.with_changes({"encoder": "./nowhere"}), EncoderError),
        ({}, TINY.with_changes({"precision": "fp16"}), StoryFlowerError),
    ],
)
def test_what_is_missing_is_refused(
    source: CorpusSource,
    changed: dict[str, str],
    recipe: object,
    error: type[StoryFlowerError],
) -> None:
    with pytest.raises(error):
        preflight(current_home(), source.model_copy(update=changed), recipe, "cpu")  # type: ignore[arg-type]


def test_a_missing_encoder_says_so_before_the_disk_is_weighed(source: CorpusSource, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match=r"config\.json"):
        preflight(current_home(), source, TINY.with_changes({"encoder": str(tmp_path / "empty")}), "auto")


def test_too_little_room_is_refused_with_both_figures(source: CorpusSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COPIES", 2**60)
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    with pytest.raises(StorageError, match=r"needs about \d{9,}\.\d GiB.*are free"):
        preflight(current_home(), source, TINY, "auto")


def test_what_may_be_there_in_a_moment_is_left_to_the_stage(
    source: CorpusSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reset(*_: object) -> None:
        raise WorkbookError("the connection was reset", retryable=True)

    monkeypatch.setattr(module, "read_workbook", reset)
    found = preflight(current_home(), source, TINY, "auto")
    assert [book.rows for book in found.workbooks] == [None, None]


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-machine.invalid"])
def test_an_address_that_this_machine_does_not_have_is_refused_before_the_training(
    host: str, source: CorpusSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_RENDEZVOUS", f"{host}:29500")
    with pytest.raises(StoryFlowerError, match=f"cannot be taken at {host}:29500"):
        preflight(current_home(), source, TINY.with_changes({"nodes": 2}), "cpu")


def test_an_address_that_another_training_uses_is_left_to_the_stage(
    source: CorpusSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be over by then, or be this very training, whose result the stage waits for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("STORYFLOWER_RENDEZVOUS", address)
        assert preflight(current_home(), source, TINY.with_changes({"nodes": 2}), "cpu").steps
    assert address in caplog.text


def test_the_time_is_that_of_an_earlier_training_on_this_device(source: CorpusSource, recorded: Any) -> None:
    found = preflight(current_home(), source, TINY, "auto")
    assert expected_seconds(current_home(), found, TINY) is None
    noted = {"encoder": "scratch", "device": found.hardware.recorded, "examples_per_second": 36.0}
    facts = recorded(ModelRef, "finetune").facts.model_copy(update=noted)
    StageStore(current_home()).get_or_build(ModelRef, "finetune", {"a": 1}, lambda _: facts)
    assert expected_seconds(current_home(), found, TINY) == TINY.training.epochs * 180 / 36
    assert expected_seconds(current_home(), found, TINY, folds=5) == 5 * TINY.training.epochs * 180 / 36
    assert expected_seconds(current_home(), found, KOBERT) is None


def test_a_later_run_of_the_process_sees_changed_files(tmp_path: Path) -> None:
    """In a long-lived process, such as a notebook: the result is kept within a run, not beyond it."""
    training, validation = write_sample_workbooks(tmp_path, training_rows=200, validation_rows=60)
    source = CorpusSource(training=str(training), validation=str(validation))
    with fetched_once():
        first = preflight(current_home(), source, TINY, "cpu")
        validation.unlink()
        assert preflight(current_home(), source, TINY, "cpu") is first
    with fetched_once(), pytest.raises(WorkbookError):
        preflight(current_home(), source, TINY, "cpu")


def test_a_mistyped_path_is_refused_without_pytorch(tmp_path: Path) -> None:
    """The import of PyTorch takes seconds: what can be known without it is known first."""
    script = (
        "import sys\n"
        "from storyflower.cli.flow_process import flow_process\n"
        "from storyflower.errors import WorkbookError\n"
        "from storyflower.pipeline.source import CorpusSource\n"
        "from storyflower.recipe import KOBERT\n"
        "try:\n"
        "    with flow_process(CorpusSource(training='/nowhere/a.xlsx', validation='/nowhere/b.xlsx'), KOBERT):\n"
        "        pass\n"
        "except WorkbookError:\n"
        "    print(sorted({'torch', 'transformers', 'mlflow', 'prefect'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
