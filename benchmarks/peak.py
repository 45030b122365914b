"""The peak of something that is measured again and again while a block lasts."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Self

_EVERY_S = 0.02


class Peak:
    """Samples a measure in a thread: `start` is its value as the block begins, `highest` the largest value since."""

    def __init__(self, measure: Callable[[], float]) -> None:
        self._measure = measure

    def __enter__(self) -> Self:
        self.start = self.highest = self._measure()
        self._over = Event()
        self._thread = Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            self.highest = max(self.highest, self._measure())
            if self._over.wait(_EVERY_S):
                return
