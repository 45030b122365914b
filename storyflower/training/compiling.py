"""torch.compile of a BERT's layers: one graph serves them all, so that it takes seconds and not minutes."""

from typing import Literal

import torch
from transformers import BertForSequenceClassification

Compiling = Literal["auto", "on", "off"]
"""`auto` compiles where the training is long enough to win back the time that compiling takes."""

WORTHWHILE_FLOP = {"cpu": 1e14, "cuda": 2e15}
"""Floating-point operations of a training from which on compiling pays: about 2 minutes on 2 cores, 100 s on a T4."""


def training_flop(model: BertForSequenceClassification, tokens: int) -> float:
    """Floating-point operations to train on so many tokens: 6 for each of the layers' weights (Kaplan et al. 2020).

    Attention's products of tokens with tokens are left out: less than a twentieth at 64 tokens and KoBERT's width.
    """
    weights = sum(p.numel() for p in model.bert.encoder.parameters() if p.dim() == 2)
    return 6.0 * weights * tokens


def compile_layers(model: BertForSequenceClassification) -> None:
    """Have the layers compiled at their first call, for one shape."""
    for layer in model.bert.encoder.layer:
        layer.forward = torch.compile(layer.forward, fullgraph=True, dynamic=False)


def undo_compiling(model: BertForSequenceClassification) -> None:
    """Give the layers their own forward back; nothing happens where they have it."""
    for layer in model.bert.encoder.layer:
        vars(layer).pop("forward", None)
