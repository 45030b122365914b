"""The train flow on real parts: what runs, what is reused, what is refused, and what is left behind."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from mlflow.artifacts import download_artifacts, load_text
from mlflow.entities import Run
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from transformers import AutoTokenizer

from flows.retrain import retrain
from flows.train import train
from storyflower.data.filled_report import read_report
from storyflower.data.labels import MAJORS
from storyflower.data.mending import mend
from storyflower.data.repair_report import LabelField
from storyflower.data.workbook import fetch_file, read_workbook
from storyflower.errors import DataContractError, EncoderError, TokenizerHealthError, WorkbookError
from storyflower.model.directory import SERVING_FILE
from storyflower.model.encoder import write_scratch_encoder
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.alias import current_champion
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_data import DataRecipe
from storyflower.registry.versions import ask, load_version
from storyflower.settings import DEFAULT_MODEL
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.tracking.store import client
from storyflower.tracking.store_home import EXPERIMENT
from tests.homes import current_home
from tests.unit.fixtures.workbooks import write_dialogues, write_sheet

__all__ = ["write_dialogues", "write_sheet"]

pytestmark = pytest.mark.server

ALL = ["ingest", "normalize", "encoder", "tokenize", "quality", "finetune", "evaluate", "register"]


@pytest.fixture(scope="module")
def first(source: CorpusSource, recipe: TrainingRecipe, home: Path) -> RegisteredVersion:
    """The first run of this home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return train(source, recipe)


def states(result: RegisteredVersion) -> dict[str, str]:
    return {name: report.state for name, report in result.stages.items()}


def ran(result: RegisteredVersion) -> list[str]:
    return [name for name, state in states(result).items() if state == "ran"]


def test_the_first_run_runs_everything_and_makes_a_champion(first: RegisteredVersion) -> None:
    assert list(first.stages) == ALL
    assert ran(first) == ALL
    assert first.promoted
    champion = current_champion(current_home())
    assert champion is not None
    assert str(champion.version) == first.model_version
    assert champion.tags["reason"].startswith("첫 챔피언")
    answers = ask(current_home(), "@champion", ["오늘 정말 기뻤어"])
    assert answers["label"][0] in answers.columns[2:]


def test_mlflow_has_the_whole_run(first: RegisteredVersion) -> None:
    run = client(current_home()).get_run(first.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["training.epochs"] == "2"
    assert run.data.metrics["test/macro_f1"] == pytest.approx(first.test.macro_f1)
    assert {"training_sha256", "recipe_digest", "encoder_digest", "validation_digest"} <= set(run.data.tags)
    for folder, names in {
        "data": {"data_quality.html", "data_quality.json", "set_aside.xlsx", "class_balance.png", "token_lengths.png"},
        "evaluation": {
            *("results.html", "evaluation.json", "predictions.json", "predictions.parquet", "label_errors.xlsx"),
            *("confusion.png", "reliability.png", "coverage.png"),
        },
    }.items():
        found = {Path(item.path).name for item in client(current_home()).list_artifacts(first.run_id, folder)}
        assert names <= found
    assert len(client(current_home()).get_metric_history(first.run_id, "epoch/dev_macro_f1")) == 2
    assert client(current_home()).get_metric_history(first.run_id, "train/loss")


def test_what_the_run_lists_can_be_mended(first: RegisteredVersion, source: CorpusSource, tmp_path: Path) -> None:
    workbooks = [fetch_file(location, DataRecipe(), tmp_path) for location in (source.training, source.validation)]
    lists = ("data/set_aside.xlsx", "evaluation/label_errors.xlsx")
    paths = [download_artifacts(run_id=first.run_id, artifact_path=path, dst_path=str(tmp_path)) for path in lists]
    aside, errors = (read_report(fetch_file(path, DataRecipe(), tmp_path)) for path in paths)
    assert {line.workbook_sha256 for line in aside.lines} <= {file.sha256 for file in workbooks}
    assert {(line.workbook, line.workbook_sha256) for line in errors.lines} == {
        (source.validation, workbooks[1].sha256)
    }
    line = errors.lines[0]
    assert (aside.label, errors.label) == (LabelField.of(DataRecipe()),) * 2
    mended = mend(workbooks[1], replace(errors, lines=(replace(line, mended_value=line.suggested_value),)))
    (tmp_path / "mended.xlsx").write_bytes(mended.content)
    frame = read_workbook(str(tmp_path / "mended.xlsx"), DataRecipe(), tmp_path).frame.set_index("excel_row")
    assert frame.loc[line.excel_row, line.column] == line.suggested_value


def test_the_model_is_calibrated_and_evaluated_with_intervals(first: RegisteredVersion, home: Path) -> None:
    (serving,) = (home / "stages" / "finetune").glob("*/model/storyflower.json")
    temperature = json.loads(serving.read_text("utf-8"))["temperature"]
    assert 0.05 <= temperature <= 20
    artifacts = client(current_home()).get_run(first.run_id).info.artifact_uri
    test = json.loads(load_text(f"{artifacts}/evaluation/evaluation.json"))["test"]
    assert test["calibration"]["temperature"] == temperature
    assert test["macro_f1_interval"]["low"] <= first.test.macro_f1 <= test["macro_f1_interval"]["high"]
    assert {"age", "gender", "situation", "length", "truncated"} == {part["by"] for part in test["slices"]}
    assert sum(rate["total"] for rate in test["behaviour"]) > 200
    assert test["against_baseline"]["n"] == test["n"]
    assert client(current_home()).get_run(first.run_id).data.metrics["test/ece"] == test["calibration"]["after"]["ece"]


def test_the_trained_directory_answers_frames_and_in_plain_transformers(first: RegisteredVersion, home: Path) -> None:
    (directory,) = home.glob("stages/finetune/*/model")
    frame = pd.DataFrame({"연령": ["청년"], "사람문장2": ["그래도 괜찮아"], "사람문장1": ["오늘 합격 소식을 들었어!"]})
    texts = ["오늘 합격 소식을 들었어! 그래도 괜찮아"]
    pd.testing.assert_frame_equal(
        load_version(current_home(), first.model_version).predict(frame),
        ask(current_home(), first.model_version, texts),
    )
    theirs, ours = AutoTokenizer.from_pretrained(directory), KoBertTokenizer(directory / "spiece.model")
    assert theirs(texts[0])["input_ids"] == ours.encode(texts[0], 128)


def test_prefect_has_the_stages_and_the_artifacts(first: RegisteredVersion) -> None:
    flow_run = client(current_home()).get_run(first.run_id).data.tags["flow_run_id"]
    with get_client(sync_client=True) as prefect:
        tasks = prefect.read_task_runs(flow_run_filter=FlowRunFilter(id={"any_": [flow_run]}))
        artifacts = prefect.read_artifacts()
    assert {task.name.rpartition("-")[0] for task in tasks} == set(ALL)
    assert {"data-quality", "results"} <= {artifact.key for artifact in artifacts}


def test_a_second_run_reuses_every_stage(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe
) -> None:
    again = train(source, recipe)
    assert set(states(again).values()) == {"cached"}
    assert again.model_version == first.model_version
    assert again.run_id != first.run_id
    assert again.test == first.test
    assert len(client(current_home()).search_model_versions(f"name='{DEFAULT_MODEL}'")) == 1
    flow_run = client(current_home()).get_run(again.run_id).data.tags["flow_run_id"]
    with get_client(sync_client=True) as prefect:
        tasks = prefect.read_task_runs(flow_run_filter=FlowRunFilter(id={"any_": [flow_run]}))
    assert {task.state_name for task in tasks} == {"Cached"}


@pytest.mark.parametrize(
    "trained_on", [{"device": "1 × NVIDIA H200", "precision": "bf16"}, {"device": "CPU, 64 threads"}]
)
def test_a_run_names_the_device_and_precision_that_trained_its_model(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, home: Path, trained_on: dict[str, str]
) -> None:
    """Also where the model is another machine's; models of earlier versions do not say in which precision."""
    here = client(current_home()).get_run(first.run_id).data.tags
    assert here["device"].startswith("CPU")
    assert here["precision"] in {"fp32", "bf16"}
    manifests = {file: file.read_text("utf-8") for file in home.glob("stages/finetune/*/manifest.json")}
    for file, text in manifests.items():
        manifest = json.loads(text)
        manifest["facts"] = {**manifest["facts"], "precision": None, **trained_on}
        file.write_text(json.dumps(manifest), "utf-8")
    again = train(source, recipe)
    for file, text in manifests.items():
        file.write_text(text, "utf-8")
    assert states(again)["finetune"] == "cached"
    tags = client(current_home()).get_run(again.run_id).data.tags
    assert {name: tags[name] for name in ("device", "precision") if name in tags} == trained_on


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"learning_rate": 5e-4}, ["finetune", "evaluate", "register"]),
        ({"bpe_dropout": 0.1}, ["finetune", "evaluate", "register"]),
        ({"max_len": 48}, ["tokenize", "quality", "finetune", "evaluate", "register"]),
        ({"scratch_layers": 2}, ["encoder", "finetune", "evaluate", "register"]),
        ({"split_seed": 7}, ["normalize", *ALL[2:]]),
        ({"text_columns": ["사람문장1"]}, ALL),
        ({"log_every": 3}, []),
        ({"min_gain": 0.5}, []),
        ({"max_rejected_share": 0.5}, []),
    ],
)
def test_a_changed_recipe_runs_what_depends_on_it(
    first: RegisteredVersion,
    source: CorpusSource,
    recipe: TrainingRecipe,
    change: dict[str, object],
    expected: list[str],
) -> None:
    assert ran(train(source, recipe.with_changes(change))) == expected


def test_a_max_len_that_no_text_reaches_is_trained_and_kept(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, home: Path
) -> None:
    """The token files are the same; the stored format has the maximum length for predictions."""
    longer, longest = (train(source, recipe.with_changes({"max_len": length})) for length in (200, 220))
    manifests = [json.loads(file.read_text("utf-8")) for file in (home / "stages" / "tokenize").glob("*/manifest.json")]
    files = {manifest["facts"]["max_len"]: manifest["files"] for manifest in manifests}
    assert files[200] == files[220]
    assert ran(longest) == ["tokenize", "quality", "finetune", "evaluate", "register"]
    assert longest.model_version != longer.model_version
    model = Path(
        download_artifacts(client(current_home()).get_model_version(DEFAULT_MODEL, longest.model_version).source)
    )
    (serving,), (kept,) = model.rglob(SERVING_FILE), model.rglob("recipe.json")
    assert json.loads(serving.read_text("utf-8"))["max_len"] == 220
    assert json.loads(kept.read_text("utf-8"))["text"]["max_len"] == 220


def test_a_changed_workbook_runs_everything(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(source.training)
    header = [cell.value for cell in book.active[1]]
    book.active.cell(5, header.index("사람문장1") + 1).value = "이 문장은 새로 고쳐 썼어요"
    book.save(tmp_path / "changed.xlsx")
    changed = CorpusSource(training=str(tmp_path / "changed.xlsx"), validation=source.validation)
    assert ran(train(changed, recipe)) == ALL


def test_a_workbook_saved_again_trains_nothing_new(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    """Other bytes, the same rows: read and reported anew, trained no second time."""
    book = openpyxl.load_workbook(source.training)
    book.properties.title = "다시 저장"
    book.save(tmp_path / "again.xlsx")
    again = CorpusSource(training=str(tmp_path / "again.xlsx"), validation=source.validation)
    assert states(train(again, recipe))["finetune"] == "cached"


def test_further_validation_rows_train_nothing_new(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    """The same model is measured anew, and stays the champion."""
    book = openpyxl.load_workbook(source.validation)
    text = [cell.value for cell in book.active[1]].index("사람문장1")
    for row in list(book.active.iter_rows(min_row=2, max_row=60, values_only=True)):
        book.active.append([f"{value} 아마도." if place == text else value for place, value in enumerate(row)])
    book.save(tmp_path / "changed.xlsx")
    changed = CorpusSource(training=source.training, validation=str(tmp_path / "changed.xlsx"))
    before = current_champion(current_home())
    result = train(changed, recipe)
    assert ran(result) == ["ingest", "normalize", "tokenize", "quality", "evaluate"]
    after = current_champion(current_home())
    assert before is not None
    assert after is not None
    assert str(before.version) == str(after.version) == result.model_version
    assert before.tags["validation_digest"] != after.tags["validation_digest"]
    assert after.tags["measured_run"] == result.run_id
    (figures, _, *checks), (new_figures, _, *kept) = (v.description.splitlines() for v in (before, after))
    assert figures != new_figures
    assert checks == kept
    assert "| " in checks[-1]


def test_an_encoder_directory_is_known_by_its_content(
    source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    encoder = tmp_path / "encoder"
    texts = ["오늘 정말 기뻤어", "내일이 무서워", "친구가 떠나서 슬퍼", "왜 자꾸 화가 나지", "당황스러운 하루였어"] * 20
    vocabulary = {"scratch_vocab_size": 90, "max_unk_share": 1.0}
    local = recipe.with_changes({"encoder": str(encoder), "epochs": 1, **vocabulary})
    write_scratch_encoder(texts, local.encoder, encoder, seed=1)
    assert "encoder" in ran(train(source, local))
    assert set(states(train(source, local)).values()) == {"cached"}

    shutil.rmtree(encoder)
    write_scratch_encoder(texts, local.encoder, encoder, seed=2)  # other weights, the same vocabulary
    assert ran(train(source, local)) == ["encoder", "finetune", "evaluate", "register"]


@pytest.mark.parametrize("stage", ["tokenize", "finetune"])
def test_a_damaged_cache_is_made_again(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe, home: Path, stage: str
) -> None:
    for file in (home / "stages" / stage).rglob("*.npy" if stage == "tokenize" else "*.safetensors"):
        file.write_bytes(file.read_bytes()[:-1] + b"\x00" + b"x")
    again = train(source, recipe)
    assert states(again)[stage] == "ran"
    assert again.model_version == first.model_version  # the same bytes came out of it


@pytest.mark.parametrize("flow", [train, retrain])
def test_a_missing_workbook_or_encoder_fails_the_flow_run_and_opens_no_other(
    source: CorpusSource, recipe: TrainingRecipe, flow: Flow[Any, Any]
) -> None:
    missing = CorpusSource(training="/nowhere/open_Training.xlsx", validation=source.validation)
    before = len(mlflow_runs())
    with pytest.raises(WorkbookError, match=re.escape("/nowhere/open_Training.xlsx")):
        flow(missing, recipe)
    with pytest.raises(EncoderError):
        flow(source, recipe.with_changes({"encoder": "/nowhere/kobert"}))
    assert len(mlflow_runs()) == before


def mlflow_runs() -> list[Run]:
    experiment = client(current_home()).get_experiment_by_name(EXPERIMENT)
    return list(client(current_home()).search_runs([experiment.experiment_id])) if experiment else []


def test_a_run_that_fails_within_is_failed_in_mlflow_too(source: CorpusSource, recipe: TrainingRecipe) -> None:
    with pytest.raises(TokenizerHealthError):
        train(source, recipe.with_changes({"max_len": 4}))
    newest = max(mlflow_runs(), key=lambda run: run.info.start_time)
    assert newest.info.status == "FAILED"
    assert "TokenizerHealthError" in newest.data.tags["reason"]


def test_too_many_bad_rows_are_refused_with_a_list(
    source: CorpusSource, recipe: TrainingRecipe, home: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(source.training)
    column = [cell.value for cell in book.active[1]].index("감정_대분류") + 1
    for row in range(2, 60):
        book.active.cell(row, column).value = "기분"
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(DataContractError):
        train(CorpusSource(training=str(tmp_path / "bad.xlsx"), validation=source.validation), recipe)
    (export,) = (home / "reports").glob("rejected-*.xlsx")
    listed = openpyxl.load_workbook(export).active
    assert listed.max_row - 1 >= 58
    shutil.rmtree(home / "reports")


def test_folds_with_too_few_texts_are_refused_before_training(
    source: CorpusSource, recipe: TrainingRecipe, write_dialogues: Callable[..., Path]
) -> None:
    few = write_dialogues([(major, f"{major} {number}") for major in MAJORS for number in range(2)], name="few.xlsx")
    with pytest.raises(DataContractError, match="folds 2"):
        train(CorpusSource(training=str(few), validation=source.validation), recipe, folds=2)
    newest = max(mlflow_runs(), key=lambda run: run.info.start_time)
    assert newest.info.status == "FAILED"
    assert json.loads(load_text(f"{newest.info.artifact_uri}/stages.json")).keys() == {"ingest", "normalize"}


def test_an_unhealthy_tokenizer_is_refused_before_training(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe
) -> None:
    with pytest.raises(TokenizerHealthError):
        train(source, recipe.with_changes({"max_len": 8}))


def test_folds_are_logged_and_the_registered_model_stays_as_it_is(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe
) -> None:
    folded = train(source, recipe, folds=2)
    assert ran(folded) == ["folds"]
    assert (folded.model_version, folded.test, first.folds) == (first.model_version, first.test, None)
    assert folded.folds is not None
    assert folded.folds.folds == 2
    run = client(current_home()).get_run(folded.run_id)
    assert run.data.metrics["folds/macro_f1"] == pytest.approx(folded.folds.model.macro_f1)
    assert run.data.metrics["folds/gain_macro_f1"] == pytest.approx(folded.folds.gain_macro_f1)
    left = {Path(each.path).name for each in client(current_home()).list_artifacts(run.info.run_id, "folds")}
    assert left == {"folds.json", "folds.png", "folds.html"}
    assert states(train(source, recipe, folds=2))["folds"] == "cached"
