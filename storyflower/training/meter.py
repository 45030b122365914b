"""Running figures: losses and hits add up on the device, and are fetched only when a report is due."""

import math
import time
from collections.abc import Sequence

import torch

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.training.progress import Observer, StepProgress, TrainingPlan
from storyflower.training.ranks import ALONE, Ranks

REPORT_SECONDS = 1.0
"""Between two reports for the eye: each one waits for the device."""


class ProgressMeter:
    """One training's running figures, reported to its observers."""

    def __init__(
        self,
        plan: TrainingPlan,
        observers: Sequence[Observer],
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
        """What steps add to: the examples' losses, and how many of them were right."""
        self._started = self._reported = 0.0
        self._examples_before = len(plan.history) * plan.examples

    def begin_epoch(self, epoch: int) -> None:
        """Start the clock and the sums of an epoch, counted from 1."""
        self._epoch = epoch
        self._steps = self._examples = self._window_examples = 0
        self._loss_sum = self._hits = 0.0
        self._epoch_started = self._reported = time.perf_counter()
        self._started = self._started or self._epoch_started

    def count(self, examples: int, *, learning_rate: float) -> None:
        """Count a step on so many examples, whose losses and hits have been added to `sums`.

        Raises:
            StoryFlowerError: a loss since the last report was not finite.
        """
        self._steps += 1
        self._examples += examples
        self._window_examples += examples
        log_point = self._step % self._log_every == 0 or self._examples == self._plan.examples
        if log_point or time.perf_counter() - self._reported >= REPORT_SECONDS:
            self._report(learning_rate, log_point=log_point)

    def pause(self, seconds: float) -> None:
        """Leave so many seconds just passed out of the speeds."""
        self._epoch_started += seconds
        self._started += seconds

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
        # Between log points each rank looks at its own share alone: ranks do not wait for each other by the clock.
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
            self.sums.zero_()
        for observer in self._observers:
            observer.stepped(progress)


def diverged(step: int) -> StoryFlowerError:
    """What to raise when the loss is not finite after a step of the whole training, counted from 1."""
    return problem(StoryFlowerError, "loss_not_finite", f"step {step}")
