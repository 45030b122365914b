"""Stages `encoder` and `tokenize`: the encoder is found, then every text becomes token ids, in health or not at all."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.corpus import load_corpus
from storyflower.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.messages import say
from storyflower.model.encoder import EncoderFiles, resolve_encoder, write_scratch_encoder
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.registry.tracking import TrackedRun
from storyflower.settings import settings
from storyflower.stages import Outcome, StageRef, StageStore
from storyflower.text.health import TokenizerHealth, measure_health, require_healthy
from storyflower.text.loading import load_tokenizer, vocabulary_digest
from storyflower.text.tokens import save_tokens
from tasks.stage import stage

ENCODER_VERSION = 1  # raise when the encoder made from scratch changes
TOKENS_VERSION = 3  # raise when the same text would give other ids, or other facts are noted


@stage("encoder", retries=2)
def prepare_encoder(run: TrackedRun, corpus: CorpusRef, recipe: TrainingRecipe) -> Outcome[EncoderRef]:
    """The pretrained encoder of the recipe: a directory, a download, or a small one made from the corpus itself."""
    if recipe.encoder.encoder == SCRATCH:
        directory, cached = _from_scratch(corpus, recipe)
        files = replace(resolve_encoder(EncoderRecipe(encoder=str(directory))), name=SCRATCH)
    else:
        files = resolve_encoder(recipe.encoder)
        cached = _is_known(files)
    encoder = EncoderRef(directory=files.directory, name=files.name, revision=files.revision, digest=files.digest)
    run.set_tags({"encoder": encoder.name, "encoder_revision": encoder.revision, "encoder_digest": encoder.digest})
    place = say("stage.encoder", name=encoder.name, revision=encoder.revision, place=encoder.directory)
    return Outcome(encoder, cached, place)


def _is_known(files: EncoderFiles) -> bool:
    """Whether an earlier run met an encoder of this very content; noted for the next run."""

    def build(folder: Path) -> dict[str, Any]:
        about = {"digest": files.digest}  # and no name: the same content may lie in several places
        (folder / "encoder.json").write_text(json.dumps(about, indent=1), "utf-8")
        return about

    key = {"version": ENCODER_VERSION, "content": files.digest}
    return StageStore(settings().home).get_or_build(StageRef, "encoder", key, build).cached


def _from_scratch(corpus: CorpusRef, recipe: TrainingRecipe) -> tuple[Path, bool]:
    """A small BERT with random weights, its vocabulary trained on the training texts; and whether it was kept."""

    def build(folder: Path) -> dict[str, Any]:
        frame = load_corpus(corpus.directory).frame
        texts = frame.loc[frame["split"] == "train", "text"].tolist()
        write_scratch_encoder(texts, recipe.encoder, folder, seed=recipe.training.seed)
        return {"texts": len(texts)}

    key = scratch_depends_on(corpus, recipe)
    outcome = StageStore(settings().home).get_or_build(StageRef, "encoder", key, build)
    return outcome.value.directory, outcome.cached


@stage("tokenize")
def tokenize(run: TrackedRun, corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> Outcome[TokensRef]:
    """Token ids of every example, from the cache while nothing they depend on has changed."""

    def build(folder: Path) -> dict[str, Any]:
        texts = load_corpus(corpus.directory).frame["text"].tolist()
        tokenizer = load_tokenizer(encoder.directory)
        tokens = tokenizer.encode_batch(texts, recipe.text.max_len)
        save_tokens(folder, tokens)
        return {
            "max_len": recipe.text.max_len,
            "vocabulary": tokenizer.digest,
            "special_ids": asdict(tokenizer.special),
            "health": asdict(measure_health(tokenizer, tokens)),
        }

    key = tokens_depend_on(corpus, encoder, recipe)
    outcome = StageStore(settings().home).get_or_build(TokensRef, "tokenize", key, build)
    health = TokenizerHealth(**outcome.value.facts["health"])
    require_healthy(health, recipe.text)
    unknown, cut = health.unk_share, health.truncated_share
    sizes = {"texts": health.n_texts, "length": health.mean_length, "max_len": recipe.text.max_len}
    summary = say("stage.tokenize", None, **sizes, unknown=unknown, cut=cut)
    run.log_metrics({f"tokens.{name}": float(value) for name, value in asdict(health).items() if value is not None})
    return replace(outcome, summary=summary)


def scratch_depends_on(corpus: CorpusRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The key of an encoder made from the corpus: its shape and seed; the encoder's name and revision play no part."""
    return {
        "version": ENCODER_VERSION,
        "corpus": corpus.digest,
        "scratch": recipe.encoder.scratch(),
        "seed": recipe.training.seed,
    }


def tokens_depend_on(corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The key of the tokens. The bounds of the tokenizer's health decide whether a run goes on, not what is kept."""
    return {
        "version": TOKENS_VERSION,
        "corpus": corpus.digest,
        "vocabulary": vocabulary_digest(encoder.directory),
        "max_len": recipe.text.max_len,
    }
