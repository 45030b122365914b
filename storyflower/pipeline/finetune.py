"""Stage `finetune`: the encoder becomes a classifier; an interrupted training resumes from its last checkpoint."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.data.corpus import TRAINING_SPLITS, Corpus, Split
from storyflower.data.mapped import parts_of
from storyflower.evaluation.calibration import fit_temperature, tempered
from storyflower.messages import say
from storyflower.model.classifier import new_classifier, remove_class_weights
from storyflower.model.decision import fit_label_weights
from storyflower.model.devices import Hardware
from storyflower.model.directory import ModelFormat, write_model
from storyflower.model.inference import predict_logits
from storyflower.model.session import require_finite
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.distillation import depends_on as teacher_depends_on
from storyflower.pipeline.distillation import targets_of
from storyflower.pipeline.history import write_history
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, ModelRef, TokensRef
from storyflower.pipeline.model_facts import FINETUNE_STAGE, ModelFacts
from storyflower.pipeline.shared_checkpoints import remove_checkpoints, shared_checkpoints
from storyflower.pipeline.tokenize import VERSION as TOKENS_VERSION
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome, stage_key
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.loading import load_sampling_tokenizer, load_tokenizer
from storyflower.text.tokens import TokenSequences, load_tokens
from storyflower.training.batches import LabelledTokens
from storyflower.training.compiling import Compiling
from storyflower.training.loop import finetune
from storyflower.training.progress import Observer
from storyflower.training.resampling import VERSION as SAMPLING_VERSION
from storyflower.training.resampling import BpeDropout
from storyflower.training.training_job import TrainingJob

VERSION = 7  # raise when the same tokens and recipe would give another model


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

    Hardware, observers and compilation change how the training is computed; the stage's key does not depend on them.

    Raises:
        EncoderError: the encoder's directory lacks something that a classifier needs.
        StoryFlowerError: the loss is no longer finite, or a checkpoint cannot be written or belongs to another
            training.
    """
    key = depends_on(corpus, tokens, encoder, recipe)
    training = stage_key(key)
    checkpoints = home.checkpoints / training

    def build(folder: Path) -> ModelFacts:
        loaded, targets = read_corpus(corpus), targets_of(home, corpus, recipe.training.distillation)
        sequences = load_tokens(tokens.directory)
        job = training_job(loaded, sequences, targets, encoder.directory, recipe, hardware, checkpoints, compiling)
        with shared_checkpoints(home, training, checkpoints, job.fingerprint):
            result = finetune(job, observers)
        _write(folder / "model", job, loaded, encoder.directory, recipe)
        history = result.history
        write_history(folder, history)
        return ModelFacts(
            encoder=encoder.name,
            adapted=encoder.adapted,
            device=hardware.recorded,
            precision=job.precision,
            examples_per_second=sum(record.examples_per_second for record in history) / len(history),
            best_epoch=result.best_epoch,
            epochs=len(history),
            best=history[result.best_epoch - 1],
        )

    outcome = StageStore(home).get_or_build(ModelRef, FINETUNE_STAGE, key, build)
    remove_checkpoints(home, training, shared=not outcome.cached)  # the model is stored: nothing is resumed
    facts = outcome.value.facts
    figures = {"best": facts.best_epoch, "epochs": facts.epochs, "score": facts.best.dev_macro_f1}
    return replace(outcome, summary=say("stage.finetune", None, **figures))


def training_job(
    corpus: Corpus,
    tokens: TokenSequences,
    targets: NDArray[np.float32] | None,
    encoder: Path,
    recipe: TrainingRecipe,
    hardware: Hardware,
    checkpoints: Path,
    compiling: Compiling,
) -> TrainingJob:
    """The training of a new classifier on a corpus, whose examples `tokens` holds in their order.

    `targets` are those of a distillation, (examples of the train split, classes); None without one.
    """
    train = labelled_tokens(corpus, tokens, "train", checkpoints)
    seed, resample = recipe.training.seed, None
    if recipe.text.bpe_dropout > 0:
        texts = corpus.split("train")["text"].tolist()
        resample = BpeDropout(texts, load_sampling_tokenizer(encoder), recipe.text, seed)
    return TrainingJob(
        model=new_classifier(encoder, corpus.label_map.names, dropout=recipe.training.dropout, seed=seed),
        train=replace(train, targets=targets),
        dev=labelled_tokens(corpus, tokens, "dev", checkpoints),
        recipe=recipe.training,
        hardware=hardware,
        checkpoints=checkpoints,
        resample=resample,
        compiling=compiling,
    )


def labelled_tokens(corpus: Corpus, tokens: TokenSequences, split: Split, folder: Path) -> LabelledTokens:
    """The tokens and labels of a split, in files without a name in `folder`; `tokens` as in `training_job`."""
    rows = np.flatnonzero(corpus.frame["split"] == split)
    return LabelledTokens(tokens.take_mapped(rows, folder), corpus.frame["label"].to_numpy(dtype=np.int64)[rows])


def calibrated(job: TrainingJob, recipe: TrainingRecipe) -> tuple[float, tuple[float, ...]]:
    """The temperature of the trained model and the weights of its labels, in fp32 as it will predict.

    Both are fitted on the development split; there are label weights where the recipe decides by macro-F1. Class
    weights of the loss are then taken out of the model's logits first: they prefer rare labels as the decision does,
    and their probabilities are not calibrated at any temperature.
    """
    if recipe.training.removes_class_weights and (class_weights := job.class_weights) is not None:
        remove_class_weights(job.model, class_weights)
    logits = predict_logits(job.model, job.dev.tokens, device=job.hardware.device, precision="fp32")
    temperature = fit_temperature(require_finite(logits), job.dev.labels)
    if recipe.training.decision != "macro_f1":
        return temperature, ()
    return temperature, fit_label_weights(tempered(logits, temperature), job.dev.labels, job.train.labels)


def _write(folder: Path, job: TrainingJob, corpus: Corpus, encoder: Path, recipe: TrainingRecipe) -> None:
    """Calibrate the trained model, and write its directory."""
    temperature, weights = calibrated(job, recipe)
    form = ModelFormat(
        max_len=recipe.text.max_len,
        labels=corpus.label_map.names,
        temperature=temperature,
        text_columns=recipe.data.text_columns,
        label_weights=weights,
        merged_labels=corpus.merged_labels,
    )
    parts = chain.from_iterable(parts_of(corpus.split(split)["text"]) for split in TRAINING_SPLITS)
    texts = chain.from_iterable(parts)
    write_model(folder, job.model, load_tokenizer(encoder), form, recipe=recipe.of_model(), texts=texts)


def depends_on(corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: all that decides the weights, and the part of the recipe that the model directory records.

    Neither validation texts nor their tokens are part of it: whoever adds rows to them keeps the trained model.
    """
    teacher = {"teacher": teacher_depends_on(corpus)} if recipe.training.distillation else {}
    sampled = {"sampling": SAMPLING_VERSION} if recipe.text.bpe_dropout else {}
    return {
        "version": VERSION,
        "corpus": corpus.learned_digest,
        "tokens": [TOKENS_VERSION, tokens.facts.vocabulary],
        "encoder": encoder.digest,
        "recipe": recipe.of_model(),
        **teacher,
        **sampled,
    }
