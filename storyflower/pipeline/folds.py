"""Stage `folds`: cross-validation of a recipe on the training workbook; each fold is an entry of its own.

The validation workbook is not touched, and no model is kept: the registered one is trained as without folds.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from storyflower.data.folds import fold_corpus
from storyflower.digests import digest_of
from storyflower.evaluation.baseline import fit_baseline, groups_of, out_of_fold
from storyflower.evaluation.calibration import tempered
from storyflower.evaluation.folds import FOLDS_FILE, CrossValidation, FoldAnswers, cross_validation
from storyflower.messages import language, say
from storyflower.model.devices import Hardware
from storyflower.model.inference import predict_logits
from storyflower.model.session import require_finite
from storyflower.pipeline.adapt import VERSION as ADAPT_VERSION
from storyflower.pipeline.adapt import adapt_to, train_texts
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.evaluate import baseline_version
from storyflower.pipeline.facts import FOLD_STAGE, FoldFacts, FoldsFacts, Score
from storyflower.pipeline.finetune import calibrated, labelled_tokens, training_job
from storyflower.pipeline.finetune import depends_on as finetune_depends_on
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, FoldsRef, TokensRef
from storyflower.pipeline.shared_checkpoints import drop_shared_checkpoints, shared_checkpoints
from storyflower.pipeline.source import require_folds
from storyflower.recipe import TrainingRecipe
from storyflower.reports.folds import write_folds
from storyflower.storage.home import Home
from storyflower.storage.stages import Outcome, StageRef, StageStore, stage_key
from storyflower.text.tokens import load_tokens
from storyflower.training.compiling import Compiling
from storyflower.training.loop import finetune
from storyflower.training.objective import softened
from storyflower.training.progress import Observer

VERSION = 1  # raise when the same folds would give other figures, or another page

_ANSWERS_FILE = "answers.npz"

FoldBegins = Callable[[int, int], None]
"""Called with the number of a fold (from 1) and how many there are, before it is trained or read."""


def cross_validate(
    home: Home,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    folds: int,
    *,
    hardware: Hardware,
    further: Sequence[str] = (),
    observers: Sequence[Observer] = (),
    compiling: Compiling = "auto",
    begins: FoldBegins | None = None,
) -> Outcome[FoldsRef]:
    """Train a model and fit the baseline once a fold, on the other folds, and evaluate both on it.

    An interrupted cross-validation resumes in its fold after the last whole epoch; finished folds are read from the
    store. A scratch encoder is the one of the whole corpus: its vocabulary was made of the texts of all folds. Where
    the recipe adapts the encoder, it is adapted anew in each fold, on what the fold trains on.

    Args:
        home: the home that keeps the entries.
        corpus: whose train and dev splits are divided into folds.
        tokens: of the corpus.
        encoder: of the recipe.
        recipe: of the trainings; the dev split of each is drawn anew from its folds.
        folds: as `require_folds` accepts it.
        hardware: where to train.
        further: texts without labels for the adaptation, none of which stands in the corpus.
        observers: receive the reports of the training of every fold.
        compiling: whether the model is compiled.
        begins: see `FoldBegins`.

    Raises:
        RecipeError: `folds` is out of bounds.
        StoryFlowerError: as `finetune_encoder` does.
    """
    require_folds(folds)
    outcomes = []
    for number in range(folds):
        if begins:
            begins(number + 1, folds)
        outcomes.append(
            _fold(
                *(home, corpus, tokens, encoder, recipe, number, folds),
                hardware=hardware,
                further=further,
                observers=observers,
                compiling=compiling,
            )
        )
    refs = [outcome.value for outcome in outcomes]

    def build(folder: Path) -> FoldsFacts:
        found = cross_validation([_answers(ref) for ref in refs], read_corpus(corpus).label_map.names)
        (folder / FOLDS_FILE).write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1), "utf-8")
        write_folds(folder, found)
        return _facts(found)

    key = {"version": VERSION, "lang": language(), "folds": [ref.key for ref in refs]}
    outcome = StageStore(home).get_or_build(FoldsRef, "folds", key, build)
    facts = outcome.value.facts
    summary = say(
        "stage.folds",
        folds=facts.folds,
        examples=facts.examples,
        macro_f1=facts.model.macro_f1,
        low=facts.macro_f1_interval[0],
        high=facts.macro_f1_interval[1],
        baseline=facts.baseline.macro_f1,
    )
    return replace(outcome, cached=outcome.cached and all(each.cached for each in outcomes), summary=summary)


def depends_on(
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    number: int,
    folds: int,
    further: Sequence[str] = (),
) -> dict[str, Any]:
    """The key of a fold: all that decides its training and its baseline, and how the folds and splits are drawn."""
    adaptation = {"adapt": [ADAPT_VERSION, digest_of(list(further))]} if recipe.encoder.adapt_epochs else {}
    return adaptation | {
        "version": VERSION,
        "training": finetune_depends_on(corpus, tokens, encoder, recipe),
        "baseline": baseline_version(corpus),
        "dev_share": recipe.corpus.dev_share,
        "split_seed": recipe.corpus.split_seed,
        "fold": [number, folds],
    }


def _fold(
    home: Home,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    number: int,
    folds: int,
    *,
    hardware: Hardware,
    further: Sequence[str],
    observers: Sequence[Observer],
    compiling: Compiling,
) -> Outcome[StageRef[FoldFacts]]:
    """The answers of a model and of the baseline to the texts of one fold, trained on the others."""
    key = depends_on(corpus, tokens, encoder, recipe, number, folds, further)
    training = stage_key(key)
    checkpoints = home.checkpoints / training

    def build(folder: Path) -> FoldFacts:
        part, rows = fold_corpus(read_corpus(corpus), number, folds, recipe.corpus)
        sequences = load_tokens(tokens.directory).take(rows)
        groups, weight = groups_of(corpus.facts.labels), recipe.training.distillation
        train, texts = part.split("train"), part.split("validation")["text"].tolist()
        given = train["text"].tolist(), train["label"].to_numpy(dtype=np.int64), len(part.label_map)
        targets = softened(given[1], out_of_fold(*given, groups), weight) if weight else None
        start = encoder
        if recipe.encoder.adapt_epochs:
            adapted = adapt_to(
                *(home, train_texts(part, sequences), encoder, recipe),
                hardware=hardware,
                further=further,
                compiling=compiling,
            ).value
            start = adapted.encoder(encoder)
        job = training_job(part, sequences, targets, start.directory, recipe, hardware, checkpoints, compiling)
        with shared_checkpoints(home, training, checkpoints, job.fingerprint):
            result = finetune(job, observers)
        temperature, label_weights = calibrated(job, recipe)
        held = labelled_tokens(part, sequences, "validation", checkpoints)
        logits = predict_logits(job.model, held.tokens, device=job.hardware.device, precision="fp32")
        preferred = tempered(require_finite(logits), temperature) * (label_weights or 1.0)
        baseline = fit_baseline(*given, groups)
        np.savez(
            folder / _ANSWERS_FILE,
            labels=held.labels,
            model=preferred / preferred.sum(axis=1, keepdims=True),
            baseline=baseline.predict_proba(texts),
        )
        return FoldFacts(examples=len(texts), best_epoch=result.best_epoch)

    outcome = StageStore(home).get_or_build(StageRef[FoldFacts], FOLD_STAGE, key, build)
    shutil.rmtree(checkpoints, ignore_errors=True)  # the answers are stored: there is nothing left to resume
    if not outcome.cached:
        drop_shared_checkpoints(home, training)
    return outcome


def _answers(fold: StageRef[FoldFacts]) -> FoldAnswers:
    with np.load(fold.path(_ANSWERS_FILE), allow_pickle=False) as kept:
        return FoldAnswers(labels=kept["labels"], model=kept["model"], baseline=kept["baseline"])


def _facts(found: CrossValidation) -> FoldsFacts:
    gain = found.against_baseline
    return FoldsFacts(
        folds=len(found.folds),
        examples=found.examples,
        model=Score(accuracy=found.model.accuracy, macro_f1=found.model.macro_f1),
        baseline=Score(accuracy=found.baseline.accuracy, macro_f1=found.baseline.macro_f1),
        accuracy_interval=(found.accuracy_interval.low, found.accuracy_interval.high),
        macro_f1_interval=(found.macro_f1_interval.low, found.macro_f1_interval.high),
        gain_macro_f1=gain.macro_f1_difference,
        gain_macro_f1_interval=(gain.macro_f1_interval.low, gain.macro_f1_interval.high),
    )
