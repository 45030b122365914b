"""Registered versions, opened in this process: the model, ready to predict, and what people are shown of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from storyflower.errors import EncoderError
from storyflower.model.device_choice import Device
from storyflower.model.session import WantedPrecision
from storyflower.registry.local_store import (
    DIGEST_TAG,
    LABELS_TAG,
    MODEL_PATH,
    VersionRecord,
    columns_of,
    read_version,
)
from storyflower.registry.references import ModelReference
from storyflower.serving.predictor import Predictor, load_predictor
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import Home


@dataclass(frozen=True, eq=False)
class OpenVersion:
    """A registered version with its model in memory."""

    name: str
    """Of the registered model."""
    version: str
    """A number, as MLflow writes it."""
    digest: str
    """The digest of the model's files; empty if something other than StoryFlower registered the version."""
    created: datetime
    """When it was registered, in UTC."""
    predictor: Predictor
    label_columns: tuple[str, ...] = ()
    """Of the workbooks that it was trained on, see `VersionRecord`."""

    @property
    def demo(self) -> bool:
        """Whether the model was trained on made-up examples and is not meant for real dialogue."""
        return self.name == DEMO_MODEL


def find_version(home: Home, reference: ModelReference) -> VersionRecord:
    """Look up a version and the place of its intact files on this machine, without loading the model.

    MLflow is imported only if the store is not this home's own SQLite file, or if files have to be downloaded or put
    back.

    Raises:
        VersionFilesError: its files are missing or altered, and cannot be put back.
        TrackingError: there is no such version, or the store does not answer.
        StorageError: its files must not be read.
    """
    record = read_version(home, reference)
    if record is not None:
        return record
    from storyflower.registry.lookup import intact_version

    version, folder = intact_version(home, reference)
    return VersionRecord(
        str(version.version),
        version.tags.get(DIGEST_TAG, ""),
        datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        folder / MODEL_PATH,
        columns_of(version.tags.get(LABELS_TAG)),
    )


def open_version(
    home: Home, reference: ModelReference, *, device: Device = "auto", precision: WantedPrecision = "fp32"
) -> OpenVersion:
    """Load the model of a version.

    Args:
        home: in whose store the version is looked up.
        reference: to the version.
        device: where to compute.
        precision: see `load_session`.

    Raises:
        VersionFilesError: its files are missing or altered and cannot be put back, or hold no model that loads.
        TrackingError: there is no such version, or the store does not answer.
        StorageError: its files must not be read.
    """
    record = find_version(home, reference)
    try:
        predictor = load_predictor(record.directory, device, precision)
    except (EncoderError, OSError) as error:
        from storyflower.registry.lookup import load_problem

        raise load_problem(home, record.version, str(record.directory), error) from error
    return OpenVersion(
        reference.name, record.version, record.digest, record.created, predictor, label_columns=record.label_columns
    )
