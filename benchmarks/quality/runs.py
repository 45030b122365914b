"""Trainings on folds, each kept by its content: a run that is broken off goes on where it stood."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.samples import fold_of, sample_of
from storyflower.data.corpus_files import save_corpus
from storyflower.data.repair_report import LabelField
from storyflower.digests import file_sha256
from storyflower.evaluation.baseline import fit_baseline
from storyflower.evaluation.calibration import tempered
from storyflower.model.devices import find_hardware
from storyflower.pipeline.adapt import adapt_encoder, train_texts
from storyflower.pipeline.adapt import depends_on as adapt_depends_on
from storyflower.pipeline.baseline import TrainingTexts
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.facts import CorpusFacts
from storyflower.pipeline.finetune import depends_on as finetune_depends_on
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.normalize import facts_of
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_data import DataRecipe
from storyflower.serving.predictor import load_predictor
from storyflower.storage.entries import StageFacts, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.tokens import load_tokens
from storyflower.training.progress import Observer

VERSION = 1  # raise when the same training would leave other answers
SPLITS = ("dev", "validation")
"""Where levers are chosen, and where they are measured: `validation` is the fold."""

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """A system's probabilities (n, c) on the development split and on the fold."""

    dev: Probabilities
    fold: Probabilities


@dataclass(frozen=True, eq=False)
class Fold:
    """The true label ids of a fold, and of what the system was trained and chosen on."""

    train_labels: NDArray[np.int64]
    dev_labels: NDArray[np.int64]
    labels: NDArray[np.int64]
    names: tuple[str, ...]


class AnswersFacts(StageFacts):
    """How the answers were made."""

    best_epoch: int | None = None
    """From 1; None for a baseline."""
    examples_per_second: float | None = None


class FoldCorpora:
    """The folds of one sample, kept in a home."""

    def __init__(self, home: Home, training: str, sample: str, folds: int) -> None:
        self.home, self._training, self._sample, self._folds = home, training, sample, folds
        self._sha256 = file_sha256(Path(training))

    def corpus(self, fold: int) -> CorpusRef:
        """The corpus of a fold, from 0."""

        def build(folder: Path) -> CorpusFacts:
            corpus = fold_of(sample_of(self._sample, self._training, self.home.downloads), fold, self._folds)
            save_corpus(corpus, folder)
            return facts_of(corpus, LabelField.of(DataRecipe()))

        key = {"version": VERSION, "workbook": self._sha256, "sample": self._sample, "fold": [fold, self._folds]}
        return StageStore(self.home).get_or_build(CorpusRef, "fold", key, build).value


def truth_of(corpus: CorpusRef) -> Fold:
    """The labels of a fold."""
    loaded = read_corpus(corpus)
    train, dev, fold = (loaded.split(name)["label"].to_numpy() for name in ("train", "dev", "validation"))
    return Fold(train, dev, fold, loaded.label_map.names)


def baseline_answers(home: Home, corpus: CorpusRef, *, balanced: bool) -> Answers:
    """The TF-IDF baseline, with or without class weights."""

    def build(folder: Path) -> AnswersFacts:
        loaded = read_corpus(corpus)
        fitted = fit_baseline(*TrainingTexts.of(corpus, loaded), balanced=balanced)
        for split in SPLITS:
            _save(folder, split, fitted.predict_proba(loaded.split(split)["text"].tolist()))
        return AnswersFacts()

    key = {"version": VERSION, "corpus": corpus.digest, "balanced": balanced}
    return _loaded(StageStore(home).get_or_build(StageRef[AnswersFacts], "baseline_answers", key, build).value)


def model_answers(home: Home, corpus: CorpusRef, recipe: TrainingRecipe, observer: Observer) -> Answers:
    """Adapt and fine-tune as the train flow does, and keep the calibrated probabilities; the weights are removed.

    An adapted encoder stays, for the trainings with other seeds.
    """
    encoder = prepare_encoder(home, corpus, recipe).value
    tokens = tokenize_corpus(home, corpus, encoder, recipe).value

    def build(folder: Path) -> AnswersFacts:
        hardware, used = find_hardware("auto"), encoder
        if recipe.encoder.adapt_epochs:
            adapted = adapt_encoder(home, corpus, tokens, encoder, recipe, hardware=hardware).value
            used = adapted.encoder(encoder)
        model = finetune_encoder(home, corpus, tokens, used, recipe, hardware=hardware, observers=[observer]).value
        predictor, loaded = load_predictor(model.path("model")), read_corpus(corpus)
        for split in SPLITS:
            logits = predictor.logits(predictor.tokenize(loaded.split(split)["text"].tolist()))
            _save(folder, split, tempered(logits, predictor.temperature))
        shutil.rmtree(model.directory)
        return AnswersFacts(best_epoch=model.facts.best_epoch, examples_per_second=model.facts.examples_per_second)

    key = {"version": VERSION, "model": finetune_depends_on(corpus, tokens, encoder, recipe)}
    if recipe.encoder.adapt_epochs:
        texts = train_texts(read_corpus(corpus), load_tokens(tokens.directory))
        key |= {"adapt": adapt_depends_on(texts, encoder, recipe)}
    return _loaded(StageStore(home).get_or_build(StageRef[AnswersFacts], "answers", key, build).value)


def seeds_of(recipe: TrainingRecipe, seeds: int) -> Iterator[TrainingRecipe]:
    """The recipe with its own seed and those after it."""
    for seed in range(recipe.training.seed, recipe.training.seed + seeds):
        yield recipe.with_changes({"seed": seed})


def _save(folder: Path, split: str, probabilities: Probabilities) -> None:
    np.save(folder / f"{split}.npy", probabilities, allow_pickle=False)


def _loaded(ref: StageRef[AnswersFacts]) -> Answers:
    return Answers(*(np.load(ref.path(f"{split}.npy"), allow_pickle=False) for split in SPLITS))
