"""Stages `fold` and `fold_baseline`: a model and the baseline of one fold of a cross-validation.

They are entries of their own, so that recipes share the baselines of their folds. The answers are kept and no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storyflower.data.folds import fold_corpus
from storyflower.digests import digest_of
from storyflower.evaluation.baseline import fit_baseline, out_of_fold
from storyflower.evaluation.calibration import tempered
from storyflower.evaluation.folds import FoldAnswers
from storyflower.evaluation.metrics import evaluate_predictions
from storyflower.model.devices import Hardware
from storyflower.model.inference import predict_logits
from storyflower.model.session import require_finite
from storyflower.pipeline.adapt import VERSION as ADAPT_VERSION
from storyflower.pipeline.adapt import adapt_to, train_texts
from storyflower.pipeline.baseline import TrainingTexts, fitted_from
from storyflower.pipeline.baseline import version_of as baseline_version_of
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.finetune import calibrated, labelled_tokens, training_job
from storyflower.pipeline.finetune import depends_on as finetune_depends_on
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.pipeline.model_facts import FOLD_BASELINE_STAGE, FOLD_STAGE, BaselineFacts, FoldFacts
from storyflower.pipeline.shared_checkpoints import remove_checkpoints, shared_checkpoints
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_data import CorpusRecipe
from storyflower.storage.entries import Outcome, StageRef, stage_key
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.tokens import load_tokens
from storyflower.training.compiling import Compiling
from storyflower.training.loop import finetune
from storyflower.training.objective import softened
from storyflower.training.progress import Observer

VERSION = 3  # raise when the same fold would be answered otherwise

_ANSWERS_FILE = "answers.npz"


@dataclass(frozen=True)
class FoldSpec:
    """What decides the model of one fold and its answers."""

    corpus: CorpusRef
    tokens: TokensRef
    encoder: EncoderRef
    recipe: TrainingRecipe
    number: int
    """Of the fold whose texts are answered, from 0."""
    folds: int
    further: Sequence[str] = ()
    """Texts without labels for an adaptation of the encoder."""

    @property
    def key(self) -> dict[str, Any]:
        """The stage's key: all that decides the training, and how the folds and splits are drawn."""
        adaptation = (
            {"adapt": [ADAPT_VERSION, digest_of(list(self.further))]} if self.recipe.encoder.adapt_epochs else {}
        )
        return adaptation | {
            "version": VERSION,
            "training": finetune_depends_on(self.corpus, self.tokens, self.encoder, self.recipe),
            **_drawn(self.recipe.corpus, self.number, self.folds),
        }


def fold_model(
    home: Home,
    spec: FoldSpec,
    *,
    hardware: Hardware,
    observers: Sequence[Observer] = (),
    compiling: Compiling = "auto",
) -> Outcome[StageRef[FoldFacts]]:
    """The answers of a model to the texts of one fold, trained on the others.

    An encoder that the recipe adapts is adapted to what the fold trains on, and to the further texts.

    Raises:
        StoryFlowerError: as `finetune_encoder` does.
    """
    corpus, recipe, key = spec.corpus, spec.recipe, spec.key
    training = stage_key(key)
    checkpoints = home.checkpoints / training

    def build(folder: Path) -> FoldFacts:
        part, rows = fold_corpus(read_corpus(corpus), spec.number, spec.folds, recipe.corpus)
        sequences = load_tokens(spec.tokens.directory).take(rows)
        given, weight = TrainingTexts.of(corpus, part), recipe.training.distillation
        targets = softened(given.labels, out_of_fold(*given), weight) if weight else None
        start = spec.encoder
        if recipe.encoder.adapt_epochs:
            adapted = adapt_to(
                *(home, train_texts(part, sequences), spec.encoder, recipe),
                hardware=hardware,
                further=spec.further,
                compiling=compiling,
            ).value
            start = adapted.encoder(spec.encoder)
        job = training_job(part, sequences, targets, start.directory, recipe, hardware, checkpoints, compiling)
        with shared_checkpoints(home, training, checkpoints, job.fingerprint):
            result = finetune(job, observers)
        temperature, label_weights = calibrated(job, recipe)
        held = labelled_tokens(part, sequences, "validation", checkpoints)
        logits = predict_logits(job.model, held.tokens, device=job.hardware.device, precision="fp32")
        preferred = tempered(require_finite(logits), temperature) * (label_weights or 1.0)
        answers = preferred / preferred.sum(axis=1, keepdims=True)
        np.savez(folder / _ANSWERS_FILE, labels=held.labels, answers=answers)
        return FoldFacts(
            examples=len(held.labels),
            best_epoch=result.best_epoch,
            planned_epochs=job.recipe.epochs,
            macro_f1=evaluate_predictions(held.labels, answers, part.label_map.names).macro_f1,
            dev_macro_f1=tuple(record.dev_macro_f1 for record in result.history),
        )

    outcome = StageStore(home).get_or_build(StageRef[FoldFacts], FOLD_STAGE, key, build)
    remove_checkpoints(home, training, shared=not outcome.cached)  # the answers are stored: nothing is resumed
    return outcome


def abandon_fold(home: Home, spec: FoldSpec) -> None:
    """Remove the checkpoints of a fold whose training was ended by an observer and will not be resumed."""
    remove_checkpoints(home, stage_key(spec.key))


def fold_baseline(
    home: Home, corpus: CorpusRef, recipe: CorpusRecipe, number: int, folds: int
) -> StageRef[BaselineFacts]:
    """The answers of the baseline to the texts of one fold, fitted on the others; the same for all recipes."""
    key = {
        "version": VERSION,
        "baseline": baseline_version_of(corpus),
        **fitted_from(corpus),
        **_drawn(recipe, number, folds),
    }

    def build(folder: Path) -> BaselineFacts:
        part, _ = fold_corpus(read_corpus(corpus), number, folds, recipe)
        answers = fit_baseline(*TrainingTexts.of(corpus, part)).predict_proba(part.split("validation")["text"])
        np.savez(folder / _ANSWERS_FILE, answers=answers)
        return BaselineFacts(examples=len(answers))

    return StageStore(home).get_or_build(StageRef[BaselineFacts], FOLD_BASELINE_STAGE, key, build).value


def _drawn(recipe: CorpusRecipe, number: int, folds: int) -> dict[str, Any]:
    """The part of a key that says how a fold and its splits are drawn."""
    return {"dev_share": recipe.dev_share, "split_seed": recipe.split_seed, "fold": [number, folds]}


def fold_answers(model: StageRef[FoldFacts], baseline: StageRef[BaselineFacts]) -> FoldAnswers:
    """The answers in the entries of one fold."""
    with (
        np.load(model.path(_ANSWERS_FILE), allow_pickle=False) as of_model,
        np.load(baseline.path(_ANSWERS_FILE), allow_pickle=False) as of_baseline,
    ):
        return FoldAnswers(labels=of_model["labels"], model=of_model["answers"], baseline=of_baseline["answers"])
