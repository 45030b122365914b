"""The model directory: written with its version, read in every version so far, refused where it is newer."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storyflower.errors import EncoderError, StoryFlowerError
from storyflower.model.directory import FORMAT_FILE, SERVING_FILE, ModelFormat, load_model, read_format
from storyflower.model.integrity import file_digests, model_digest_of

TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해"]


@pytest.fixture
def copy(model_directory: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_directory, tmp_path / "model"))


def logits(directory: Path) -> np.ndarray:
    model = load_model(directory, "cpu")
    return model.session.logits(model.tokenizer.encode_batch(TEXTS, model.format.max_len))


def test_what_is_written(model_directory: Path) -> None:
    assert {file.name for file in model_directory.iterdir()} == {
        *("config.json", "model.safetensors", "spiece.model", "tokenizer.json", "tokenizer_config.json"),
        *("storyflower.json", "recipe.json", "format.json"),
    }
    assert json.loads((model_directory / FORMAT_FILE).read_text("utf-8")) == {"version": 1}
    format, tokenizer = read_format(model_directory), load_model(model_directory, "cpu").tokenizer
    assert format == ModelFormat(32, format.labels, 1.0, ("사람문장1", "사람문장2"))

    assert [file.parent for file in tokenizer.files] == [model_directory]


def test_label_weights_are_kept_and_raise_the_version_alone_where_there_are_some() -> None:
    plain, weighted = ModelFormat(32, ("기쁨", "슬픔")), ModelFormat(32, ("기쁨", "슬픔"), label_weights=(0.25, 1.0))
    assert (plain.version, weighted.version) == (1, 2)
    assert "label_weights" not in plain.to_json()
    assert json.loads(weighted.to_json())["label_weights"] == [0.25, 1.0]


@pytest.mark.parametrize("weights", [[0.5], [0.5] * 5 + [0.0], [0.5] * 5 + [-1], ["a"] * 6, 5, [float("nan")] * 6])
def test_weights_that_fit_no_label_are_refused(copy: Path, weights: object) -> None:
    facts = json.loads((copy / SERVING_FILE).read_text("utf-8"))
    (copy / SERVING_FILE).write_text(json.dumps(facts | {"label_weights": weights}), "utf-8")
    with pytest.raises(EncoderError):
        read_format(copy)


def test_a_directory_without_a_version_is_version_1(model_directory: Path, copy: Path) -> None:
    (copy / FORMAT_FILE).unlink()
    assert read_format(copy) == read_format(model_directory)
    np.testing.assert_array_equal(logits(copy), logits(model_directory))


def test_the_version_is_no_part_of_the_models_digest(model_directory: Path, copy: Path) -> None:
    (copy / FORMAT_FILE).unlink()
    assert model_digest_of(file_digests(copy)) == model_digest_of(file_digests(model_directory))


@pytest.mark.parametrize(("lang", "words"), [("ko", "형식 버전은 4"), ("en", "format version 4")])
def test_a_newer_version_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    (copy / FORMAT_FILE).write_text('{"version": 4, "anything": "new"}', "utf-8")
    (copy / SERVING_FILE).write_text('{"of another": "kind"}', "utf-8")
    for look in (read_format, load_model):
        with pytest.raises(EncoderError, match=words) as refused:
            look(copy)
        assert str(copy) in str(refused.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": "1"}', '{"version": true}', '{"version": 0}', "\x00"])
def test_a_damaged_version_is_refused(copy: Path, content: str) -> None:
    (copy / FORMAT_FILE).write_text(content, "utf-8")
    with pytest.raises(EncoderError, match=r"format\.json"):
        read_format(copy)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"max_len": 3, "labels": [], "unknown": 1}'])
def test_a_damaged_format_is_refused(copy: Path, content: str | None) -> None:
    (copy / SERVING_FILE).unlink()
    if content is not None:
        (copy / SERVING_FILE).write_text(content, "utf-8")
    with pytest.raises(EncoderError, match=r"storyflower\.json"):
        load_model(copy, "cpu")


def test_a_gpu_that_is_not_there_is_refused(model_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(StoryFlowerError, match="cuda"):
        load_model(model_directory, "cuda")


def test_merged_labels_are_kept_and_marked_as_what_earlier_code_cannot_read(copy: Path) -> None:
    form = read_format(copy)
    assert "merged_labels" not in json.loads((copy / SERVING_FILE).read_text("utf-8"))
    assert form.version == 1
    merging = replace(form, merged_labels={"슬픔/우울한": "슬픔/슬픔"})
    (copy / SERVING_FILE).write_text(merging.to_json(), "utf-8")
    (copy / FORMAT_FILE).write_text(json.dumps({"version": merging.version}), "utf-8")
    assert merging.version == 3
    assert read_format(copy) == merging
