"""Stage `finetune`: the encoder becomes a classifier; an interrupted training goes on from its last epoch."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.messages import say
from storyflower.model.devices import Hardware
from storyflower.pipeline.facts import ModelFacts
from storyflower.pipeline.fitting import fit_classifier
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, ModelRef, TokensRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.home import Home
from storyflower.storage.stages import Outcome, StageStore, stage_key
from storyflower.training.compiling import Compiling
from storyflower.training.progress import EpochRecord, Observer

VERSION = 5  # raise when the same tokens and recipe would give another model

HISTORY_FILE = "history.json"


def finetune_encoder(
    home: Home,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    *,
    hardware: Hardware,
    observers: Sequence[Observer] = (),
    compiling: Compiling = "auto",
) -> Outcome[ModelRef]:
    """Fine-tune the encoder on the training split; keep the epoch that is best on the development split.

    Hardware, observers and compilation change how the training is computed and are no part of what it depends on.

    Raises:
        EncoderError: the encoder's directory does not hold what a classifier needs.
        StoryFlowerError: the loss stops being finite, or a checkpoint cannot be written or belongs elsewhere.
    """
    key = depends_on(corpus, tokens, encoder, recipe)
    checkpoints = home.checkpoints / stage_key(key)

    def build(folder: Path) -> ModelFacts:
        result = fit_classifier(
            *(corpus.directory, tokens.directory, encoder.directory, recipe, folder / "model"),
            hardware=hardware,
            checkpoints=checkpoints,
            observers=observers,
            compiling=compiling,
        )
        history = result.history
        (folder / HISTORY_FILE).write_text(json.dumps([asdict(record) for record in history], indent=1), "utf-8")
        return ModelFacts(
            encoder=encoder.name,
            device=hardware.describe(),
            examples_per_second=sum(record.examples_per_second for record in history) / len(history),
            best_epoch=result.best_epoch,
            epochs=len(history),
            best=history[result.best_epoch - 1],
        )

    outcome = StageStore(home).get_or_build(ModelRef, "finetune", key, build)
    shutil.rmtree(checkpoints, ignore_errors=True)  # the model is kept: what it could be resumed from is not needed
    facts = outcome.value.facts
    figures = {"best": facts.best_epoch, "epochs": facts.epochs, "score": facts.best.dev_macro_f1}
    return replace(outcome, summary=say("stage.finetune", None, **figures))


def depends_on(corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: all that decides the model's weights, and all that its directory says of the recipe."""
    return {
        "version": VERSION,
        "corpus": corpus.digest,
        "tokens": tokens.digest,
        "encoder": encoder.digest,
        "recipe": recipe.of_model(),
    }


def history_of(model: ModelRef) -> list[EpochRecord]:
    """What each epoch of a training ended with."""
    return [EpochRecord(**record) for record in json.loads(model.path(HISTORY_FILE).read_text("utf-8"))]
