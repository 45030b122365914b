"""A model directory's weights, read safely: tensors only, never code."""

import json
import pickle
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import BertConfig

from storyflower.errors import EncoderError
from storyflower.messages import problem

CONFIG_FILE = "config.json"
SPIECE_FILE = "spiece.model"
WEIGHTS_FILE = "model.safetensors"
PICKLE_FILE = "pytorch_model.bin"

_BROKEN_CONFIG = (StrictDataclassError, ValueError, TypeError, KeyError)
_BROKEN_WEIGHTS = (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, KeyError, ValueError, TypeError)
"""What safetensors and torch raise on a file that is damaged, cut short or not a file of tensors."""


def weight_files(directory: Path) -> list[Path]:
    """The files that hold the weights: one safetensors file, else its shards, else `pytorch_model.bin`, else none."""
    whole = directory / WEIGHTS_FILE
    if whole.is_file():
        return [whole]
    if shards := sorted(directory.glob("model-*-of-*.safetensors")):
        return shards
    return [pickled] if (pickled := directory / PICKLE_FILE).is_file() else []


def fp32_bytes(directory: Path) -> int:
    """Size of the directory's weights in bytes once they are fp32, from the size of the files and the stated type.

    Raises:
        EncoderError: there are no weights, or the configuration cannot be read.
    """
    stored = sum(file.stat().st_size for file in require_weight_files(directory))
    return stored * (2 if read_config(directory).dtype in (torch.float16, torch.bfloat16) else 1)


def read_weights(directory: Path) -> dict[str, Tensor]:
    """Every tensor of the directory by its name, on the CPU, floating-point ones as fp32.

    Raises:
        EncoderError: there are no weights, they are damaged or have values that are not finite, or a `.bin` holds
            anything else than tensors (it is refused before any of its code could run).
    """
    weights: dict[str, Tensor] = {}
    for file in require_weight_files(directory):
        weights |= _read(file)
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise problem(EncoderError, "weights_not_finite", str(directory), tensor=name)
    return {name: t.float() if t.is_floating_point() else t for name, t in weights.items()}


def require_weight_files(directory: Path) -> list[Path]:
    """`weight_files`, of which there must be one.

    Raises:
        EncoderError: there is none.
    """
    if files := weight_files(directory):
        return files
    raise EncoderError(
        "there is neither `model.safetensors` nor `pytorch_model.bin`",
        where=str(directory),
        remedy="Copy the weights of a BERT model into this directory, or name another one (--encoder).",
    )


def write_weights(weights: dict[str, Tensor], file: Path) -> None:
    """Write a safetensors file that others may read as the umask says, as they may every other file.

    safetensors writes a file for its owner alone (0600) and moves it into place, so the permissions are taken from a
    file made in the usual way.

    Args:
        weights: contiguous tensors on the CPU.
        file: overwritten where it exists; its folder exists.
    """
    file.unlink(missing_ok=True)
    file.touch()
    permissions = file.stat().st_mode
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(permissions)


def read_config(directory: Path, **changes: Any) -> BertConfig:
    """The BERT configuration of a model directory, with some values changed.

    Raises:
        EncoderError: there is no `config.json`, it is damaged, or it does not describe a BERT encoder.
    """
    file = directory / CONFIG_FILE
    try:
        values = json.loads(file.read_text("utf-8"))
        _require_bert(values)
        return BertConfig.from_dict(values | changes)
    except PermissionError as error:
        raise refused(file, error) from error
    except OSError as error:
        raise _unusable(f"cannot be read ({error.strerror or error})", file) from error
    except _BROKEN_CONFIG as error:
        raise _unusable(f"is not the configuration of a BERT encoder ({error})", file) from error


def _require_bert(values: Any) -> None:
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    if values.get("model_type") != "bert":
        raise ValueError(f"its model_type is {values.get('model_type')!r}, not 'bert'")
    if values.get("is_decoder"):
        raise ValueError("it is a decoder")
    if (kind := values.get("position_embedding_type", "absolute")) != "absolute":
        raise ValueError(f"its position embeddings are {kind!r}, which Transformers no longer computes")


def _read(file: Path) -> dict[str, Tensor]:
    try:
        with file.open("rb"):  # safetensors says of a file that it must not read that there is none
            pass
        if file.suffix == ".safetensors":
            return load_file(file)
        content = torch.load(file, map_location="cpu", weights_only=True)
        if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
            raise ValueError("it is no dictionary of tensors")
    except PermissionError as error:
        raise refused(file, error) from error
    except OSError as error:
        raise _unusable(f"cannot be read ({error.strerror or error})", file) from error
    except _BROKEN_WEIGHTS as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise _unusable(f"does not hold plain tensors, or is damaged ({reason})", file) from error
    return content


def refused(file: Path, error: PermissionError) -> EncoderError:
    """What to raise of a file of an encoder or a model that must not be read."""
    return problem(EncoderError, "model_file_refused", str(file), reason=error.strerror)


def _unusable(problem: str, file: Path) -> EncoderError:
    return EncoderError(
        f"`{file.name}` {problem}",
        where=str(file.parent),
        remedy="Download or copy the encoder anew, or name another one (--encoder, or STORYFLOWER_ENCODER).",
    )
