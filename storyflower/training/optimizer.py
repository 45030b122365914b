"""AdamW and its learning rate, as in the original notebook."""

import math
import re
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import AdamW

from storyflower.recipe_parts import FinetuneRecipe

UNDECAYED = ("bias", "LayerNorm.weight")
"""Parameters whose name ends with one of these have no weight decay."""

RATE_SCALE = "rate_scale"
"""Key of a parameter group: its share of the schedule's rate. Optimizers of earlier checkpoints are without it: 1."""

_NO_DIVISION_BY_ZERO = 1e-6
"""As in `clip_grad_norm_`."""


def build_optimizer(model: torch.nn.Module, recipe: FinetuneRecipe) -> AdamW:
    """Fused AdamW over the parameters, on their device; biases and LayerNorm weights do not decay.

    With a `layer_decay` below 1 every layer has groups of its own, whose rate is that of the layer above times it
    (Howard & Ruder 2018, https://arxiv.org/abs/1801.06146; per layer as in ELECTRA, https://arxiv.org/abs/2003.10555).
    On a GPU the learning rates are tensors there, so that a step can be recorded as a CUDA graph.
    """
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    device = named[0][1].device
    on_gpu = device.type == "cuda"
    rate = torch.tensor(recipe.learning_rate, device=device) if on_gpu else recipe.learning_rate
    top = 1 + max((depth for name, _ in named if (depth := _depth(name)) is not None), default=0)
    grouped: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in named:
        depth = _depth(name)
        below = 0 if recipe.layer_decay == 1 else top - (top if depth is None else depth)
        grouped.setdefault((below, name.endswith(UNDECAYED)), []).append(parameter)
    groups = [
        {
            "params": parameters,
            "weight_decay": 0.0 if undecayed else recipe.weight_decay,
            RATE_SCALE: recipe.layer_decay**below,
            "lr": rate.clone() if isinstance(rate, Tensor) else rate,
        }
        for (below, undecayed), parameters in sorted(grouped.items(), key=lambda group: group[0])
    ]
    return AdamW(groups, lr=rate, fused=True, capturable=on_gpu)


def _depth(name: str) -> int | None:
    """The layer of a parameter, from 0 for the embeddings and 1 for the lowest layer; None for what is above all."""
    layer = re.search(r"\.layer\.(\d+)\.", name)
    return int(layer[1]) + 1 if layer else 0 if ".embeddings" in name else None


def restore_optimizer(optimizer: AdamW, state: dict[str, Any]) -> None:
    """Load a state of `optimizer.state_dict()`; the learning rate stays the object that this optimizer uses."""
    rates = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def clip_in_step(optimizer: AdamW, max_norm: float) -> None:
    """Let the next step of a fused AdamW scale all gradients down to an L2 norm of `max_norm`, if theirs is larger.

    Its kernel divides by `grad_scale` when it reads the gradients, where PyTorch's `clip_grad_norm_` reads and writes
    all of them once more; the weights are equal to rounding. Gradients of a loss scaler must have been unscaled.
    """
    parameters = (p for group in optimizer.param_groups for p in group["params"])
    norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
    optimizer.grad_scale = ((norm + _NO_DIVISION_BY_ZERO) / max_norm).clamp(min=1.0)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class CosineSchedule:
    """A linear rise from 0 to `peak`, then half a cosine down to 0.

    The same values as Transformers' `get_cosine_schedule_with_warmup`, as a function of the step alone, so
    that a resumed training has no schedule to restore.
    """

    peak: float
    warmup_steps: int
    total_steps: int

    @classmethod
    def of(cls, recipe: FinetuneRecipe, total_steps: int) -> "CosineSchedule":
        """The recipe's schedule over `total_steps`."""
        return cls(recipe.learning_rate, int(total_steps * recipe.warmup_share), total_steps)

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        if step < self.warmup_steps:
            return self.peak * step / max(1, self.warmup_steps)
        progress = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
        return self.peak * max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))

    def apply(self, optimizer: AdamW, step: int) -> float:
        """Set the rates of a step, counted from 0, and return that of the topmost layers."""
        rate = self.rate(step)
        for group in optimizer.param_groups:
            scaled = rate * group.get(RATE_SCALE, 1.0)
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(scaled)
            else:
                group["lr"] = scaled
        return rate
