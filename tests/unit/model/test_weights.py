import os
import pickle
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from storyflower.errors import EncoderError
from storyflower.model.config import read_config
from storyflower.model.weights import read_weights, weight_files, write_weights

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def copy(encoder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(encoder, tmp_path / "copy"))


@pytest.fixture
def pickled(copy: Path) -> Path:
    """The same encoder with its weights in `pytorch_model.bin` alone, as in skt/kobert-base-v1."""
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    return copy


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_safetensors_are_preferred(copy: Path):
    torch.save({}, copy / "pytorch_model.bin")
    assert weight_files(copy) == [copy / "model.safetensors"]


def test_a_bin_of_tensors_gives_the_same_weights(encoder: Path, pickled: Path):
    assert same(read_weights(pickled), read_weights(encoder))


def test_a_bin_in_the_format_before_pytorch_1_6_is_read_too(encoder: Path, copy: Path):
    weights = load_file(copy / "model.safetensors")
    torch.save(weights, copy / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    (copy / "model.safetensors").unlink()
    assert same(read_weights(copy), read_weights(encoder))


def test_shards_are_put_together(encoder: Path, copy: Path):
    weights = load_file(copy / "model.safetensors")
    names = sorted(weights)
    for i, part in enumerate((names[::2], names[1::2]), start=1):
        save_file({name: weights[name] for name in part}, copy / f"model-0000{i}-of-00002.safetensors")
    (copy / "model.safetensors").unlink()
    assert same(read_weights(copy), read_weights(encoder))


def test_half_precision_is_read_as_fp32(copy: Path):
    weights = load_file(copy / "model.safetensors")
    save_file({name: tensor.half() for name, tensor in weights.items()}, copy / "model.safetensors")
    assert {tensor.dtype for tensor in read_weights(copy).values()} == {torch.float32}


class Malicious:
    """Unpickled, it runs a program of the attacker's choice: here, one that leaves a file behind."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self):
        return (Path.touch, (self.proof,))


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_bin_is_refused_and_not_run(copy: Path, tmp_path: Path, zipped: bool):
    proof = tmp_path / "executed"
    content = {"embeddings.word_embeddings.weight": Malicious(proof)}
    (copy / "model.safetensors").unlink()
    torch.save(content, copy / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    with pytest.raises(EncoderError, match="does not hold plain tensors"):
        read_weights(copy)
    assert not proof.exists()
    pickle.loads(pickle.dumps(Malicious(proof)))  # noqa: S301 - shows that the file would have done harm
    assert proof.exists()


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 half a zip"])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_damaged_weights_are_refused(copy: Path, name: str, content: bytes):
    (copy / "model.safetensors").unlink()
    (copy / name).write_bytes(content)
    with pytest.raises(EncoderError, match=name) as caught:
        read_weights(copy)
    assert caught.value.remedy


def test_weights_cut_short_are_refused(copy: Path):
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(EncoderError, match="damaged"):
        read_weights(copy)


def test_a_bin_that_is_no_dictionary_of_tensors_is_refused(pickled: Path):
    torch.save({"epoch": 3, "model": {}}, pickled / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="no dictionary of tensors"):
        read_weights(pickled)


def test_no_weights_at_all(copy: Path):
    (copy / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="neither"):
        read_weights(copy)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_refused_by_name(copy: Path, value: float) -> None:
    weights = load_file(copy / "model.safetensors")
    weights["encoder.layer.0.output.dense.bias"][3] = value
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"encoder\.layer\.0\.output\.dense\.bias") as refusal:
        read_weights(copy)
    assert refusal.value.where == str(copy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "config.json"),
        ("[]", "not a JSON object"),
        ('{"model_type": "albert"}', "'albert', not one of bert, roberta, electra"),
        ('{"model_type": ["bert"]}', "model_type is"),
        ('{"model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 4}', "no room for a text"),
        ('{"model_type": "electra", "embedding_size": 0}', "embedding_size"),
        ("{}", "model_type is None"),
        ('{"model_type": "bert", "is_decoder": true}', "decoder"),
        ('{"model_type": "bert", "position_embedding_type": "relative_key"}', "relative_key"),
        ('{"model_type": "bert", "hidden_size": "wide"}', "wide"),
    ],
)
def test_a_configuration_of_anything_else_is_refused(copy: Path, text: str, message: str):
    (copy / "config.json").write_text(text)
    with pytest.raises(EncoderError, match=message):
        read_config(copy)


def test_no_configuration(copy: Path):
    (copy / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"`config\.json` cannot be read"):
        read_config(copy)


@pytest.mark.parametrize(("umask", "permissions"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_weights_are_as_readable_as_every_other_file(tmp_path: Path, umask: int, permissions: int) -> None:
    former = os.umask(umask)
    try:
        for _ in range(2):  # also where it replaces another
            write_weights({"x": torch.zeros(3)}, tmp_path / "model.safetensors")
            assert stat.S_IMODE((tmp_path / "model.safetensors").stat().st_mode) == permissions
    finally:
        os.umask(former)


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may read anything")
def test_a_file_that_must_not_be_read_is_called_so(model_directory: Path, tmp_path: Path) -> None:
    closed = [tmp_path / name / name for name in ("config.json", "model.safetensors", "spiece.model")]
    for file in closed:
        shutil.copytree(model_directory, file.parent)
        file.chmod(0)
    script = """
import sys
from pathlib import Path
import torch
from storyflower.errors import EncoderError
from storyflower.model.inference_network import load_networks
from storyflower.text.sentencepiece import KoBertTokenizer
for directory in map(Path, sys.argv[1:]):
    try:
        load_networks(directory, torch.device("cpu"), [torch.float32])
        KoBertTokenizer(directory / "spiece.model")
    except EncoderError as error:
        print(error)
"""
    rights = "-dac_override,-dac_read_search"
    as_anyone = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    command = [*as_anyone, sys.executable, "-c", script, *(str(file.parent) for file in closed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for file in closed:
        assert f"{file}: reading this file is not permitted (Permission denied)" in done.stdout
    assert done.stdout.count("chmod a+r") == len(closed)
