"""A model directory's weights, read safely: tensors only, never code."""

import json
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from storyflower.errors import EncoderError, first_line
from storyflower.messages import problem
from storyflower.model.architecture import config_of, parameters
from storyflower.model.families import Config

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
PICKLE_FILE = "pytorch_model.bin"

_LARGEST_CONFIG = 1 << 20
_BESIDE_THE_WEIGHTS = 64 << 20
"""The maximum bytes of a configuration, and of everything except weights in the files of weights."""
_MOST_BYTES = 16
"""Maximum bytes per parameter: fp64, and the heads of pretraining, which repeat the embeddings."""


def weight_files(directory: Path) -> list[Path]:
    """The files that hold the weights: one safetensors file, else its shards, else `pytorch_model.bin`, else none."""
    whole = directory / WEIGHTS_FILE
    if whole.is_file():
        return [whole]
    if shards := sorted(directory.glob("model-*-of-*.safetensors")):
        return shards
    return [pickled] if (pickled := directory / PICKLE_FILE).is_file() else []


def fp32_bytes(directory: Path) -> int:
    """The size of the directory's weights as fp32, in bytes, from its configuration.

    Raises:
        EncoderError: there are no weights, they do not match the configuration, or the configuration cannot be read.
    """
    config = read_config(directory)
    require_fitting_sizes(config, directory)
    return 4 * parameters(config)


def require_fitting_sizes(config: Config, directory: Path) -> None:
    """Compare the sizes of the files with the configuration, before anything is read or allocated.

    Raises:
        EncoderError: the files of weights have fewer bytes than there are parameters, or far more.
    """
    stored = sum(file.stat().st_size for file in require_weight_files(directory))
    count = parameters(config)
    if not count <= stored <= _MOST_BYTES * count + _BESIDE_THE_WEIGHTS:
        raise problem(EncoderError, "weights_unlike_config", str(directory), parameters=count, stored=stored)


def read_weights(directory: Path) -> dict[str, Tensor]:
    """Load the tensors of the directory by name, on the CPU; floating-point tensors become fp32.

    Raises:
        EncoderError: there are no weights, they are damaged or contain values that are not finite, or a `.bin`
            contains anything but tensors (it is refused before any of its code is run).
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
    raise problem(EncoderError, "no_weight_files", str(directory))


def write_weights(weights: dict[str, Tensor], file: Path) -> None:
    """Write a safetensors file with the permissions that the umask gives to new files.

    safetensors creates a file for its owner alone (0600) and renames it, so the permissions are copied from a file that
    is created in the usual way.

    Args:
        weights: contiguous tensors on the CPU.
        file: overwritten if it exists; its folder exists.
    """
    file.unlink(missing_ok=True)
    file.touch()
    permissions = file.stat().st_mode
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(permissions)


def read_config(directory: Path, **changes: Any) -> Config:
    """The configuration of a model directory, with some values changed: the fields of its architecture alone.

    Raises:
        EncoderError: there is no `config.json`, it is damaged, or it does not describe an encoder that can be built.
    """
    file = directory / CONFIG_FILE
    try:
        if file.exists() and not file.is_file():
            raise ValueError("it is no regular file")  # reading a pipe would block forever
        if file.stat().st_size > _LARGEST_CONFIG:
            raise ValueError(f"it has more than {_LARGEST_CONFIG:,} bytes")
        return config_of(json.loads(file.read_text("utf-8")), **changes)
    except PermissionError as error:
        raise refused(file, error) from error
    except OSError as error:
        raise _unusable("encoder_file_unreadable", file, error.strerror or error) from error
    except (ValueError, RecursionError) as error:
        raise _unusable("no_encoder_config", file, error) from error


def _read(file: Path) -> dict[str, Tensor]:
    try:
        with file.open("rb"):  # safetensors reports a file without read permission as missing
            pass
        if file.suffix == ".safetensors":
            return load_file(file)
        _require_uncompressed(file)
        content = torch.load(file, map_location="cpu", weights_only=True)
        if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
            raise ValueError("it is no dictionary of tensors")
        if not all(isinstance(name, str) and _is_stored_whole(tensor) for name, tensor in content.items()):
            raise ValueError("a tensor claims more elements than are stored")
    except PermissionError as error:
        raise refused(file, error) from error
    except OSError as error:
        raise _unusable("encoder_file_unreadable", file, error.strerror or error) from error
    except Exception as error:  # a malicious file can make the reader raise any exception
        raise _unusable("no_plain_tensors", file, first_line(error)) from error
    return content


def _require_uncompressed(file: Path) -> None:
    """Raise ValueError if the content of an archive is larger than the file; torch never compresses."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > file.stat().st_size:
                raise ValueError("it is compressed")


def _is_stored_whole(tensor: Tensor) -> bool:
    """Whether every element is in memory: a tensor may repeat one of them, or have none, and grow when converted."""
    if tensor.layout != torch.strided or tensor.device.type != "cpu":
        return False
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


def refused(file: Path, error: PermissionError) -> EncoderError:
    """The error for a file of an encoder or a model without read permission."""
    return problem(EncoderError, "model_file_refused", str(file), reason=error.strerror)


def _unusable(code: str, file: Path, reason: object) -> EncoderError:
    return problem(EncoderError, code, str(file.parent), file=file.name, reason=reason)
