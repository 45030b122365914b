"""A model directory's weights, read safely: tensors only, never code."""

import zipfile
from collections.abc import Mapping, Set
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from storyflower.errors import EncoderError, first_line
from storyflower.messages import problem, say
from storyflower.model.architecture import Architecture, parameters
from storyflower.model.config import read_architecture, refused, unusable
from storyflower.model.families import Config
from storyflower.model.integrity import WEIGHTS_FILE

PICKLE_FILE = "pytorch_model.bin"

_BESIDE_THE_WEIGHTS = 64 << 20
"""The maximum bytes of everything except weights in the files of weights."""
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
    architecture = read_architecture(directory)
    require_fitting_sizes(architecture, directory)
    return 4 * parameters(architecture)


def require_fitting_sizes(config: "Config | Architecture", directory: Path) -> None:
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


def require_expected(
    weights: Mapping[str, Tensor],
    expected: Mapping[str, torch.Size],
    directory: Path,
    may_lack: Set[str] = frozenset(),
) -> None:
    """Check that a directory's weights are the expected ones, by name and shape.

    Args:
        weights: by name.
        expected: the shapes, by name.
        directory: named in errors.
        may_lack: names that may be missing together.

    Raises:
        EncoderError: weights are missing, unexpected or of another shape.
    """
    missing = sorted(set(expected) - set(weights))
    superfluous = sorted(set(weights) - set(expected))
    misshapen = sorted(n for n in set(weights) & set(expected) if weights[n].shape != expected[n])
    if missing and set(missing) != may_lack:
        raise problem(EncoderError, "weights_missing", str(directory), names=_some(missing))
    if superfluous:
        raise problem(EncoderError, "weights_superfluous", str(directory), names=_some(superfluous))
    if misshapen:
        raise problem(EncoderError, "weights_misshapen", str(directory), names=_some(misshapen))


def _some(names: list[str], shown: int = 3) -> str:
    listed = ", ".join(names[:shown])
    return say("and_more_weights", names=listed, count=len(names) - shown) if len(names) > shown else listed


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
        raise unusable("encoder_file_unreadable", file, error.strerror or error) from error
    except Exception as error:  # a malicious file can make the reader raise any exception
        raise unusable("no_plain_tensors", file, first_line(error)) from error
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
