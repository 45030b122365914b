"""The option `--model` of the commands that work on one registered model."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.settings import is_model_name

_VARIABLE = "STORYFLOWER_MODEL"

ModelName = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help=say("option_model")),
]


@contextmanager
def registered_as(name: str | None) -> Iterator[None]:
    """Work on the registered model `name`; None leaves the one in force.

    The variable is set, so that the processes that a training starts work on the same one.

    Raises:
        RecipeError: no model may have this name.
    """
    if name is not None and not is_model_name(name):
        raise problem(RecipeError, "model_name_unfit", "--model", name=name)
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
