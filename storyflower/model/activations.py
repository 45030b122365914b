"""Activation functions by Transformers' names; those of published encoders without importing Transformers."""

from collections.abc import Callable
from typing import cast

from torch import Tensor
from torch.nn.functional import gelu, relu, silu

Activation = Callable[[Tensor], Tensor]


def _gelu_tanh(x: Tensor) -> Tensor:
    """GELU's approximation by tanh (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415)."""
    return gelu(x, approximate="tanh")


_USUAL: dict[str, Activation] = {"gelu": gelu, "gelu_pytorch_tanh": _gelu_tanh, "relu": relu, "silu": silu}


def is_known(name: str) -> bool:
    """Whether Transformers has an activation function of this name."""
    if name in _USUAL:
        return True
    from transformers.activations import ACT2FN

    return name in ACT2FN


def activation(name: str) -> Activation:
    """The function of a known name."""
    if name in _USUAL:
        return _USUAL[name]
    from transformers.activations import ACT2FN

    return cast(Activation, ACT2FN[name])
