"""Decides whether a retraining is needed, by comparing digests of the champion's inputs with those of a new run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion

import storyflower
from storyflower.data.workbook import fetch_file
from storyflower.digests import digest_of, digest_of_files, file_sha256
from storyflower.messages import say
from storyflower.model.encoder import resolve_encoder
from storyflower.pipeline.source import CorpusSource
from storyflower.pipeline.unlabelled import digest_of_unlabelled
from storyflower.promotion.alias import current_champion
from storyflower.promotion.decisions import JUDGED_AGAINST, NO_CHAMPION, REJECTED
from storyflower.promotion.history import ever_champion, moves
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH
from storyflower.registry.version_files import why_broken
from storyflower.storage.home import Home
from storyflower.tracking.runs import MODEL_TAG
from storyflower.tracking.store import client, experiment_id, find_run

_CODE = ("storyflower", "tasks", "flows")


@dataclass(frozen=True)
class Lineage:
    """Digests of all inputs of a training run, under the names of the tags of its MLflow run."""

    training_sha256: str
    validation_sha256: str
    recipe_digest: str
    code_digest: str
    encoder_digest: str | None
    """None if the encoder is made from the corpus, because workbooks and recipe then determine it."""
    unlabelled_sha256: str | None = None
    """Of the files of texts without labels; None without any."""

    @property
    def tags(self) -> dict[str, str]:
        """The digests by the name of their tag, without None."""
        return {name: digest for name, digest in asdict(self).items() if digest is not None}

    def differing(self, tags: Mapping[str, str]) -> list[str]:
        """The names of the digests that are others in the tags of a run, or that only one of the two has.

        An encoder made from the corpus is not compared: its runs may have a tag, which says nothing more.
        """
        differing = [name for name, digest in asdict(self).items() if tags.get(name) != digest]
        return [name for name in differing if name != "encoder_digest" or self.encoder_digest is not None]


@dataclass(frozen=True)
class Change:
    """Whether a retraining is needed, the reason, and the champion at that time."""

    found: bool
    reason: str
    champion: ModelVersion | None


def lineage_of(home: Home, source: CorpusSource, recipe: TrainingRecipe) -> Lineage:
    """Return the lineage of a run on these locations with this recipe; remote files are downloaded to be hashed.

    Raises:
        WorkbookError: a location holds no workbook, or cannot be reached.
        RecipeError: there is neither a validation workbook nor a share to hold out, or both.
        EncoderError: the encoder cannot be found.
    """
    source.require_validation(recipe.corpus)
    scratch = recipe.encoder.encoder == SCRATCH
    return Lineage(
        training_sha256=_sha256(home, source.workbooks("training"), recipe),
        validation_sha256=_sha256(home, source.workbooks("validation"), recipe),
        recipe_digest=recipe.digest,
        code_digest=code_digest(),
        encoder_digest=None if scratch else resolve_encoder(recipe.encoder).digest,
        unlabelled_sha256=digest_of_unlabelled(home, source.unlabelled_files),
    )


def what_changed(home: Home, now: Lineage) -> Change:
    """Compare `now` with the lineage of the champion, and of every run with a decision on its model.

    A refused model is evaluated again only against another champion; one that a person rejected or rolled back is not
    evaluated again. A champion whose files are gone counts as a change, because nothing else would replace it.

    Raises:
        TrackingError: the MLflow store cannot be reached.
    """
    experiment = experiment_id(home)
    champion = current_champion(home)
    number = None if champion is None else str(champion.version)
    if champion is not None and (broken := why_broken(home, champion)):
        return Change(True, say("retrain.champion_broken", version=number, reason=broken.problem), champion)
    difference = _difference(home, now, champion)
    if difference is None:
        return Change(False, say("retrain.unchanged", version=number), champion)
    wanted = [f"tags.{name} = '{digest}'" for name, digest in now.tags.items()]
    wanted.append(f"tags.{MODEL_TAG} = '{home.model}'")  # the versions of another model have other numbers
    query = " AND ".join([*wanted, "tags.model_version != ''", "attributes.status = 'FINISHED'"])
    found = client(home).search_runs([experiment], query, order_by=["attributes.start_time DESC"])
    judged = [run.data.tags for run in found if not now.differing(run.data.tags)]  # the query has no digest of None
    if not judged:
        return Change(True, difference, champion)
    for tags in judged:  # any of them counts: their order is known only by clocks
        verdict = _lasting_verdict(home, tags, number)
        if verdict is not None:
            same = say("retrain.same_version", version=tags["model_version"], verdict=verdict)
            return Change(False, same, champion)
    return Change(True, say("retrain.other_champion", version=judged[0]["model_version"]), champion)


def code_digest() -> str:
    """Return the digest of this installation's source files; it needs no git and covers uncommitted changes."""
    above = Path(storyflower.__file__).resolve().parents[1]
    sources = sorted(file for name in _CODE for file in (above / name).rglob("*") if file.suffix in (".py", ".toml"))
    return digest_of({str(file.relative_to(above)): file_sha256(file) for file in sources})


def _sha256(home: Home, locations: list[str], recipe: TrainingRecipe) -> str:
    files = (fetch_file(location, recipe.data, home.downloads) for location in locations)
    return digest_of_files(file.sha256 for file in files)


def _difference(home: Home, now: Lineage, champion: ModelVersion | None) -> str | None:
    """Name the parts in which `now` differs from the lineage of the champion's run; None without a difference."""
    if champion is None:
        return say("retrain.no_champion")
    run = find_run(home, champion.run_id) if champion.run_id else None
    if run is None:
        return say("retrain.run_gone", version=champion.version)
    differing = [say(f"lineage.{name}") for name in now.differing(run.data.tags)]
    return say("retrain.changed", version=champion.version, parts=", ".join(differing)) if differing else None


def _lasting_verdict(home: Home, tags: Mapping[str, str], champion: str | None) -> str | None:
    """Return the decision of an earlier run if it still holds with the present champion, else None.

    A former champion was replaced by a better model or by a person, so it is not trained again.
    """
    version = tags["model_version"]
    if version == champion:
        return say("retrain.is_champion")
    if version in ever_champion(moves(home)):
        return say("retrain.was_champion")
    holds = tags.get(JUDGED_AGAINST) == (champion or NO_CHAMPION) or tags.get(REJECTED) == "true"
    return say("retrain.judged", decision=tags.get("decision", "")) if holds else None
