"""Stages `encoder` and `tokenize`: the encoder is found, then every text becomes token ids, in health or not at all."""

from dataclasses import asdict

from storyflower import pipeline
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.stages import Outcome
from storyflower.tracking.runs import TrackedRun
from tasks.stage import stage


@stage("encoder", retries=2)
def prepare_encoder(run: TrackedRun, corpus: CorpusRef, recipe: TrainingRecipe) -> Outcome[EncoderRef]:
    """The pretrained encoder of the recipe: a directory, a download, or a small one made from the corpus itself."""
    outcome = pipeline.prepare_encoder(run.home, corpus, recipe)
    encoder = outcome.value
    run.set_tags({"encoder": encoder.name, "encoder_revision": encoder.revision, "encoder_digest": encoder.digest})
    return outcome


@stage("tokenize")
def tokenize(run: TrackedRun, corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> Outcome[TokensRef]:
    """Token ids of every example, from the cache while nothing they depend on has changed."""
    outcome = pipeline.tokenize_corpus(run.home, corpus, encoder, recipe)
    health = asdict(outcome.value.facts.health)
    run.log_metrics({f"tokens.{name}": float(value) for name, value in health.items() if value is not None})
    return outcome
