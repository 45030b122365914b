"""Stage `finetune`: the encoder becomes a classifier; an interrupted training goes on from its last epoch."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.fitting import fit_classifier
from storyflower.manifests import CorpusRef, EncoderRef, ModelRef, TokensRef
from storyflower.messages import say
from storyflower.model.devices import choose_precision, find_hardware
from storyflower.progress import progress_display
from storyflower.recipe import TrainingRecipe
from storyflower.registry.observer import MlflowObserver, log_history
from storyflower.registry.tracking import TrackedRun
from storyflower.settings import settings
from storyflower.stages import Outcome, StageStore, stage_key
from tasks.stage import stage

VERSION = 5  # raise when the same tokens and recipe would give another model


@stage("finetune")
def finetune(
    run: TrackedRun, corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, recipe: TrainingRecipe
) -> Outcome[ModelRef]:
    """Fine-tune the encoder on the training split; keep the epoch that is best on the development split.

    Called directly, never submitted: signals and time limits reach the main thread only.
    """
    hardware = find_hardware(settings().device)
    precision = choose_precision(hardware, recipe.training.precision)
    run.set_tags({"device": hardware.describe(), "precision": precision})
    key = depends_on(corpus, tokens, encoder, recipe)
    checkpoints = settings().home / "checkpoints" / stage_key(key)
    observer = MlflowObserver(run)

    def build(folder: Path) -> dict[str, Any]:
        with progress_display() as display:
            result = fit_classifier(
                *(corpus.directory, tokens.directory, encoder.directory, recipe, folder / "model"),
                hardware=hardware,
                checkpoints=checkpoints,
                observers=[display, observer],
                compiling=settings().compile,
            )
        history = [asdict(record) for record in result.history]
        (folder / "history.json").write_text(json.dumps(history, indent=1), "utf-8")
        pace = sum(record.examples_per_second for record in result.history) / len(history)
        about = {"encoder": encoder.name, "device": hardware.describe(), "examples_per_second": pace}
        return about | {"best_epoch": result.best_epoch, "epochs": len(history), "best": history[result.best_epoch - 1]}

    outcome = StageStore(settings().home).get_or_build(ModelRef, "finetune", key, build)
    shutil.rmtree(checkpoints, ignore_errors=True)  # the model is kept: what it could be resumed from is not needed
    observer.tell_the_rest()  # not before the model is kept, whether or not MLflow is there
    facts = outcome.value.facts
    if outcome.cached:
        log_history(run, json.loads(outcome.value.path("history.json").read_text("utf-8")))
    run.log_metrics({"best_epoch": facts["best_epoch"], "dev_macro_f1": facts["best"]["dev_macro_f1"]})
    best, score = facts["best_epoch"], facts["best"]["dev_macro_f1"]
    summary = say("stage.finetune", best=best, epochs=facts["epochs"], score=score)
    return replace(outcome, summary=summary)


def depends_on(corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: all that decides the model's weights, and all that its directory says of the recipe.

    Device and compilation (`STORYFLOWER_DEVICE`, `STORYFLOWER_COMPILE`) are the machine's: they change how the same
    training is computed and are no part of it.
    """
    return {
        "version": VERSION,
        "corpus": corpus.digest,
        "tokens": tokens.digest,
        "encoder": encoder.digest,
        "recipe": recipe.of_model(),
    }
