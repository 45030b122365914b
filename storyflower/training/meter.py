"""Running metrics: losses and hits are summed on the device, and copied to the host only for a report."""

import math
import time
from collections.abc import Sequence
from typing import Any

import torch

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.training.progress import RecordObserver, StepProgress, TrainingPlan
from storyflower.training.ranks import ALONE, Ranks

REPORT_SECONDS = 1.0
"""Time between two displayed reports; each one waits for the device."""


class ProgressMeter:
    """The running metrics of a training, reported to its observers."""

    def __init__(
        self,
        plan: TrainingPlan,
        observers: Sequence[RecordObserver[Any]],
        *,
        log_every: int,
        device: str,
        ranks: Ranks = ALONE,
    ) -> None:
        self._plan = plan
        self._observers = observers
        self._log_every = log_every
        self._ranks = ranks
        self.sums = torch.zeros(2, dtype=torch.float64, device=device)
        """(2,) to which steps add: the sum of the predictions' losses, and the number of correct predictions."""
        self._started = self._reported = 0.0
        self._examples_before = len(plan.history) * plan.examples

    def begin_epoch(self, epoch: int) -> None:
        """Start the clock and the sums of an epoch, counted from 1."""
        self._epoch = epoch
        self._steps = self._examples = self._predictions = self._window = 0
        self._loss_sum = self._hits = 0.0
        self._epoch_started = self._reported = time.perf_counter()
        self._started = self._started or self._epoch_started

    def count(self, examples: int, *, learning_rate: float, predictions: int | None = None) -> None:
        """Count a step on `examples` examples; the losses and hits of their predictions have been added to `sums`.

        Args:
            examples: of the step.
            learning_rate: of the step.
            predictions: made for them; None: one for each.

        Raises:
            StoryFlowerError: a loss since the last report was not finite.
        """
        self._steps += 1
        self._examples += examples
        made = examples if predictions is None else predictions
        self._predictions += made
        self._window += made
        log_point = self._step % self._log_every == 0 or self._examples == self._plan.examples
        if log_point or time.perf_counter() - self._reported >= REPORT_SECONDS:
            self._report(learning_rate, log_point=log_point)

    def pause(self, seconds: float) -> None:
        """Exclude the last `seconds` from the speeds."""
        self._epoch_started += seconds
        self._started += seconds

    @property
    def epoch_loss(self) -> float:
        """Mean loss over the epoch's predictions, complete after its last step."""
        return self._loss_sum / self._predictions

    @property
    def epoch_accuracy(self) -> float:
        """Share of the epoch's predictions that were correct when they were trained on."""
        return self._hits / self._predictions

    @property
    def epoch_seconds(self) -> float:
        """Seconds from the start of the epoch to its last report, which follows its last step."""
        return self._reported - self._epoch_started

    @property
    def _step(self) -> int:
        return (self._epoch - 1) * self._plan.steps_per_epoch + self._steps

    def _report(self, learning_rate: float, *, log_point: bool) -> None:
        # Between log points a rank uses its own share alone: by the clock, ranks do not report at the same step.
        loss_sum, hits = self._ranks.total(self.sums) if log_point else self._ranks.estimate(self.sums)
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
            loss=loss_sum / self._window,
            accuracy=hits / self._window,
            learning_rate=learning_rate,
            examples_per_second=self._examples / (now - self._epoch_started),
            seconds_left=(now - self._started) / done_here * (self._plan.examples_total - seen),
            log_point=log_point,
        )
        if log_point:
            self._loss_sum += loss_sum
            self._hits += hits
            self._window = 0
            self.sums.zero_()
        for observer in self._observers:
            observer.stepped(progress)


def diverged(step: int) -> StoryFlowerError:
    """The error for a loss that is not finite after `step`, counted from 1 over the whole training."""
    return problem(StoryFlowerError, "loss_not_finite", f"step {step}")
