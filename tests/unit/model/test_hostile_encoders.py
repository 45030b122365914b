"""Encoder directories made to harm: each is one EncoderError, fetches nothing, and allocates nothing that it claims."""

import json
import os
import pickle
import resource
import shutil
import socket
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig

from storyflower.errors import EncoderError
from storyflower.model.architecture import parameters
from storyflower.model.classifier import new_classifier, save_classifier
from storyflower.model.config import read_config
from storyflower.model.encoder import resolve_encoder
from storyflower.recipe_parts import EncoderRecipe

Harm = Callable[[Path], object]


@pytest.fixture
def copy(encoder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(encoder, tmp_path / "copy"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def config_with(**changes: Any) -> Harm:
    def change(folder: Path) -> None:
        values = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps(values | changes), "utf-8")

    return change


def content(name: str, data: bytes) -> Harm:
    def write(folder: Path) -> None:
        if name == "pytorch_model.bin":
            (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(data)

    return write


def pickled(make: Callable[[Path], object]) -> Harm:
    """`pytorch_model.bin` from the weights of the folder."""

    def write(folder: Path) -> None:
        torch.save(make(folder), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()

    return write


def stretched(folder: Path) -> dict[str, torch.Tensor]:
    """One stored number that claims to be 400 GB of them."""
    return OrderedDict(load_file(folder / "model.safetensors")) | {"x": torch.zeros(1, dtype=torch.half).expand(10**11)}


def compressed(folder: Path) -> None:
    """A megabyte that unpacks to a gigabyte."""
    pickled(lambda _: {"x": torch.zeros(4)})(folder)
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(16):
            archive.writestr(f"archive/data/{part}", bytes(64 << 20))


def sparse_file(name: str, size: int) -> Harm:
    return lambda folder: os.truncate(folder / name, size)


def pipe(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


DEEP = b'{"model_type": "bert", "x": ' + b"[" * 200_000
MANY_DIGITS = b'{"model_type": "bert", "hidden_size": ' + b"9" * 999_000 + b"}"
HARMS: dict[str, Harm] = {
    "zero heads": config_with(num_attention_heads=0),
    "heads that do not divide": config_with(num_attention_heads=7),
    "negative heads": config_with(num_attention_heads=-2),
    "ten million layers": config_with(num_hidden_layers=10_000_000),
    "no layers": config_with(num_hidden_layers=0),
    "negative layers": config_with(num_hidden_layers=-1),
    "a layer and a half": config_with(num_hidden_layers=1.5),
    "layers as text": config_with(num_hidden_layers="2"),
    "layers as a list": config_with(num_hidden_layers=[2]),
    "true layers": config_with(num_hidden_layers=True),
    "a huge width": config_with(hidden_size=2**40),
    "a wide network beside few weights": config_with(hidden_size=8_192, num_attention_heads=64),
    "256 layers beside the weights of two": config_with(num_hidden_layers=256),
    "a negative width": config_with(hidden_size=-64),
    "a huge inner width": config_with(intermediate_size=10**12),
    "a trillion pieces": config_with(vocab_size=10**12),
    "a trillion positions": config_with(max_position_embeddings=10**12),
    "many segment types": config_with(type_vocab_size=10**9),
    "dropout that is no number": config_with(hidden_dropout_prob=float("nan")),
    "dropout above one": config_with(attention_probs_dropout_prob=2),
    "an endless epsilon": config_with(layer_norm_eps=float("inf")),
    "an unknown activation": config_with(hidden_act="__import__('os')"),
    "an activation as a table": config_with(hidden_act={"a": 1}),
    "a padding id outside": config_with(pad_token_id=10**9),
    "labels that are no table": config_with(id2label=[1, 2]),
    "labels without end": config_with(id2label={str(10**6 + i): "x" for i in range(3)}),
    "deep JSON": content("config.json", DEEP),
    "deep JSON, closed": content("config.json", b"[" * 90_000 + b"]" * 90_000),
    "a large configuration": sparse_file("config.json", 1 << 31),
    "no JSON": content("config.json", b"\x80\x04\x95"),
    "a number of a million digits": content(
        "config.json", b'{"model_type":"bert","hidden_size":' + b"9" * 999_000 + b"}"
    ),
    "a pipe": pipe,
    "a garbage pickle": content("pytorch_model.bin", b"\x80\x04garbage" * 3_000),
    "a pickle without end": content("pytorch_model.bin", b"\x80\x02" + b"(" * 200_000),
    "a pickle of nests": content("pytorch_model.bin", b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."),
    "a pickle of text": content("pytorch_model.bin", pickle.dumps("x" * 200_000)),
    "a stretched tensor": pickled(stretched),
    "a sparse tensor": pickled(lambda _: {"x": torch.zeros(200, 200).to_sparse(), "y": torch.zeros(100_000)}),
    "a tensor without content": pickled(lambda _: {"x": torch.zeros(10**9, device="meta"), "y": torch.zeros(100_000)}),
    "a compressed archive": compressed,
    "a terabyte of nothing": sparse_file("model.safetensors", 1 << 40),
    "half of the weights": sparse_file("model.safetensors", 300_000),
    "a header without end": content("model.safetensors", b"\xff" * 8 + bytes(600_000)),
    "a vocabulary of a gigabyte": sparse_file("spiece.model", 1 << 30),
}


def test_there_are_enough_of_them() -> None:
    assert len(HARMS) >= 25


@pytest.mark.parametrize("name", HARMS)
def test_a_hostile_directory_is_one_clear_error(name: str, copy: Path) -> None:
    HARMS[name](copy)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(EncoderError) as refused:
        resolve_encoder(EncoderRecipe(encoder=str(copy)))
        new_classifier(copy, ("기쁨", "슬픔"), dropout=0.1, seed=1)
    assert refused.value.where.startswith(str(copy))
    assert refused.value.remedy
    assert len(str(refused.value)) < 2_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 512 * 1024  # KiB


@pytest.mark.parametrize(
    "field",
    [
        {"attn_implementation": "kernels-community/flash-attn"},
        {"_attn_implementation": "flash_attention_2"},
        {"dtype": "__import__('os').system('true')"},
        {"torch_dtype": "float8"},
        {"auto_map": {"AutoModel": "somewhere/else--modeling.Evil"}},
        {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}},
        {"architectures": ["Evil"], "_name_or_path": "somewhere/else", "custom_pipelines": {"a": {"impl": "b"}}},
        {"tie_word_embeddings": "x", "pruned_heads": {"0": [0, 1]}, "chunk_size_feed_forward": -1},
        {"num_labels": 10**9},
        {"output_attentions": True, "return_dict": False, "torchscript": True},
    ],
)
def test_what_is_not_of_the_architecture_has_no_effect(field: dict[str, Any], copy: Path, encoder: Path) -> None:
    config_with(**field)(copy)
    assert read_config(copy).to_dict() == read_config(encoder).to_dict()
    ours, theirs = (new_classifier(folder, ("기쁨", "슬픔"), dropout=0.1, seed=1) for folder in (copy, encoder))
    assert ours.config.to_dict() == theirs.config.to_dict()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_the_configuration_is_the_one_that_transformers_reads(encoder: Path, tmp_path: Path) -> None:
    """Of an honest directory nothing is lost, of a classifier its labels neither."""
    model = new_classifier(encoder, ("기쁨", "슬픔", "분노"), dropout=0.1, seed=1)
    save_classifier(model, tmp_path / "model")
    theirs = BertConfig.from_pretrained(tmp_path / "model")
    ours = read_config(tmp_path / "model")
    shape = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act")
    shape += ("max_position_embeddings", "layer_norm_eps", "pad_token_id", "id2label", "label2id", "num_labels")
    assert {name: getattr(ours, name) for name in shape} == {name: getattr(theirs, name) for name in shape}
    assert parameters(ours) == sum(tensor.numel() for tensor in model.bert.parameters())
