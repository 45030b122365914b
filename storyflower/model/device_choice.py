"""The device that a user asks for; without importing PyTorch, which exported models do without."""

import os
from typing import Literal, cast, get_args

from storyflower.errors import RecipeError
from storyflower.messages import problem

Device = Literal["auto", "cpu", "cuda"]
"""Where to compute; `auto` is the GPU if there is one."""


def device_in_force() -> Device:
    """The value of `STORYFLOWER_DEVICE`; for registered versions, which run where pydantic may not be installed.

    Raises:
        RecipeError: it names no device.
    """
    named = os.environ.get("STORYFLOWER_DEVICE") or "auto"
    if named in get_args(Device):
        return cast(Device, named)
    raise problem(RecipeError, "unknown_device", "STORYFLOWER_DEVICE", named=named, known=", ".join(get_args(Device)))
