"""References to versions as users write them: a number or an alias, with or without the name of the model."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storyflower.storage.home import Home

if TYPE_CHECKING:  # MLflow takes two seconds to import, and `predict` mostly does without
    from mlflow.entities.model_registry import ModelVersion

_WRITTEN = re.compile(r"^(?:models:/)?(?:(?P<name>[^/:@\s]+)(?=[/@]))?(?P<version>@[^/:@\s]+|/?\d+)$")


@dataclass(frozen=True)
class ModelReference:
    """A version or alias of a registered model."""

    name: str
    version: str
    """A number (`3`), or an alias with its sign (`@champion`)."""

    @classmethod
    def parse(cls, text: str | int, model: str) -> "ModelReference":
        """Parse `3`, `@champion`, `NAME/3` or `NAME@champion`, with or without `models:/`; NAME alone is its champion.

        The name defaults to `model`.
        """
        written = _WRITTEN.match(str(text))
        if written is None:
            return cls(str(text).removeprefix("models:/"), "@champion")
        return cls(written["name"] or model, written["version"].lstrip("/"))

    @property
    def alias(self) -> str | None:
        """The alias without its sign; None if the version is a number."""
        return self.version[1:] if self.version.startswith("@") else None

    @property
    def uri(self) -> str:
        """The model URI for MLflow: `models:/NAME/3` or `models:/NAME@champion`."""
        return f"models:/{self.name}{'' if self.alias else '/'}{self.version}"

    def __str__(self) -> str:
        return self.uri.removeprefix("models:/")


def look_up(home: Home, reference: ModelReference) -> "ModelVersion":
    """Return the version that a reference names.

    Raises:
        MlflowException: the store has no such model, version or alias, or does not answer.
    """
    from storyflower.tracking.store import client

    if reference.alias is not None:
        return client(home).get_model_version_by_alias(reference.name, reference.alias)
    return client(home).get_model_version(reference.name, reference.version)
