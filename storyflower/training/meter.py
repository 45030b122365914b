"""Adds up losses and hits on the device, and fetches them only when a report is due."""

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from storyflower.errors import StoryFlowerError
from storyflower.training.progress import Observer, StepProgress, TrainingPlan

REPORT_SECONDS = 1.0
"""Between two reports for the eye: each one waits for the device."""


class ProgressMeter:
    """One training's running figures, reported to its observers."""

    def __init__(self, plan: TrainingPlan, observers: Sequence[Observer], *, log_every: int, device: str) -> None:
        self._plan = plan
        self._observers = observers
        self._log_every = log_every
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)
        self._started = self._reported = time.perf_counter()
        self._examples_before = len(plan.history) * plan.examples

    def begin_epoch(self, epoch: int) -> None:
        """Start the clock and the sums of an epoch, counted from 1."""
        self._epoch = epoch
        self._steps = self._examples = self._window_examples = 0
        self._loss_sum = self._hits = 0.0
        self._epoch_started = time.perf_counter()

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor, *, learning_rate: float) -> None:
        """Count a step: its mean loss, its (n, classes) logits and its (n,) labels.

        Raises:
            StoryFlowerError: a loss since the last report was not finite.
        """
        hits = (logits.argmax(dim=1) == labels).sum()
        self._sums += torch.stack([loss.detach() * len(labels), hits])
        self._steps += 1
        self._examples += len(labels)
        self._window_examples += len(labels)
        log_point = self._step % self._log_every == 0 or self._examples == self._plan.examples
        if log_point or time.perf_counter() - self._reported >= REPORT_SECONDS:
            self._report(learning_rate, log_point=log_point)

    @property
    def epoch_loss(self) -> float:
        """Mean loss over the epoch's examples, complete after its last step."""
        return self._loss_sum / self._examples

    @property
    def epoch_accuracy(self) -> float:
        """Share of the epoch's examples that were right when they were met."""
        return self._hits / self._examples

    @property
    def epoch_seconds(self) -> float:
        """Seconds from the epoch's begin to the last report, the one of its last step."""
        return self._reported - self._epoch_started

    @property
    def _step(self) -> int:
        return (self._epoch - 1) * self._plan.steps_per_epoch + self._steps

    def _report(self, learning_rate: float, *, log_point: bool) -> None:
        loss_sum, hits = self._sums.tolist()
        if not math.isfinite(loss_sum):
            raise diverged(self._step)
        now = self._reported = time.perf_counter()
        seen = (self._epoch - 1) * self._plan.examples + self._examples
        done_here = seen - self._examples_before
        progress = StepProgress(
            epoch=self._epoch,
            epochs=self._plan.epochs,
            step=self._step,
            steps_total=self._plan.steps_total,
            examples_seen=seen,
            examples_total=self._plan.examples_total,
            loss=loss_sum / self._window_examples,
            accuracy=hits / self._window_examples,
            learning_rate=learning_rate,
            examples_per_second=self._examples / (now - self._epoch_started),
            seconds_left=(now - self._started) / done_here * (self._plan.examples_total - seen),
            log_point=log_point,
        )
        if log_point:
            self._loss_sum += loss_sum
            self._hits += hits
            self._window_examples = 0
            self._sums.zero_()
        for observer in self._observers:
            observer.stepped(progress)


def diverged(step: int) -> StoryFlowerError:
    """What to raise when the loss is not finite after a step of the whole training, counted from 1."""
    return StoryFlowerError(
        "the loss is no longer a finite number",
        where=f"step {step}",
        remedy="Lower learning_rate; if it happens with fp16 or bf16 alone, set precision=fp32.",
    )
