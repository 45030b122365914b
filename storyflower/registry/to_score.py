"""The version of a registered model that scores, looked up and verified, not yet loaded."""

from datetime import UTC, datetime

from mlflow.exceptions import MlflowException

from storyflower.errors import VersionFilesError
from storyflower.model.directory import read_format
from storyflower.model.integrity import file_digests, model_digest_of
from storyflower.registry.packaging import MODEL_FOLDER
from storyflower.registry.references import ModelReference
from storyflower.registry.version_files import intact_folder
from storyflower.registry.versions import named_version
from storyflower.scoring.model import ScoringModel
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import Home
from storyflower.tracking.problems import unreachable


def scoring_model(home: Home, version_or_alias: str) -> ScoringModel:
    """A version (`3`) or alias (`@champion`), of another model with its name (`NAME@champion`), for scoring.

    Raises:
        VersionFilesError: its files are missing or altered and cannot be put back.
        TrackingError: there is none, or the store does not answer.
        EncoderError: its files were written by a newer StoryFlower.
    """
    version = named_version(home, ModelReference.parse(version_or_alias, home.model))
    try:
        folder = intact_folder(home, version) / "artifacts" / MODEL_FOLDER
    except VersionFilesError:
        raise
    except MlflowException as error:
        raise unreachable(error, home) or error from error
    form = read_format(folder)
    created = version.creation_timestamp
    return ScoringModel(
        name=version.name,
        version=str(version.version),
        digest=version.tags.get("model_digest") or model_digest_of(file_digests(folder)),
        created=datetime.fromtimestamp(created / 1000, UTC) if created else None,
        demo=version.name == DEMO_MODEL,
        labels=form.labels,
        text_columns=form.text_columns,
        folder=folder,
    )
