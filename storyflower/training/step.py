"""One optimizer step, in the fastest form that the hardware supports: compiled, recorded, in parts, or eager."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from storyflower.errors import StoryFlowerError, first_line
from storyflower.messages import problem, say
from storyflower.model.attention import head_width, runs_varlen
from storyflower.model.devices import autocast, autocast_dtype
from storyflower.model.dropout import DropoutMasks
from storyflower.model.families import Network
from storyflower.model.masked_language import MaskedBatch, masked_logits
from storyflower.model.packing import PackedBatch, packed_logits
from storyflower.training.compiling import compile_layers, undo_compiling
from storyflower.training.graphs import RecordedStep, on_side_stream, side_stream
from storyflower.training.job import Job
from storyflower.training.layout import TrainingBatch
from storyflower.training.objective import divergences_of, losses_of
from storyflower.training.optimizer import build_optimizer, clip_in_step
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import StaticShape

log = logging.getLogger(__name__)

STEPS_BEFORE_RECORDING = 3
"""Steps before one is recorded, in which libraries choose kernels and the optimizer creates its state."""

Notify = Callable[[str], None]
"""Passes a message on to the observers of the training."""


class TrainingStep:
    """Updates the weights of the job's model, one batch at a time."""

    def __init__(self, job: Job[Any], *, ranks: Ranks, notify: Notify, compiled: bool) -> None:
        self.compiled = compiled
        """Whether the next preparation compiles; it sets this to False where that fails."""
        self._model, self._recipe, self._ranks, self._notify = job.model, job.recipe, ranks, notify
        self._device, self._precision = job.hardware.device, job.precision
        weights = job.class_weights
        self._class_weights = None if weights is None else torch.from_numpy(weights).to(self._device)
        varlen = runs_varlen(torch.device(self._device), autocast_dtype(self._precision), head_width(job.model.config))
        # The stream of steps that will be recorded; None if they are not.
        self._recording_stream = side_stream() if varlen and ranks.count == 1 else None
        self._recorded: RecordedStep | None = None
        self._steps_in_shape = 0
        self._masks: DropoutMasks | None = None
        self._sums = torch.zeros(0)
        self._alone = _Forward(job.model)
        self._forward = self._alone if ranks.count == 1 else _synchronised(self._alone)
        self.optimizer = build_optimizer(job.model, job.recipe)
        self.scaler = self._new_scaler()

    def prepare(self, shape: StaticShape, example: TrainingBatch, sums: Tensor) -> float:
        """Prepare for batches of a shape without changing the weights, and return the seconds that it took.

        Args:
            shape: of the following batches.
            example: one of them.
            sums: (2,) to which steps add the losses and hits of their predictions.
        """
        began = time.perf_counter()
        self._sums, self._recorded, self._steps_in_shape = sums, None, 0
        if self._device == "cuda":
            torch.cuda.empty_cache()  # memory of another shape, or of a pass that ran out of memory
        else:
            self._drop_masks()
            self._masks = DropoutMasks(self._model, shape.tokens, shape.blocks)
        if not self.compiled:
            return 0.0
        self._notify(say("training.compiling"))
        failure = self._compile(example)
        if self._ranks.total(torch.tensor([float(failure is not None)], device=self._device))[0]:
            self._notify(say("training.not_compiled", reason=failure or say("training.other_rank")))
            undo_compiling(self._model)
            self.compiled = False
        return time.perf_counter() - began

    def take(self, parts: Sequence[TrainingBatch]) -> float:
        """Train on one batch, given in parts of one shape, at the learning rate of the optimizer.

        Returns:
            Seconds spent on recording the step, 0 for most steps.

        Raises:
            torch.OutOfMemoryError: the weights are unchanged, and smaller parts may be tried.
        """
        if self._recorded:
            self._recorded(parts[0])
            return 0.0
        if not self._recording_stream or len(parts) > 1:
            self._learn(parts)
            return 0.0
        if self._steps_in_shape == STEPS_BEFORE_RECORDING:
            seconds = self._record(parts[0], self._recording_stream)
            self.take(parts)
            return seconds
        with on_side_stream(self._recording_stream):
            self._learn(parts)
        self._steps_in_shape += 1
        return 0.0

    def close(self) -> None:
        """Remove compiled code and dropout masks from the model."""
        undo_compiling(self._model)
        self._drop_masks()
        self._recorded = None

    def _compile(self, example: TrainingBatch) -> str | None:
        """Compile the layers by a pass over a batch, and return why that failed; None if it did not.

        The ranks do not exchange gradients in it, so that none waits for one whose compiler fails.
        """
        compile_layers(self._model)
        synchronised, self._forward = self._forward, self._alone
        try:
            with torch.random.fork_rng(devices=[torch.cuda.current_device()] if self._device == "cuda" else []):
                self._backward(example)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # compilers and drivers raise exceptions of many types
            log.debug("compiling failed", exc_info=True)
            return first_line(error)
        finally:
            self._forward = synchronised
            self.optimizer.zero_grad()
        return None

    def _learn(self, parts: Sequence[TrainingBatch]) -> None:
        try:
            figures = torch.stack([self._backward(part) for part in parts]).sum(dim=0)
        except torch.OutOfMemoryError:
            self.optimizer.zero_grad()
            raise
        self._sums += figures
        try:
            self.scaler.unscale_(self.optimizer)
            clip_in_step(self.optimizer, self._recipe.max_grad_norm)
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.optimizer.zero_grad()
        except torch.OutOfMemoryError as error:  # smaller micro-batches would not help
            raise problem(StoryFlowerError, "no_memory_for_optimizer", self._device) from error

    def _backward(self, part: TrainingBatch) -> Tensor:
        """Add the gradients of a part; returns (2,): the sum of its losses, and the number of correct predictions.

        These losses are the cross-entropies against the labels alone, as on the development split, also where targets
        are distributions, classes have weights or a divergence is added to them.

        In R-Drop (Liang et al. 2021, https://arxiv.org/abs/2106.14448) both passes have gradients. Here the first has
        none: the passes are alike, so what is left is half of the gradient that both have together, on average, as in
        the mean over both passes. It is a third more work than one pass instead of twice as much.
        """
        rdrop = self._recipe.rdrop
        with torch.no_grad():
            others = self._logits(part) if rdrop else None
        logits = self._logits(part)
        losses = losses_of(logits, part.targets, self._class_weights)
        if others is not None:
            losses = losses + rdrop * divergences_of(logits, others)
        # DistributedDataParallel averages the gradients of the ranks, which have to be added up.
        loss = (losses * part.shares).sum() * self._ranks.count
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        counts, losses, logits = part.shares > 0, losses.detach(), logits.detach()
        if self._class_weights is not None or part.targets.is_floating_point() or rdrop:
            # 0 times the loss that was optimised: where that is not finite, neither is what is reported.
            losses = losses_of(logits, part.labels, None) + 0 * losses
        hits = (logits.argmax(dim=1) == part.labels) & counts
        return torch.stack([(losses * counts).sum(), hits.sum()])

    def _logits(self, part: TrainingBatch) -> Tensor:
        """(n, classes) of a pass with dropout masks of its own."""
        if self._masks:
            self._masks.draw()
        with autocast(self._device, self._precision):
            logits: Tensor = self._forward(part.packed)
        return logits

    def _record(self, example: TrainingBatch, stream: torch.cuda.Stream) -> float:
        torch.cuda.synchronize()  # earlier steps are not part of the measured time
        began, scaling = time.perf_counter(), self.scaler.state_dict()
        try:
            self._recorded = RecordedStep(lambda batch: self._learn([batch]), example, stream)
        except (RuntimeError, StoryFlowerError) as error:
            log.debug("recording failed", exc_info=True)
            cause = first_line(error.__context__ or error)  # the cause, not the error that the recording is invalid
            self._notify(say("training.not_recorded", reason=cause))
            self._recording_stream = None
            self.optimizer.zero_grad()
            self.scaler = self._new_scaler()  # the former one may have unscaled already, and would refuse to again
            self.scaler.load_state_dict(scaling)
        return time.perf_counter() - began

    def _new_scaler(self) -> torch.amp.GradScaler:
        return torch.amp.GradScaler(self._device, enabled=self._precision == "fp16")

    def _drop_masks(self) -> None:
        if self._masks:
            self._masks.remove()
            self._masks = None


class _Forward(torch.nn.Module):
    """The packed forward pass as a module, as DistributedDataParallel requires."""

    def __init__(self, model: Network) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: PackedBatch) -> Tensor:
        model: Any = self.model
        return masked_logits(model, batch) if isinstance(batch, MaskedBatch) else packed_logits(model, batch)


def _synchronised(forward: _Forward) -> DistributedDataParallel:
    """The pass whose gradients are those of all ranks together."""
    synchronised = DistributedDataParallel(forward, gradient_as_bucket_view=True)
    synchronised.require_forward_param_sync = False  # the only buffers are constants, broadcast at construction
    return synchronised
