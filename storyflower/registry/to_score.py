"""The version of a registered model that scores, looked up and verified, not yet loaded."""

from storyflower.model.directory import read_format
from storyflower.model.integrity import file_digests, model_digest_of
from storyflower.registry.opened import find_version
from storyflower.registry.references import ModelReference
from storyflower.scoring.model import ScoringModel
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import Home


def scoring_model(home: Home, version_or_alias: str) -> ScoringModel:
    """A version (`3`) or alias (`@champion`), of another model with its name (`NAME@champion`), for scoring.

    Raises:
        VersionFilesError: its files are missing or altered and cannot be put back.
        TrackingError: there is none, or the store does not answer.
        EncoderError: its files were written by a newer StoryFlower.
    """
    reference = ModelReference.parse(version_or_alias, home.model)
    record = find_version(home, reference)
    form = read_format(record.directory)
    return ScoringModel(
        name=reference.name,
        version=record.version,
        digest=record.digest or model_digest_of(file_digests(record.directory)),
        created=record.created,
        demo=reference.name == DEMO_MODEL,
        labels=form.labels,
        text_columns=form.text_columns,
        merged_labels=form.merged_labels,
        folder=record.directory,
        label_weights=form.label_weights,
    )
