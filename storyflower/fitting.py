"""Fine-tuning from files to files: corpus, tokens and encoder in, a model directory that can be served out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from transformers import BertForSequenceClassification

from storyflower.data.corpus import Corpus, load_corpus
from storyflower.evaluation.calibration import fit_temperature
from storyflower.model.classifier import new_classifier, save_classifier
from storyflower.model.devices import Hardware
from storyflower.model.inference import predict_logits
from storyflower.recipe import TrainingRecipe
from storyflower.serving.predictor import SERVING_FILE
from storyflower.text.tokenizer import KoBertTokenizer, Sampling
from storyflower.text.tokens import TokenSequences, load_tokens
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
    )
    temperature = _temperature(model, dev, hardware)
    serving = {"max_len": recipe.text.max_len, "labels": list(names), "temperature": temperature}
    extra = {SERVING_FILE: _json(serving), "recipe.json": recipe.model_dump_json(indent=1)}
    save_classifier(model, folder, spiece=encoder / "spiece.model", extra=extra)
    return result


def _temperature(model: BertForSequenceClassification, dev: LabelledTokens, hardware: Hardware) -> float:
    """What the model's answers are calibrated by, from logits in fp32, as it will answer."""
    logits = predict_logits(model, dev.tokens, device=hardware.device, precision="fp32")
    return fit_temperature(logits, dev.labels)


def _labelled(corpus: Corpus, tokens: TokenSequences, split: str) -> LabelledTokens:
    rows = np.flatnonzero(corpus.frame["split"] == split)
    return LabelledTokens(tokens.take(rows), corpus.frame["label"].to_numpy(dtype=np.int64)[rows])


def _resampler(corpus: Corpus, encoder: Path, recipe: TrainingRecipe) -> Callable[[int], TokenSequences] | None:
    """Draws the training texts' pieces anew for an epoch, where the recipe asks for BPE-dropout."""
    if recipe.text.bpe_dropout == 0:
        return None
    tokenizer = KoBertTokenizer(encoder / "spiece.model")
    texts = corpus.split("train")["text"].tolist()

    def resample(epoch: int) -> TokenSequences:
        seed = recipe.training.seed * 1_000 + epoch
        sampling = Sampling(alpha=recipe.text.bpe_dropout, nbest_size=recipe.text.nbest_size, seed=seed)
        return tokenizer.encode_batch(texts, recipe.text.max_len, sampling=sampling)

    return resample


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
