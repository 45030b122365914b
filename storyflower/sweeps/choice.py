"""The record of what a sweep has chosen: found by corpus and recipe, when a model of that recipe gets its card."""

from dataclasses import asdict
from pathlib import Path

from storyflower.atomic import write_atomically
from storyflower.digests import digest_of
from storyflower.evaluation.selection import CHOICE, Choice
from storyflower.pipeline.manifests import CorpusRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.home import CHOSEN_FOLDER, Home


def record_choice(home: Home, corpus: CorpusRef, recipe: TrainingRecipe, choice: Choice) -> None:
    """Keep how the recipe was chosen; a later sweep that chooses the same one replaces the record."""
    file = _file(home, corpus, recipe)
    file.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(file) as draft:
        draft.write_bytes(CHOICE.dump_json(choice, indent=1))


def read_choice(home: Home, corpus: CorpusRef, recipe: TrainingRecipe) -> Choice | None:
    """How the recipe was chosen for this corpus; None if no sweep of this home has chosen it."""
    file = _file(home, corpus, recipe)
    return CHOICE.validate_json(file.read_bytes()) if file.exists() else None


def _file(home: Home, corpus: CorpusRef, recipe: TrainingRecipe) -> Path:
    key = digest_of({"corpus": corpus.learned_digest, "model": recipe.of_model(), "encoder": asdict(recipe.encoder)})
    return home.sweeps / CHOSEN_FOLDER / f"{key[:32]}.json"
