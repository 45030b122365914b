"""StoryFlower with one improvement taken away at a time, so that the share of each is seen.

What the recipe or the engine can switch is switched; the rest is swapped from here, so that the product needs no
options that only a benchmark would use. A name that the engine no longer has is an error, never a silent no-op.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import BertForSequenceClassification

from storyflower.model.packing import PackedBatch
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.text.sentencepiece import PAD_ID
from storyflower.training import epochs, layout, optimizer, step, trainer
from storyflower.training.compiling import Compiling

Swap = tuple[ModuleType, str, Any]
"""A module, a name in it, and what stands there instead."""


@dataclass(frozen=True)
class Ablation:
    """A training without one improvement."""

    without: str
    """The improvement, in words."""
    precision: Precision = "auto"
    compiling: Compiling = "on"
    log_every: int = 100
    swaps: list[Swap] = field(default_factory=list)
    only_on: Literal["cpu", "cuda"] | None = None
    """Where there is that improvement at all."""

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Swap for the duration of a training."""
        with ExitStack() as stack:
            for swap in self.swaps:
                stack.enter_context(_swapped(*swap))
            yield


def padded_logits(model: BertForSequenceClassification, batch: PackedBatch) -> Tensor:
    """In the place of `packed_logits`: the same batch, padded to its longest text."""
    ids, positions = batch.input_ids[0], batch.position_ids[0]
    texts, width = len(batch), max(longest for _, longest in batch.blocks)
    row = torch.bucketize(torch.arange(len(ids), device=ids.device), batch.cu_seqlens[1:], right=True)
    place = row * width + positions
    padded = torch.full((texts * width,), PAD_ID, device=ids.device).index_copy(0, place, ids)
    mask = torch.zeros_like(padded).index_fill(0, place, 1)
    logits: Tensor = model(input_ids=padded.view(texts, width), attention_mask=mask.view(texts, width)).logits
    return logits.float()


class NoBits:
    """In the place of `DropoutMasks`: the model keeps PyTorch's own dropouts."""

    def __init__(self, *_: object) -> None:
        pass

    def draw(self) -> None:
        """Nothing to draw."""

    def remove(self) -> None:
        """Nothing to give back."""


def random_batches(
    lengths: NDArray[np.int64],
    batch_size: int,
    *,
    seed: int = 0,  # noqa: ARG001 - the same batches in every epoch, so that their shape is known before the first
    epoch: int = 0,  # noqa: ARG001
) -> NDArray[np.int64]:
    """In the place of `stratified_batches`: batches drawn without regard to length, each sorted by it."""
    rows = min(len(lengths), batch_size)
    order = np.random.default_rng(0).permutation(len(lengths))
    batches = np.pad(order, (0, -len(order) % rows), constant_values=-1).reshape(-1, rows)
    by_length = np.argsort(np.where(batches < 0, 0, lengths[batches]), axis=1, kind="stable")
    return np.take_along_axis(batches, by_length, axis=1)


def random_bounds(lengths: NDArray[np.int64], batch_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """In the place of `stratum_bounds`: how short and how long the i-th text of those batches can be."""
    batches = random_batches(lengths, batch_size)
    of_rows = np.where(batches < 0, 1, lengths[batches])
    return of_rows.min(axis=0), of_rows.max(axis=0)


def plain_optimizer(model: torch.nn.Module, recipe: FinetuneRecipe) -> torch.optim.AdamW:
    """In the place of `build_optimizer`: AdamW as PyTorch chooses it where nothing is asked for."""
    fused = optimizer.build_optimizer(model, recipe)
    groups = [{name: group[name] for name in ("params", "weight_decay")} for group in fused.param_groups]
    return torch.optim.AdamW(groups, lr=fused.defaults["lr"], capturable=fused.defaults["capturable"])


_TORCH_DROPOUT: Swap = (step, "DropoutMasks", NoBits)

ABLATIONS: dict[str, Ablation] = {
    "fp32": Ablation("16-bit matrix products; on GPUs also varlen attention and CUDA graphs", precision="fp32"),
    "eager": Ablation("compiling", compiling="off"),
    "memory": Ablation("memory kept", swaps=[(epochs, "keeping_freed_memory", nullcontext)], only_on="cpu"),
    "padded": Ablation("packing", swaps=[(step, "packed_logits", padded_logits), _TORCH_DROPOUT]),
    "random-batches": Ablation(
        "length-stratified batches",
        swaps=[(trainer, "stratified_batches", random_batches), (layout, "stratum_bounds", random_bounds)],
    ),
    "plain-adamw": Ablation("fused AdamW", swaps=[(step, "build_optimizer", plain_optimizer)]),
    "synced": Ablation("figures left on the device", log_every=1),
    "torch-dropout": Ablation("dropout from bits drawn at once", swaps=[_TORCH_DROPOUT], only_on="cpu"),
    "unrecorded": Ablation("CUDA graphs", swaps=[(step, "runs_varlen", lambda *_: False)], only_on="cuda"),
}


def ablations_on(device: str) -> list[str]:
    """Names of those that take something away there."""
    return [name for name, ablation in ABLATIONS.items() if ablation.only_on in (None, device)]


@contextmanager
def _swapped(module: ModuleType, name: str, value: object) -> Iterator[None]:
    original = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, original)
