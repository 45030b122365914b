"""Fine-tuning from files to files: corpus, tokens and encoder in, a model directory that can be served out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import BertForSequenceClassification

from storyflower.data.corpus import Corpus, load_corpus
from storyflower.evaluation.calibration import fit_temperature
from storyflower.model.classifier import new_classifier
from storyflower.model.devices import Hardware
from storyflower.model.directory import ModelFormat, write_model
from storyflower.model.inference import predict_logits, require_finite
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer, load_tokenizer
from storyflower.text.tokenizer import Sampling
from storyflower.text.tokens import TokenSequences, load_tokens
from storyflower.training.compiling import Compiling
from storyflower.training.loop import FinetuneResult, LabelledTokens, finetune
from storyflower.training.progress import Observer


def fit_classifier(
    corpus_folder: Path,
    tokens_folder: Path,
    encoder: Path,
    recipe: TrainingRecipe,
    folder: Path,
    *,
    hardware: Hardware,
    checkpoints: Path,
    observers: Sequence[Observer],
    compiling: Compiling,
) -> FinetuneResult:
    """Fine-tune on the train split, choose the epoch and the temperature on the dev split, write the model to `folder`.

    Raises:
        EncoderError: the encoder's directory does not hold what a classifier needs.
        StoryFlowerError: the loss stops being finite, or a checkpoint cannot be written or belongs elsewhere.
    """
    corpus = load_corpus(corpus_folder)
    tokens = load_tokens(tokens_folder)
    names = corpus.label_map.names
    dev = _labelled(corpus, tokens, "dev")
    model = new_classifier(encoder, names, dropout=recipe.training.dropout, seed=recipe.training.seed)
    result = finetune(
        model,
        _labelled(corpus, tokens, "train"),
        dev,
        recipe.training,
        hardware=hardware,
        checkpoints=checkpoints,
        observers=observers,
        resample=_resampler(corpus, encoder, recipe),
        compiling=compiling,
    )
    temperature = _temperature(model, dev, hardware)
    form = ModelFormat(recipe.text.max_len, names, temperature, recipe.data.text_columns)
    texts = corpus.frame["text"].tolist()
    write_model(folder, model, load_tokenizer(encoder), form, recipe=recipe.of_model(), texts=texts)
    return result


def _temperature(model: BertForSequenceClassification, dev: LabelledTokens, hardware: Hardware) -> float:
    """What the model's answers are calibrated by, from logits in fp32, as it will answer."""
    logits = predict_logits(model, dev.tokens, device=hardware.device, precision="fp32")
    return fit_temperature(require_finite(logits), dev.labels)


def _labelled(corpus: Corpus, tokens: TokenSequences, split: str) -> LabelledTokens:
    rows = np.flatnonzero(corpus.frame["split"] == split)
    return LabelledTokens(tokens.take(rows), corpus.frame["label"].to_numpy(dtype=np.int64)[rows])


def _resampler(corpus: Corpus, encoder: Path, recipe: TrainingRecipe) -> "_Resampler | None":
    if recipe.text.bpe_dropout == 0:
        return None
    load_sampling_tokenizer(encoder)  # one that cannot sample is refused before the first epoch
    return _Resampler(corpus.split("train")["text"].tolist(), encoder, recipe.text, recipe.training.seed)


@dataclass(frozen=True)
class _Resampler:
    """Draws the training texts' pieces anew for an epoch, where the recipe asks for BPE-dropout; picklable."""

    texts: list[str]
    encoder: Path
    recipe: TextRecipe
    seed: int

    def __call__(self, epoch: int) -> TokenSequences:
        sampling = Sampling(
            alpha=self.recipe.bpe_dropout, nbest_size=self.recipe.nbest_size, seed=(self.seed * 1_000 + epoch) % 2**32
        )
        return load_sampling_tokenizer(self.encoder).sample_batch(self.texts, self.recipe.max_len, sampling)
