"""One training in the making: the model, its optimizer and its schedule, an epoch at a time."""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from transformers import BertForSequenceClassification

from storyflower.model.devices import Hardware, autocast, autocast_dtype, choose_precision
from storyflower.model.inference import predict_logits
from storyflower.model.packing import PackedBatch, PackedBatches, packed_logits, require_fitting, runs_varlen
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import LabelledTokens, epoch_seed, stratified_batches
from storyflower.training.checkpoint import Checkpoint
from storyflower.training.meter import ProgressMeter, diverged
from storyflower.training.objective import Scores, inverse_frequencies, mean_loss, score
from storyflower.training.optimizer import CosineSchedule, build_optimizer
from storyflower.training.progress import EpochRecord, TrainingPlan

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
    ) -> None:
        self._model = model.to(hardware.device)  # type: ignore[arg-type]
        self._train, self._dev, self._recipe, self._resample = train, dev, recipe, resample
        self._hardware = hardware
        self._device = hardware.device
        self._precision = choose_precision(hardware, recipe.precision)
        self._steps_per_epoch = math.ceil(len(train.labels) / recipe.batch_size)
        self._optimizer = build_optimizer(model, recipe)
        self._schedule = CosineSchedule.of(recipe, recipe.epochs * self._steps_per_epoch)
        self._scaler = torch.amp.GradScaler(self._device, enabled=self._precision == "fp16")
        self._class_weights = self._weights() if recipe.class_weights else None
        self.history: tuple[EpochRecord, ...] = ()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on after the checkpoint's epoch."""
        self._model.load_state_dict(checkpoint.model)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        if self._scaler.is_enabled() and checkpoint.scaler:
            self._scaler.load_state_dict(checkpoint.scaler)
        self.history = checkpoint.history

    def checkpoint(self) -> Checkpoint:
        """The state after the last epoch; its tensors are the live ones, not copies."""
        return Checkpoint(
            self._model.state_dict(), self._optimizer.state_dict(), self._scaler.state_dict(), self.history
        )

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
            StoryFlowerError: the loss is no longer finite.
            EncoderError: resampled tokens do not fit the encoder.
        """
        epoch = len(self.history) + 1
        torch.manual_seed(epoch_seed(self._recipe.seed, epoch))
        tokens = self._tokens_of(epoch)
        order = stratified_batches(tokens.lengths, self._recipe.batch_size, seed=self._recipe.seed, epoch=epoch)
        labels = torch.from_numpy(self._train.labels[np.concatenate(order)]).to(self._device)
        labels_of = labels.split([len(batch) for batch in order])  # type: ignore[no-untyped-call]
        batches = zip(PackedBatches(tokens, order, self._device), labels_of, strict=True)
        rate = 0.0
        self._model.train()
        meter.begin_epoch(epoch)
        for step, (batch, targets) in enumerate(batches, start=(epoch - 1) * self._steps_per_epoch):
            rate = self._schedule.apply(self._optimizer, step)
            loss, logits = self._take_step(batch, targets)
            meter.add(loss, logits, targets, learning_rate=rate)

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
        )
        self.history += (record,)
        return record

    def _take_step(self, batch: PackedBatch, labels: Tensor) -> tuple[Tensor, Tensor]:
        """One optimizer step; returns the mean loss and the (n, classes) logits, still on the device."""
        with autocast(self._device, self._precision):
            logits = packed_logits(self._model, batch)
        loss = mean_loss(logits, labels, self._class_weights)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        clip_grad_norm_(self._model.parameters(), self._recipe.max_grad_norm)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad()
        return loss.detach(), logits.detach()

    def _judge(self) -> Scores:
        logits = predict_logits(self._model, self._dev.tokens, device=self._device, precision=self._precision)
        return score(logits, self._dev.labels)

    def _tokens_of(self, epoch: int) -> TokenSequences:
        if self._resample is None:
            return self._train.tokens
        tokens = self._resample(epoch)
        if len(tokens) != len(self._train.labels):
            raise ValueError(f"{len(tokens)} resampled texts for {len(self._train.labels)} labels")
        require_fitting(self._model, tokens)
        return tokens

    def _weights(self) -> Tensor:
        return torch.from_numpy(inverse_frequencies(self._train.labels, self._model.num_labels)).to(self._device)

    def _notes(self) -> tuple[str, ...]:
        dropout = self._model.config.attention_probs_dropout_prob
        if dropout and runs_varlen(torch.device(self._device), autocast_dtype(self._precision)):
            return (f"the encoder's attention dropout of {dropout} is left out: attention without padding has none",)
        return ()
