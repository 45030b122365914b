"""Stage `encoder`: finds or downloads the pretrained encoder, or creates one from the corpus."""

import json
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from storyflower.data.corpus_files import read_texts
from storyflower.messages import say
from storyflower.model.encoder import EncoderFiles, require_fit, resolve_encoder, write_scratch_encoder
from storyflower.pipeline.facts import KnownEncoderFacts, ScratchEncoderFacts
from storyflower.pipeline.manifests import CorpusRef, EncoderRef
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.storage.entries import Outcome, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 1  # raise when the scratch encoder changes


def prepare_encoder(home: Home, corpus: CorpusRef, recipe: TrainingRecipe) -> Outcome[EncoderRef]:
    """Return the encoder of the recipe: a directory, a download, or a small one created from the corpus.

    Raises:
        EncoderError: the encoder is not found, cannot be downloaded, or is no encoder with a vocabulary of its own.
        RecipeError: the recipe's texts do not fit the encoder.
    """
    if recipe.encoder.encoder == SCRATCH:
        made = _from_scratch(home, corpus, recipe)
        files = replace(resolve_encoder(EncoderRecipe(encoder=str(made.value.directory))), name=SCRATCH)
        cached = made.cached
    else:
        files = resolve_encoder(recipe.encoder)
        cached = _is_known(home, files)
    require_fit(files.directory, recipe.text, files.name)
    encoder = EncoderRef(directory=files.directory, name=files.name, revision=files.revision, digest=files.digest)
    place = say("stage.encoder", name=encoder.name, revision=encoder.revision, place=encoder.directory)
    return Outcome(encoder, cached, place)


def scratch_depends_on(corpus: CorpusRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The key of a scratch encoder: the corpus, its shape and seed, but not the encoder's name and revision."""
    return {
        "version": VERSION,
        "corpus": corpus.learned_digest,
        "scratch": recipe.encoder.scratch(),
        "seed": recipe.training.seed,
    }


def _is_known(home: Home, files: EncoderFiles) -> bool:
    """Whether an earlier run used an encoder with this content; recorded for the next run."""

    def build(folder: Path) -> KnownEncoderFacts:
        facts = KnownEncoderFacts(digest=files.digest)  # no name: the same content may be in several places
        (folder / "encoder.json").write_text(json.dumps(facts.model_dump(), indent=1), "utf-8")
        return facts

    key = {"version": VERSION, "content": files.digest}
    return StageStore(home).get_or_build(StageRef[KnownEncoderFacts], "encoder", key, build).cached


def _from_scratch(home: Home, corpus: CorpusRef, recipe: TrainingRecipe) -> Outcome[StageRef[ScratchEncoderFacts]]:
    """Create a small BERT with random weights, and a vocabulary trained on the training texts."""

    def build(folder: Path) -> ScratchEncoderFacts:
        texts = list(chain.from_iterable(read_texts(corpus.directory, "train")))
        write_scratch_encoder(texts, recipe.encoder, folder, seed=recipe.training.seed)
        return ScratchEncoderFacts(texts=len(texts))

    key = scratch_depends_on(corpus, recipe)
    return StageStore(home).get_or_build(StageRef[ScratchEncoderFacts], "encoder", key, build)
