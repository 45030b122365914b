"""How a person names a version: by number or alias, of the registered model in force or of another."""

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
    """A number (`3`), or an alias behind its sign (`@champion`)."""

    @classmethod
    def parse(cls, text: str | int, model: str) -> "ModelReference":
        """`3`, `@champion`, `NAME/3`, `NAME@champion`, either behind `models:/`; a bare NAME means its champion.

        Where no name is given, it is `model`.
        """
        written = _WRITTEN.match(str(text))
        if written is None:
            return cls(str(text).removeprefix("models:/"), "@champion")
        return cls(written["name"] or model, written["version"].lstrip("/"))

    @property
    def alias(self) -> str | None:
        """The alias without its sign; None for a number."""
        return self.version[1:] if self.version.startswith("@") else None

    @property
    def uri(self) -> str:
        """As MLflow loads it: `models:/NAME/3` or `models:/NAME@champion`."""
        return f"models:/{self.name}{'' if self.alias else '/'}{self.version}"

    def __str__(self) -> str:
        return self.uri.removeprefix("models:/")


def look_up(home: Home, reference: ModelReference) -> "ModelVersion":
    """The version that a reference names.

    Raises:
        MlflowException: the store has no such model, version or alias, or does not answer.
    """
    from storyflower.tracking.store import client

    if reference.alias is not None:
        return client(home).get_model_version_by_alias(reference.name, reference.alias)
    return client(home).get_model_version(reference.name, reference.version)
