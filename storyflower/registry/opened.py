"""A registered version opened in this process, to answer texts, without MLflow's pyfunc."""

from dataclasses import dataclass
from datetime import UTC, datetime

from storyflower.model.devices import Device
from storyflower.registry.packaging import MODEL_FOLDER
from storyflower.registry.references import ModelReference
from storyflower.registry.version_files import intact_folder
from storyflower.registry.versions import named_version
from storyflower.serving.predictor import Predictor, load_predictor
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import Home


@dataclass(frozen=True, eq=False)
class OpenVersion:
    """A version of a registered model that answers."""

    name: str
    version: str
    digest: str
    """SHA-256 of the model's files."""
    created: datetime
    demo: bool
    """Whether it is the demo's model."""
    predictor: Predictor


def open_version(home: Home, reference: ModelReference, *, device: Device = "auto", fast: bool = True) -> OpenVersion:
    """Open a version."""
    del fast
    version = named_version(home, reference)
    folder = intact_folder(home, version)
    return OpenVersion(
        version.name,
        str(version.version),
        version.tags.get("model_digest", ""),
        datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        version.name == DEMO_MODEL,
        load_predictor(folder / "artifacts" / MODEL_FOLDER, device),
    )
