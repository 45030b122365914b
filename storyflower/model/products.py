"""Linear layers for prediction, in the fastest form that the device has."""

import torch
from torch import Tensor
from torch.nn.functional import linear

from storyflower.model.activations import activation

_FUSED = {"gelu": "none", "gelu_pytorch_tanh": "tanh"}
"""Activations that oneDNN computes in the kernel of the product, by Transformers' names, with its names of the ways."""
_ROWS = 256
"""The number of tokens for which oneDNN chooses the order of the weights; others run with the same order."""


class Product:
    """A linear layer, and the activation after it.

    In bf16 on the CPU, PyTorch's `linear` has oneDNN reorder the weights at each call, which for one sentence takes as
    long as the product. Here they are stored reordered, as `torch.compile` does it when it freezes a model.

    Args:
        weight: (outputs, inputs), fp32.
        bias: (outputs,), fp32.
        device: where to compute.
        dtype: of the operands and of the result.
        then: the activation after it, by Transformers' name; none by default.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, device: torch.device, dtype: torch.dtype, then: str | None = None
    ) -> None:
        self._bias = bias.to(device, dtype)
        weight = weight.to(device, dtype)
        self._is_reordered = device.type == "cpu" and dtype == torch.bfloat16 and _has_kernels()
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS) if self._is_reordered else weight
        self._fused = _FUSED.get(then or "") if self._is_reordered else None
        self._then = activation(then) if then and self._fused is None else None

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to rows of the layer's type, (n, inputs); returns (n, outputs)."""
        if self._is_reordered:
            kind = "none" if self._fused is None else "gelu"
            result: Tensor = torch.ops.mkldnn._linear_pointwise(
                x, self._weight, self._bias, kind, [], self._fused or ""
            )
        else:
            result = linear(x, self._weight, self._bias)
        return result if self._then is None else self._then(result)


def _has_kernels() -> bool:
    """Whether PyTorch was built with oneDNN, and the processor has what its bf16 kernels need."""
    return torch._C._has_mkldnn and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
