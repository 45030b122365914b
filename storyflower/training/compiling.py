"""torch.compile of an encoder's layers; all of them share one graph, so that compiling takes seconds, not minutes."""

from typing import Literal

import torch

from storyflower.model.families import Classifier, encoder_of

Compiling = Literal["auto", "on", "off"]
"""`auto` compiles if the training is long enough to make up for the time that compiling takes."""

WORTHWHILE_FLOP = {"cpu": 1e14, "cuda": 2e15}
"""Floating-point operations above which a training is compiled: about 2 minutes on 2 cores, 100 s on a T4."""


def training_flop(model: Classifier, tokens: int) -> float:
    """Floating-point operations of training on `tokens` tokens: 6 for each of the layers' weights (Kaplan et al. 2020).

    Attention's products of tokens with tokens are left out: less than a twentieth at 64 tokens and KoBERT's width.
    """
    weights: int = sum(p.numel() for p in encoder_of(model).encoder.parameters() if p.dim() == 2)
    return 6.0 * weights * tokens


def compile_layers(model: Classifier) -> None:
    """Make the layers compile at their first call, for one shape."""
    for layer in encoder_of(model).encoder.layer:
        layer.forward = torch.compile(layer.forward, fullgraph=True, dynamic=False)


def undo_compiling(model: Classifier) -> None:
    """Restore the original forward of the layers; does nothing if they are not compiled."""
    for layer in encoder_of(model).encoder.layer:
        vars(layer).pop("forward", None)
