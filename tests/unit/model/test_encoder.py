import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from huggingface_hub.utils import filter_repo_objects
from safetensors.torch import load_file, save_file

from storyflower.errors import EncoderError, RecipeError
from storyflower.model.encoder import locate_encoder, resolve_encoder, write_scratch_encoder
from storyflower.model.hub import WANTED_FILES
from storyflower.recipe_parts import DEFAULT_ENCODER, PINNED_REVISIONS, SCRATCH, EncoderRecipe
from storyflower.text.loading import require_vocabulary
from storyflower.text.sentencepiece import PAD_ID, KoBertTokenizer
from tests.published import KLUE_ROBERTA, LAYOUTS, Layout, cache_as_hub, write_encoder

pytestmark = pytest.mark.usefixtures("in_english")

COMMIT = PINNED_REVISIONS["skt/kobert-base-v1"]
RECIPE = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=64, scratch_layers=2)
TEXTS = ("오늘은 기분이 좋아", "너무 화가 나", "내일이 불안해서 잠이 안 와", "갑자기 이름이 불려서 당황했어")


@pytest.fixture
def hub_cache(encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the hub that holds a BERT as skt/kobert-base-v1, and no way out to the hub."""
    cache, weights = tmp_path / "hub", tmp_path / "pytorch_model.bin"
    torch.save(load_file(encoder / "model.safetensors"), weights)
    files = [encoder / name for name in ("config.json", "spiece.model")]
    cache_as_hub(cache, "skt/kobert-base-v1", COMMIT, [*files, weights])
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return cache


def test_a_local_directory(encoder: Path):
    files = resolve_encoder(EncoderRecipe(encoder=str(encoder)))
    assert files.directory == encoder.resolve()
    assert (files.name, files.revision) == (str(encoder), "local")


@pytest.mark.parametrize("resolve", [resolve_encoder, locate_encoder])
def test_a_revision_of_a_directory_is_refused(
    encoder: Path, tmp_path: Path, resolve: Callable[[EncoderRecipe], object], monkeypatch: pytest.MonkeyPatch
):
    """Also where the directory has the name of a hub id; what stands for no revision is none."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(encoder, DEFAULT_ENCODER)
    for name in (str(encoder), DEFAULT_ENCODER):
        resolve(EncoderRecipe(encoder=name).resolved())
        with pytest.raises(RecipeError, match=r"\bv2\b.*" + re.escape(name)) as raised:
            resolve(EncoderRecipe(encoder=name, revision="v2"))
        assert "--set revision=)" in raised.value.remedy


def test_the_digest_follows_the_content_and_not_the_place(encoder: Path, tmp_path: Path):
    copy = Path(shutil.copytree(encoder, tmp_path / "copy"))
    here, there = (resolve_encoder(EncoderRecipe(encoder=str(folder))) for folder in (encoder, copy))
    assert here.digest == there.digest
    weights = load_file(copy / "model.safetensors")
    weights["pooler.dense.bias"] += 1
    save_file(weights, copy / "model.safetensors")
    assert resolve_encoder(EncoderRecipe(encoder=str(copy))).digest != here.digest


@pytest.mark.parametrize(("name", "addition"), [("config.json", b"\n"), ("spiece.model", b"\xa2\x06\x00")])
def test_the_digest_covers_configuration_and_vocabulary(encoder: Path, tmp_path: Path, name: str, addition: bytes):
    """Other bytes that are read as the same: a blank line, an empty protobuf field of a number that is not in use."""
    copy = Path(shutil.copytree(encoder, tmp_path / "copy"))
    with (copy / name).open("ab") as file:
        file.write(addition)
    digests = {resolve_encoder(EncoderRecipe(encoder=str(folder))).digest for folder in (encoder, copy)}
    assert len(digests) == 2


@pytest.mark.parametrize("revision", ["", "main", COMMIT])
def test_a_hub_id_in_the_cache_is_used_offline_and_its_commit_recorded(hub_cache: Path, revision: str):
    files = resolve_encoder(EncoderRecipe(revision=revision))
    assert (files.name, files.revision) == ("skt/kobert-base-v1", COMMIT)
    assert files.directory.is_relative_to(hub_cache.resolve())
    assert require_vocabulary(files.directory) == (files.directory / "spiece.model",)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_published_layout_is_fetched_whole_and_used(hub_cache: Path, tmp_path: Path, layout: Layout):
    folder = write_encoder(tmp_path / "published", layout, ["가", "##나"])
    files = [file.name for file in folder.iterdir()]
    others = ["modeling.py", "tf_model.h5", "flax_model.msgpack", "README.md", "special_tokens_map.json"]
    assert {*filter_repo_objects([*files, *others], allow_patterns=WANTED_FILES)} == {*files}
    cache_as_hub(hub_cache, "owner/name", COMMIT, [folder / name for name in files])
    found = resolve_encoder(EncoderRecipe(encoder="owner/name"))
    assert found.revision == COMMIT
    assert found.digest == resolve_encoder(EncoderRecipe(encoder=str(folder))).digest


def test_the_options_of_a_vocabulary_are_part_of_the_digest(tmp_path: Path):
    folder = write_encoder(tmp_path / "published", KLUE_ROBERTA, ["가", "##나"])
    before = resolve_encoder(EncoderRecipe(encoder=str(folder))).digest
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))
    assert resolve_encoder(EncoderRecipe(encoder=str(folder))).digest != before


def test_positions_that_follow_another_padding_id_are_refused(tmp_path: Path):
    """RoBERTa counts positions from the padding id, so that even Transformers' default must be the vocabulary's."""
    layout = replace(KLUE_ROBERTA, values=KLUE_ROBERTA.values | {"pad_token_id": 0})
    folder = write_encoder(tmp_path / "published", layout, ["가", "##나"])
    with pytest.raises(EncoderError, match="gives 0 as the padding id"):
        resolve_encoder(EncoderRecipe(encoder=str(folder)))


@pytest.mark.parametrize("recipe", [EncoderRecipe(encoder="skt/nowhere"), EncoderRecipe(revision="v9")])
def test_offline_and_not_in_the_cache(hub_cache: Path, recipe: EncoderRecipe):
    with pytest.raises(EncoderError, match="cannot be reached") as caught:
        resolve_encoder(recipe)
    assert "HF_HUB_OFFLINE" in caught.value.remedy
    assert "STORYFLOWER_ENCODER" in caught.value.remedy


@pytest.mark.parametrize("name", ["./no/such/place", "/no/such/place", "~/no-such-place", "three/part/name", "a b"])
def test_neither_a_directory_nor_a_hub_id(name: str):
    with pytest.raises(EncoderError, match=r"no such directory|cannot be fetched") as caught:
        resolve_encoder(EncoderRecipe(encoder=name))
    assert caught.value.where.startswith(name)


@pytest.mark.parametrize(
    ("missing", "message"),
    [("spiece.model", "spiece.model"), ("model.safetensors", "neither"), ("config.json", "config.json")],
)
def test_an_incomplete_directory(encoder: Path, tmp_path: Path, missing: str, message: str):
    copy = Path(shutil.copytree(encoder, tmp_path / "copy"))
    (copy / missing).unlink()
    with pytest.raises(EncoderError, match=message):
        resolve_encoder(EncoderRecipe(encoder=str(copy)))


def test_another_kind_of_model(encoder: Path, tmp_path: Path):
    copy = Path(shutil.copytree(encoder, tmp_path / "copy"))
    (copy / "config.json").write_text(json.dumps({"model_type": "albert"}))
    with pytest.raises(EncoderError, match="albert"):
        resolve_encoder(EncoderRecipe(encoder=str(copy)))


def test_scratch_is_not_a_place():
    with pytest.raises(ValueError, match="written first"):
        resolve_encoder(RECIPE)


def test_a_scratch_encoder_has_the_shape_of_its_recipe(tmp_path: Path):
    write_scratch_encoder(TEXTS, RECIPE, tmp_path / "scratch", seed=1)
    config = json.loads((tmp_path / "scratch/config.json").read_text())
    vocabulary = KoBertTokenizer(tmp_path / "scratch/spiece.model").vocab_size
    expected = {
        "model_type": "bert",
        "vocab_size": vocabulary,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 256,
        "max_position_embeddings": 512,
        "pad_token_id": PAD_ID,
    }
    assert {name: config[name] for name in expected} == expected
    weights = load_file(tmp_path / "scratch/model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}
    assert weights["embeddings.word_embeddings.weight"].shape == (vocabulary, 64)
    assert not weights["embeddings.word_embeddings.weight"][PAD_ID].any()


def test_a_scratch_encoder_is_a_function_of_texts_recipe_and_seed(tmp_path: Path):
    digests = []
    before = torch.random.get_rng_state()
    for i, (seed, recipe) in enumerate([(1, RECIPE), (1, RECIPE), (2, RECIPE), (1, replace(RECIPE, scratch_layers=1))]):
        write_scratch_encoder(TEXTS, recipe, tmp_path / str(i), seed=seed)
        digests.append(resolve_encoder(EncoderRecipe(encoder=str(tmp_path / str(i)))).digest)
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert torch.equal(torch.random.get_rng_state(), before)


def with_config(encoder: Path, folder: Path, **changes: object) -> Path:
    copy = Path(shutil.copytree(encoder, folder / "copy"))
    config = json.loads((copy / "config.json").read_text()) | changes
    (copy / "config.json").write_text(json.dumps(config))
    return copy


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("rows", [8002, 119, 121, 999])
def test_a_vocabulary_of_another_size_is_refused(
    encoder: Path, tmp_path: Path, rows: int, lang: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    pieces = KoBertTokenizer(encoder / "spiece.model").vocab_size
    assert rows != pieces
    with pytest.raises(EncoderError) as refused:
        resolve_encoder(EncoderRecipe(encoder=str(with_config(encoder, tmp_path, vocab_size=rows))))
    assert f"{rows:,}" in refused.value.problem
    assert f"{pieces:,}" in refused.value.problem


def test_kobert_shaped_weights_with_a_small_vocabulary_are_refused(shared: Path, encoder: Path, tmp_path: Path):
    """Every id of the small vocabulary has a row, so that nothing else would stop the training."""
    mixed = Path(shutil.copytree(shared / "kobert-mini", tmp_path / "mixed"))
    assert resolve_encoder(EncoderRecipe(encoder=str(mixed))).directory == mixed.resolve()
    (mixed / "spiece.model").unlink()
    shutil.copyfile(encoder / "spiece.model", mixed / "spiece.model")
    with pytest.raises(EncoderError, match="8,002"):
        resolve_encoder(EncoderRecipe(encoder=str(mixed)))


def test_an_embedding_that_is_padded_for_speed_is_accepted(encoder: Path, tmp_path: Path):
    pieces = KoBertTokenizer(encoder / "spiece.model").vocab_size
    padded = with_config(encoder, tmp_path, vocab_size=-(-pieces // 64) * 64)
    assert resolve_encoder(EncoderRecipe(encoder=str(padded))).directory == padded.resolve()


@pytest.mark.parametrize(("pad", "accepted"), [(1, True), (0, True), (None, True), (3, False)])
def test_a_padding_id_that_the_vocabulary_contradicts_is_refused(
    encoder: Path, tmp_path: Path, pad: int | None, accepted: bool
):
    recipe = EncoderRecipe(encoder=str(with_config(encoder, tmp_path, pad_token_id=pad)))
    if accepted:
        assert resolve_encoder(recipe).name == recipe.encoder
    else:
        with pytest.raises(EncoderError, match=r"\[PAD\]"):
            resolve_encoder(recipe)
