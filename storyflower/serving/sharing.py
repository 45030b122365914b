"""Shares loaded models: within `models_loaded_once`, equal model files are loaded once per device."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from storyflower.model.device_choice import Device
from storyflower.model.directory import LoadedModel, load_model
from storyflower.model.integrity import model_digest_of, model_files_in
from storyflower.model.session import WantedPrecision

_shared: ContextVar[dict[tuple[str, str, str], LoadedModel] | None] = ContextVar("shared_models", default=None)


@contextmanager
def models_loaded_once() -> Iterator[None]:
    """Let `shared_model` return the same loaded model for equal files on the same device, until the context ends."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def shared_model(directory: Path, device: Device, precision: WantedPrecision = "fp32") -> LoadedModel:
    """Load a model directory, or return the model that was loaded from equal files within `models_loaded_once`.

    Equal files have the same names and SHA-256, which are computed anew at each call: the registry keeps a copy of
    the directory, and an altered copy is loaded itself.

    Raises:
        EncoderError: see `load_model`.
        StoryFlowerError: see `load_model`.
    """
    shared = _shared.get()
    if shared is None:
        return load_model(directory, device, precision)
    from storyflower.model.devices import find_hardware

    key = (model_digest_of(model_files_in(directory)), find_hardware(device).device, precision)
    if key not in shared:
        shared[key] = load_model(directory, device, precision)
    return shared[key]
