"""The epochs of a training: the model, its optimizer and its schedule, advanced one epoch at a time."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Generic

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.model.families import family_of
from storyflower.training.batches import epoch_seed, stratified_batches
from storyflower.training.checkpoint_files import Checkpoint, best_epoch
from storyflower.training.compile_choice import CompileChoice
from storyflower.training.compile_costs import CompileCosts
from storyflower.training.job import EpochExamples, Job, steps_per_epoch
from storyflower.training.layout import EpochBatches, TrainingBatch
from storyflower.training.meter import ProgressMeter, diverged
from storyflower.training.optimizer import CosineSchedule, restore_optimizer
from storyflower.training.progress import R, TrainedEpoch
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import Part, StaticShape
from storyflower.training.step import Notify, TrainingStep


class Trainer(Generic[R]):
    """Trains the job's model in place.

    Random numbers and learning rates of an epoch depend on its number alone, and not on the epochs before it.
    """

    def __init__(self, job: Job[R], *, ranks: Ranks, notify: Notify) -> None:
        self._job, self._recipe, self._ranks, self._notify = job, job.recipe, ranks, notify
        self._device = job.hardware.device
        self._model = job.model.to(self._device)  # type: ignore[arg-type]
        self._steps_per_epoch = steps_per_epoch(job)
        self._steps_total = job.recipe.epochs * self._steps_per_epoch
        self._schedule = CosineSchedule.of(job.recipe, self._steps_total)
        self._micro_batches = 1
        self._shape: StaticShape | None = None
        # For resampled texts, whose lengths differ a little from epoch to epoch: the shape of the epochs so far.
        self._kept_shape: StaticShape | None = None
        self._choice = CompileChoice(job, ranks, CompileCosts())
        self._step = TrainingStep(job, ranks=ranks, notify=notify, compiled=bool(self._choice.compiled))
        self.history: tuple[R, ...] = ()
        # On the device. Allocated before the first batch, which is made smaller where memory runs out.
        self._best = {name: tensor.clone() for name, tensor in self._model.state_dict().items()}

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are done, or the recipe's patience has passed since the best one."""
        done, patience = len(self.history), self._recipe.early_stopping_patience
        stalled = bool(done) and patience is not None and done - best_epoch(self.history) >= patience
        return done >= self._recipe.epochs or stalled

    def restore(self, checkpoint: Checkpoint[R], best: Mapping[str, Tensor]) -> None:
        """Load a checkpoint and the weights of its best epoch; the next epoch is the one after it."""
        self._model.load_state_dict(checkpoint.model)
        if checkpoint.optimizer:
            restore_optimizer(self._step.optimizer, checkpoint.optimizer)
        if self._step.scaler.is_enabled() and checkpoint.scaler:
            self._step.scaler.load_state_dict(checkpoint.scaler)
        self.history = checkpoint.history
        self._keep_as_best(best)
        if checkpoint.shape:
            self._kept_shape = StaticShape(**checkpoint.shape)
        if self._job.compiling == "auto" and checkpoint.compiled is not None:
            self._choice.compiled = self._step.compiled = checkpoint.compiled

    def checkpoint(self) -> Checkpoint[R]:
        """The state after the last epoch; its tensors are not copied."""
        return Checkpoint(
            self._model.state_dict(),
            {} if self.is_finished else self._step.optimizer.state_dict(),
            self._step.scaler.state_dict(),
            self.history,
            best=None if best_epoch(self.history) == len(self.history) else self._best,
            compiled=self._choice.compiled,
            shape=asdict(self._kept_shape) if self._kept_shape else None,
        )

    def take_best_weights(self) -> None:
        """Give the model the best epoch's weights."""
        self._model.load_state_dict(self._best)

    def _keep_as_best(self, weights: Mapping[str, Tensor]) -> None:
        for name, tensor in self._best.items():
            tensor.copy_(weights[name])

    def close(self) -> None:
        """Remove from the model everything that training has added to it, except its weights."""
        self._step.close()

    def run_epoch(self, meter: ProgressMeter) -> R:
        """Train one more epoch, and evaluate it.

        Raises:
            StoryFlowerError: the loss is no longer finite, or the memory is too small for one example at a time.
            EncoderError: resampled tokens do not fit the encoder.
        """
        epoch = len(self.history) + 1
        examples = self._job.examples_of(epoch)
        order = stratified_batches(examples.lengths, self._recipe.batch_size, seed=self._recipe.seed, epoch=epoch)
        batches, setup = self._ready(examples, order, meter)
        torch.manual_seed(epoch_seed(self._recipe.seed, epoch) + self._ranks.index)
        rate = 0.0
        self._model.train()
        meter.begin_epoch(epoch)
        for i in range(len(order)):
            done = (epoch - 1) * self._steps_per_epoch + i
            rate = self._schedule.apply(self._step.optimizer, done)
            pause = 0.0
            if self._shape is None:
                batches, pause = self._ready(examples, order, meter)
            while (seconds := self._take([part[i] for part in batches])) is None:
                batches, waited = self._ready(examples, order, meter)
                pause += waited
            pause += seconds
            meter.pause(pause)
            setup += pause
            meter.count(batches[0].examples[i], learning_rate=rate, predictions=batches[0].predictions[i])
            if self._choice.decide(done + 1, self._steps_total - done - 1, batches[0].shape):
                self._step.compiled, self._shape = True, None  # the next step needs another preparation

        trained = TrainedEpoch(
            epoch=epoch,
            loss=meter.epoch_loss,
            accuracy=meter.epoch_accuracy,
            learning_rate=rate,
            examples_per_second=self._job.examples / meter.epoch_seconds,
            seconds=meter.epoch_seconds,
            setup_seconds=setup,
        )
        record = self._job.evaluated(trained, self._ranks)
        if not math.isfinite(record.loss):  # the last step of the epoch may have diverged
            raise diverged(epoch * self._steps_per_epoch)
        self.history += (record,)
        if best_epoch(self.history) == epoch:
            self._keep_as_best(self._model.state_dict())
        return record

    def _take(self, parts: list[TrainingBatch]) -> float | None:
        """Train on one batch and return the seconds spent on recording the step, or None if memory ran out.

        After None the caller must call `_ready` again, for smaller micro-batches. That is not done here, because the
        exception keeps the tensors of the failed pass alive while it is handled.
        """
        try:
            with self._choice.timed():
                return self._step.take(parts)
        except torch.OutOfMemoryError as error:
            self._halve_micro_batches(error)
            return None

    def _ready(
        self, examples: EpochExamples, order: NDArray[np.int64], meter: ProgressMeter
    ) -> tuple[list[EpochBatches], float]:
        """The batches of an epoch, one part per micro-batch, and the seconds spent on preparing a new shape."""
        while True:
            parts = self._ranks.count * self._micro_batches
            shape = self._shape_of(examples.lengths, parts)
            mine = range(self._ranks.index, parts, self._ranks.count)
            batches = [examples.lay_out(order, shape, Part(i, parts)) for i in mine]
            if shape == self._shape:
                return batches, 0.0
            self._model.train()
            try:
                seconds = self._step.prepare(shape, batches[0][0], meter.sums)
            except torch.OutOfMemoryError as error:
                self._halve_micro_batches(error)
                continue
            self._shape = shape
            if self._step.compiled:
                self._choice.note_compiled(seconds, shape)
            return batches, seconds

    def _shape_of(self, lengths: NDArray[np.int64], parts: int) -> StaticShape:
        """The shape of an epoch's batches: for resampled texts that of the epochs before, as long as they fit in."""
        batch_size, config = self._recipe.batch_size, self._model.config
        if not self._job.is_resampled:
            return StaticShape.of(lengths, batch_size, parts)
        if self._kept_shape is None or not self._kept_shape.holds(lengths, batch_size, parts):
            positions = family_of(config).positions(config)
            self._kept_shape = StaticShape.of(lengths, batch_size, parts, changing_up_to=positions)
        return self._kept_shape

    def _halve_micro_batches(self, error: torch.OutOfMemoryError) -> None:
        """Halve the examples of a forward pass; a step still uses the gradients of the whole batch."""
        rows = min(self._recipe.batch_size, self._job.examples)
        together = -(-rows // self._micro_batches)
        if self._ranks.count > 1 or together == 1:
            raise problem(
                StoryFlowerError, "no_memory_for_batch", self._job.hardware.describe(), together=together
            ) from error
        self._micro_batches *= 2
        smaller = -(-rows // self._micro_batches)
        self._notify(say("training.smaller_batches", together=together, rows=smaller, parts=self._micro_batches))
