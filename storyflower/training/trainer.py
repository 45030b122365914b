"""One training in the making: the model, its optimizer and its schedule, an epoch at a time."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import BertForSequenceClassification

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.model.attention import runs_varlen
from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.inference import predict_logits
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import LabelledTokens, epoch_seed, stratified_batches
from storyflower.training.checkpoint import Checkpoint
from storyflower.training.compiling import WORTHWHILE_FLOP, Compiling, training_flop
from storyflower.training.layout import Part, StaticBatches, StaticShape, TrainingBatch
from storyflower.training.meter import ProgressMeter, diverged
from storyflower.training.objective import Scores, inverse_frequencies, score
from storyflower.training.optimizer import CosineSchedule, restore_optimizer
from storyflower.training.progress import EpochRecord, TrainingPlan
from storyflower.training.ranks import ALONE, Ranks
from storyflower.training.step import Say, TrainingStep

Resample = Callable[[int], TokenSequences]
"""Gives the training tokens of an epoch (from 1): the same examples in the same order, as a function of it alone."""


class Trainer:
    """Trains `model` in place. Nothing random or scheduled depends on what happened before the current epoch."""

    def __init__(
        self,
        model: BertForSequenceClassification,
        train: LabelledTokens,
        dev: LabelledTokens,
        recipe: FinetuneRecipe,
        *,
        hardware: Hardware,
        resample: Resample | None,
        compiling: Compiling,
        say: Say,
        ranks: Ranks = ALONE,
    ) -> None:
        self._model = model.to(hardware.device)  # type: ignore[arg-type]
        self._train, self._dev, self._recipe, self._resample = train, dev, recipe, resample
        self._hardware, self._ranks, self._say = hardware, ranks, say
        self._device = hardware.device
        self._precision = choose_precision(hardware, recipe.precision)
        self._steps_per_epoch = math.ceil(len(train.labels) / recipe.batch_size)
        self._schedule = CosineSchedule.of(recipe, recipe.epochs * self._steps_per_epoch)
        self._micro_batches = 1
        self._shape: StaticShape | None = None
        self._step = TrainingStep(
            model,
            recipe,
            hardware=hardware,
            precision=self._precision,
            class_weights=self._weights() if recipe.class_weights else None,
            compiled=self._pays_to_compile() if compiling == "auto" else compiling == "on",
            ranks=ranks,
            say=say,
        )
        self.history: tuple[EpochRecord, ...] = ()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on after the checkpoint's epoch."""
        self._model.load_state_dict(checkpoint.model)
        restore_optimizer(self._step.optimizer, checkpoint.optimizer)
        if self._step.scaler.is_enabled() and checkpoint.scaler:
            self._step.scaler.load_state_dict(checkpoint.scaler)
        self.history = checkpoint.history

    def checkpoint(self) -> Checkpoint:
        """The state after the last epoch; its tensors are the live ones, not copies."""
        return Checkpoint(
            self._model.state_dict(),
            self._step.optimizer.state_dict(),
            self._step.scaler.state_dict(),
            self.history,
        )

    def close(self) -> None:
        """Give the model back as it was, but for its weights."""
        self._step.close()

    def plan(self) -> TrainingPlan:
        """What is about to be trained."""
        return TrainingPlan(
            hardware=self._hardware,
            precision=self._precision,
            epochs=self._recipe.epochs,
            batch_size=self._recipe.batch_size,
            steps_per_epoch=self._steps_per_epoch,
            examples=len(self._train.labels),
            dev_examples=len(self._dev.labels),
            parameters=sum(p.numel() for p in self._model.parameters() if p.requires_grad),
            history=self.history,
            notes=self._notes(),
        )

    def run_epoch(self, meter: ProgressMeter) -> EpochRecord:
        """Train one more epoch, and judge it on the development split.

        Raises:
            StoryFlowerError: the loss is no longer finite, or one example at a time is too much for the memory.
            EncoderError: resampled tokens do not fit the encoder.
        """
        epoch = len(self.history) + 1
        examples = self._examples_of(epoch)
        lengths, batch_size = examples.tokens.lengths, self._recipe.batch_size
        order = stratified_batches(lengths, batch_size, seed=self._recipe.seed, epoch=epoch)
        batches, setup = self._ready(examples, order, meter)
        torch.manual_seed(epoch_seed(self._recipe.seed, epoch) + self._ranks.index)
        rate = 0.0
        self._model.train()
        meter.begin_epoch(epoch)
        for i in range(len(order)):
            rate = self._schedule.apply(self._step.optimizer, (epoch - 1) * self._steps_per_epoch + i)
            pause = 0.0
            while (seconds := self._take([part[i] for part in batches])) is None:
                batches, waited = self._ready(examples, order, meter)
                pause += waited
            pause += seconds
            meter.pause(pause)
            setup += pause
            meter.count(batches[0].examples[i], learning_rate=rate)

        judged = time.perf_counter()
        dev = self._judge()
        if not math.isfinite(dev.loss):  # the last step of an epoch can be the one that went wrong
            raise diverged(epoch * self._steps_per_epoch)
        record = EpochRecord(
            epoch=epoch,
            train_loss=meter.epoch_loss,
            train_accuracy=meter.epoch_accuracy,
            dev_loss=dev.loss,
            dev_accuracy=dev.accuracy,
            dev_macro_f1=dev.macro_f1,
            learning_rate=rate,
            examples_per_second=len(self._train.labels) / meter.epoch_seconds,
            seconds=meter.epoch_seconds,
            dev_seconds=time.perf_counter() - judged,
            setup_seconds=setup,
        )
        self.history += (record,)
        return record

    def _take(self, parts: list[TrainingBatch]) -> float | None:
        """Learn from one batch; None where that takes too much memory, and smaller micro-batches are to be made ready.

        They are made ready elsewhere: while the error is handled, it holds all that the failed pass had computed.
        """
        try:
            return self._step.take(parts)
        except torch.OutOfMemoryError as error:
            self._halve_micro_batches(error)
            return None

    def _ready(
        self, examples: LabelledTokens, order: NDArray[np.int64], meter: ProgressMeter
    ) -> tuple[list[StaticBatches], float]:
        """An epoch's batches, in as many parts as there are micro-batches; and the seconds that a new shape took."""
        while True:
            parts = self._ranks.count * self._micro_batches
            shape = StaticShape.of(examples.tokens.lengths, self._recipe.batch_size, parts)
            mine = range(self._ranks.index, parts, self._ranks.count)
            pad_id, device = self._model.config.pad_token_id, self._device
            batches = [StaticBatches(examples, order, shape, Part(i, parts), device, pad_id=pad_id) for i in mine]
            if shape == self._shape:
                return batches, 0.0
            self._model.train()
            try:
                seconds = self._step.prepare(shape, batches[0][0], meter.sums)
            except torch.OutOfMemoryError as error:
                self._halve_micro_batches(error)
                continue
            self._shape = shape
            return batches, seconds

    def _halve_micro_batches(self, error: torch.OutOfMemoryError) -> None:
        """Give each forward pass half as many examples; the gradients of all of them make one step, as before."""
        rows = min(self._recipe.batch_size, len(self._train.labels))
        together = -(-rows // self._micro_batches)
        if self._ranks.count > 1 or together == 1:
            raise problem(
                StoryFlowerError, "no_memory_for_batch", self._hardware.describe(), together=together
            ) from error
        self._micro_batches *= 2
        smaller = -(-rows // self._micro_batches)
        self._say(say("training.smaller_batches", together=together, rows=smaller, parts=self._micro_batches))

    def _judge(self) -> Scores:
        """Scores on the development split, of which each rank predicts its share; compiled code is for training."""
        share = np.arange(self._ranks.index, len(self._dev.labels), self._ranks.count)
        with torch.compiler.set_stance("force_eager"):
            tokens = self._dev.tokens.take(share)
            mine = predict_logits(self._model, tokens, device=self._device, precision=self._precision)
        return score(self._ranks.joined(mine, len(self._dev.labels)), self._dev.labels)

    def _examples_of(self, epoch: int) -> LabelledTokens:
        if self._resample is None:
            return self._train
        tokens = self._resample(epoch)
        if len(tokens) != len(self._train.labels):
            raise ValueError(f"{len(tokens)} resampled texts for {len(self._train.labels)} labels")
        require_fitting(self._model, tokens)
        return replace(self._train, tokens=tokens)

    def _pays_to_compile(self) -> bool:
        """Whether the whole training is long enough; with resampled texts every epoch would need another shape."""
        tokens = len(self._train.tokens.ids) * self._recipe.epochs
        return self._resample is None and training_flop(self._model, tokens) >= WORTHWHILE_FLOP[self._device]

    def _weights(self) -> Tensor:
        return torch.from_numpy(inverse_frequencies(self._train.labels, self._model.num_labels)).to(self._device)

    def _notes(self) -> tuple[str, ...]:
        dropout = self._model.config.attention_probs_dropout_prob
        if dropout and runs_varlen(torch.device(self._device), autocast_dtype(self._precision)):
            return (f"the encoder's attention dropout of {dropout} is left out: attention without padding has none",)
        return ()
