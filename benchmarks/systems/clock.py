"""Times a training in windows, and waits for the device only at the end of a window."""

import time

import torch

from benchmarks.systems.job import Window

WINDOW_STEPS = 50
"""Also the number of batches within which Trainer sorts by length, so that windows have similar work."""


class WindowClock:
    """Cuts a training of `max_steps` steps into windows of `WINDOW_STEPS` steps, the last one of an epoch shorter.

    The first window warms up; in a short training it is the first quarter.
    """

    def __init__(self, device: str, *, max_steps: int) -> None:
        self._device = device
        self._max_steps = max_steps
        self._warm_up = min(WINDOW_STEPS, max(1, max_steps // 4))
        self._steps_done = self._steps = self._examples = 0
        self.windows: list[Window] = []

    def start(self) -> None:
        """Before the first step."""
        self._wait()
        self._since = time.perf_counter()

    def step(self, examples: int) -> None:
        """Count a step, which has been queued on the device."""
        self._examples += examples
        self._steps += 1
        self._steps_done += 1
        if self._steps == (WINDOW_STEPS if self.windows else self._warm_up) or self.is_over:
            self.cut()

    @property
    def is_over(self) -> bool:
        """Whether the training should stop now."""
        return self._steps_done == self._max_steps

    def cut(self) -> None:
        """End the window, if it contains a step."""
        if not self._steps:
            return
        self._wait()
        now = time.perf_counter()
        self.windows.append(Window(self._examples, now - self._since))
        self._since = now
        self._steps = self._examples = 0

    def _wait(self) -> None:
        if self._device == "cuda":
            torch.cuda.synchronize()
