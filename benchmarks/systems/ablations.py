"""StoryFlower without one of its improvements at a time, which shows the share of each.

Where the recipe or the engine has an option it is used; otherwise a name of the engine is replaced, so that the product
needs no options for benchmarks alone. A name that the engine no longer has is an error.
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
from storyflower.training import epochs, optimizer, static_shape, step, trainer
from storyflower.training.compiling import Compiling

Swap = tuple[ModuleType, str, Any]
"""A module, a name in it, and the replacement."""


@dataclass(frozen=True)
class Ablation:
    """A training without one improvement."""

    without: str
    """Description of the improvement."""
    precision: Precision = "auto"
    compiling: Compiling = "on"
    log_every: int = 100
    swaps: list[Swap] = field(default_factory=list)
    only_on: Literal["cpu", "cuda"] | None = None
    """The device that has the improvement; None for both."""

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Replace the names within the block."""
        with ExitStack() as stack:
            for swap in self.swaps:
                stack.enter_context(_swapped(*swap))
            yield


def padded_logits(model: BertForSequenceClassification, batch: PackedBatch) -> Tensor:
    """Instead of `packed_logits`: the same batch, padded to its longest text."""
    ids, positions = batch.input_ids[0], batch.position_ids[0]
    texts, width = len(batch), max(longest for _, longest in batch.blocks)
    row = torch.bucketize(torch.arange(len(ids), device=ids.device), batch.cu_seqlens[1:], right=True)
    place = row * width + positions
    padded = torch.full((texts * width,), PAD_ID, device=ids.device).index_copy(0, place, ids)
    mask = torch.zeros_like(padded).index_fill(0, place, 1)
    logits: Tensor = model(input_ids=padded.view(texts, width), attention_mask=mask.view(texts, width)).logits
    return logits.float()


class NoBits:
    """Instead of `DropoutMasks`: the model keeps PyTorch's dropouts."""

    def __init__(self, *_: object) -> None:
        pass

    def draw(self) -> None:
        """Do nothing."""

    def remove(self) -> None:
        """Do nothing."""


def random_batches(
    lengths: NDArray[np.int64],
    batch_size: int,
    *,
    seed: int = 0,  # noqa: ARG001 - the same batches in every epoch, so that their shape is known before the first
    epoch: int = 0,  # noqa: ARG001
) -> NDArray[np.int64]:
    """Instead of `stratified_batches`: batches drawn independently of length, each sorted by length."""
    rows = min(len(lengths), batch_size)
    order = np.random.default_rng(0).permutation(len(lengths))
    batches = np.pad(order, (0, -len(order) % rows), constant_values=-1).reshape(-1, rows)
    by_length = np.argsort(np.where(batches < 0, 0, lengths[batches]), axis=1, kind="stable")
    return np.take_along_axis(batches, by_length, axis=1)


def random_bounds(lengths: NDArray[np.int64], batch_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instead of `stratum_bounds`: the shortest and the longest i-th text of those batches."""
    batches = random_batches(lengths, batch_size)
    of_rows = np.where(batches < 0, 1, lengths[batches])
    return of_rows.min(axis=0), of_rows.max(axis=0)


def plain_optimizer(model: torch.nn.Module, recipe: FinetuneRecipe) -> torch.optim.AdamW:
    """Instead of `build_optimizer`: AdamW in PyTorch's default implementation."""
    fused = optimizer.build_optimizer(model, recipe)
    groups = [{name: group[name] for name in ("params", "weight_decay")} for group in fused.param_groups]
    return torch.optim.AdamW(groups, lr=fused.defaults["lr"], capturable=fused.defaults["capturable"])


def clip_before_step(optimizer: torch.optim.AdamW, max_norm: float) -> None:
    """Instead of `clip_in_step`: a pass over all gradients."""
    torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], max_norm)


_CLIP_BEFORE: Swap = (step, "clip_in_step", clip_before_step)
_TORCH_DROPOUT: Swap = (step, "DropoutMasks", NoBits)

ABLATIONS: dict[str, Ablation] = {
    "fp32": Ablation("16-bit matrix products; on GPUs also varlen attention and CUDA graphs", precision="fp32"),
    "eager": Ablation("compiling", compiling="off"),
    "memory": Ablation("memory kept", swaps=[(epochs, "keeping_freed_memory", nullcontext)], only_on="cpu"),
    "padded": Ablation("packing", swaps=[(step, "packed_logits", padded_logits), _TORCH_DROPOUT]),
    "random-batches": Ablation(
        "length-stratified batches",
        swaps=[(trainer, "stratified_batches", random_batches), (static_shape, "stratum_bounds", random_bounds)],
    ),
    "plain-adamw": Ablation("fused AdamW", swaps=[(step, "build_optimizer", plain_optimizer), _CLIP_BEFORE]),
    "clipping": Ablation("clipping inside AdamW", swaps=[_CLIP_BEFORE]),
    "synced": Ablation("figures left on the device", log_every=1),
    "torch-dropout": Ablation("dropout from bits drawn at once", swaps=[_TORCH_DROPOUT], only_on="cpu"),
    "unrecorded": Ablation("CUDA graphs", swaps=[(step, "runs_varlen", lambda *_: False)], only_on="cuda"),
}


def ablations_on(device: str) -> list[str]:
    """Names of the ablations that apply to the device."""
    return [name for name, ablation in ABLATIONS.items() if ablation.only_on in (None, device)]


@contextmanager
def _swapped(module: ModuleType, name: str, value: object) -> Iterator[None]:
    original = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, original)
