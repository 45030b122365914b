"""A model directory's `config.json`, read safely."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.model.architecture import Architecture, architecture_of, config_of
from storyflower.model.families import Config

CONFIG_FILE = "config.json"
_LARGEST_CONFIG = 1 << 20
"""The maximum bytes of a configuration."""

T = TypeVar("T")


def read_config(directory: Path, **changes: Any) -> Config:
    """The configuration of a model directory, with some values changed: the fields of its architecture alone.

    Raises:
        EncoderError: there is no `config.json`, it is damaged, or it does not describe an encoder that can be built.
    """
    return _configured(directory, lambda values: config_of(values, **changes))


def read_architecture(directory: Path) -> Architecture:
    """The architecture of a model directory, without importing Transformers.

    Raises:
        EncoderError: as `read_config`.
    """
    return _configured(directory, architecture_of)


def _configured(directory: Path, build: Callable[[Any], T]) -> T:
    """What `build` makes of the parsed `config.json` of a directory."""
    file = directory / CONFIG_FILE
    try:
        if file.exists() and not file.is_file():
            raise ValueError("it is no regular file")  # reading a pipe would block forever
        if file.stat().st_size > _LARGEST_CONFIG:
            raise ValueError(f"it has more than {_LARGEST_CONFIG:,} bytes")
        return build(json.loads(file.read_text("utf-8")))
    except PermissionError as error:
        raise refused(file, error) from error
    except OSError as error:
        raise unusable("encoder_file_unreadable", file, error.strerror or error) from error
    except (ValueError, RecursionError) as error:
        raise unusable("no_encoder_config", file, error) from error


def refused(file: Path, error: PermissionError) -> EncoderError:
    """The error for a file of an encoder or a model without read permission."""
    return problem(EncoderError, "model_file_refused", str(file), reason=error.strerror)


def unusable(code: str, file: Path, reason: object) -> EncoderError:
    """The error for a file of an encoder or a model whose content cannot be used."""
    return problem(EncoderError, code, str(file.parent), file=file.name, reason=reason)
