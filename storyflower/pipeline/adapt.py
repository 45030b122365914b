"""Stage `adapt`: the encoder learns to predict hidden tokens of the training texts, before it is fine-tuned.

The texts are those of the train split alone: neither the development split nor the validation workbook is read.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from storyflower.data.corpus import Corpus
from storyflower.messages import say
from storyflower.model.devices import Hardware
from storyflower.model.masked_language import new_masked_model, save_encoder
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.facts import AdaptFacts
from storyflower.pipeline.history import write_history
from storyflower.pipeline.manifests import ADAPTED_FOLDER, AdaptRef, CorpusRef, EncoderRef, TokensRef
from storyflower.pipeline.model_facts import ADAPT_STAGE
from storyflower.pipeline.shared_checkpoints import remove_checkpoints, shared_checkpoints
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.storage.entries import Outcome, stage_key
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.loading import load_tokenizer, vocabulary_digest
from storyflower.text.tokens import TokenSequences, joined, load_tokens
from storyflower.training.adaptation import AdaptationJob, adaptable
from storyflower.training.compiling import Compiling
from storyflower.training.fingerprint import token_digests
from storyflower.training.loop import finetune
from storyflower.training.masking import Masking
from storyflower.training.progress import AdaptObserver

VERSION = 1  # raise when the same texts and recipe would give another encoder


def adapt_encoder(
    home: Home,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    *,
    hardware: Hardware,
    further: Sequence[str] = (),
    observers: Sequence[AdaptObserver] = (),
    compiling: Compiling = "auto",
) -> Outcome[AdaptRef]:
    """Adapt the encoder to the texts of the train split and to `further` ones.

    An interrupted adaptation resumes from its last checkpoint.

    Hardware, observers and compilation change how the training is computed; the stage's key does not depend on them.

    Args:
        home: that keeps the entry.
        corpus: whose train split is used.
        tokens: of the corpus.
        encoder: of the recipe.
        recipe: whose encoder is adapted.
        hardware: where to train.
        further: texts without labels, none of which stands in the corpus (`read_unlabelled`).
        observers: receive the reports of the training.
        compiling: whether the model is compiled.

    Raises:
        EncoderError: the encoder's directory lacks something that an adaptation needs.
        StoryFlowerError: the loss is no longer finite, or a checkpoint cannot be written or belongs to another
            training.
    """
    sequences = load_tokens(tokens.directory)
    texts = train_texts(read_corpus(corpus), sequences)
    return adapt_to(
        *(home, texts, encoder, recipe),
        hardware=hardware,
        further=further,
        observers=observers,
        compiling=compiling,
    )


def train_texts(corpus: Corpus, tokens: TokenSequences) -> TokenSequences:
    """The texts of the train split of a corpus, whose examples `tokens` holds in their order."""
    return tokens.take(np.flatnonzero(corpus.frame["split"] == "train"))


def adapt_to(
    home: Home,
    texts: TokenSequences,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    *,
    hardware: Hardware,
    further: Sequence[str] = (),
    observers: Sequence[AdaptObserver] = (),
    compiling: Compiling = "auto",
) -> Outcome[AdaptRef]:
    """Adapt the encoder to texts; see `adapt_encoder`. Texts without a token that can be hidden are left out."""
    if further:
        tokenizer = load_tokenizer(encoder.directory)
        texts = joined([texts, tokenizer.encode_batch(further, recipe.text.max_len)])
    key = depends_on(texts, encoder, recipe)
    name = stage_key(key)
    checkpoints = home.checkpoints / name

    def build(folder: Path) -> AdaptFacts:
        training = adapt_recipe(recipe)
        masking = Masking.of(load_tokenizer(encoder.directory), recipe.encoder.adapt_masked_share, training.seed)
        job = AdaptationJob(
            model=new_masked_model(encoder.directory, seed=training.seed),
            tokens=texts.take_mapped(adaptable(texts, masking), checkpoints),
            masking=masking,
            recipe=training,
            hardware=hardware,
            checkpoints=checkpoints,
            compiling=compiling,
        )
        with shared_checkpoints(home, name, checkpoints, job.fingerprint):
            history = finetune(job, observers).history
        save_encoder(job.model, encoder.directory, folder / ADAPTED_FOLDER)
        write_history(folder, history)
        counted = {"texts": job.examples, "unlabelled": len(further)}
        return AdaptFacts(**counted, device=hardware.recorded, first=history[0], last=history[-1])

    outcome = StageStore(home).get_or_build(AdaptRef, ADAPT_STAGE, key, build)
    remove_checkpoints(home, name, shared=not outcome.cached)  # the encoder is stored: nothing is resumed
    facts = outcome.value.facts
    losses = {"first": facts.first.loss, "last": facts.last.loss, "accuracy": facts.last.accuracy}
    texts_of = {"texts": facts.texts, "unlabelled": facts.unlabelled}
    return replace(outcome, summary=say("stage.adapt", None, **texts_of, epochs=facts.last.epoch, **losses))


def adapt_recipe(recipe: TrainingRecipe) -> FinetuneRecipe:
    """The optimisation of the adaptation: the defaults of a training, with its own epochs and learning rate.

    Batch size and seed are not those of the recipe's training, so that trainings which differ in them, as those of
    several seeds or of a search, share one adapted encoder.
    """
    ranks = recipe.training.ranks
    return FinetuneRecipe(
        batch_size=max(FinetuneRecipe.batch_size, ranks),  # each takes a share of every batch
        epochs=recipe.encoder.adapt_epochs,
        learning_rate=recipe.encoder.adapt_learning_rate,
        log_every=recipe.training.log_every,
        precision=recipe.training.precision,
        devices=recipe.training.devices,
        nodes=recipe.training.nodes,
    )


def depends_on(texts: TokenSequences, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: the encoder, the token ids of the texts, and what the recipe says of the adaptation."""
    return {
        "version": VERSION,
        "encoder": encoder.digest,
        "vocabulary": vocabulary_digest(encoder.directory),
        "texts": token_digests(texts),
        "masked_share": recipe.encoder.adapt_masked_share,
        "training": adapt_recipe(recipe).deciding(),
    }
