"""The option `--model` of the commands that work on one registered model."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from storyflower.messages import say

_VARIABLE = "STORYFLOWER_MODEL"

ModelName = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help=say("option_model")),
]


@contextmanager
def registered_as(name: str | None) -> Iterator[None]:
    """Work on the registered model `name`; None leaves the one in force.

    The variable is set, so that the processes that a training starts work on the same one.
    """
    before = os.environ.get(_VARIABLE)
    if name is not None:
        os.environ[_VARIABLE] = name
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = before
