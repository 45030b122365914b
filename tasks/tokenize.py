"""Stages `encoder` and `tokenize`: finds the encoder, encodes every text, and checks the tokenizer's health."""

from dataclasses import asdict

from storyflower import pipeline
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import TrackedRun
from tasks.stage import stage


@stage("encoder", retries=2)
def prepare_encoder(run: TrackedRun, corpus: CorpusRef, recipe: TrainingRecipe) -> Outcome[EncoderRef]:
    """Return the encoder of the recipe: a directory, a download, or a small one created from the corpus."""
    outcome = pipeline.prepare_encoder(run.home, corpus, recipe)
    encoder = outcome.value
    run.set_tags({"encoder": encoder.name, "encoder_revision": encoder.revision, "encoder_digest": encoder.digest})
    return outcome


@stage("tokenize")
def tokenize(run: TrackedRun, corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> Outcome[TokensRef]:
    """Encode every text as token ids; the result is reused until something that it depends on changes."""
    outcome = pipeline.tokenize_corpus(run.home, corpus, encoder, recipe)
    health = asdict(outcome.value.facts.health)
    run.log_metrics({f"tokens.{name}": float(value) for name, value in health.items() if value is not None})
    return outcome
