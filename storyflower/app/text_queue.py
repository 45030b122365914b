"""The queue of texts: what waits is answered together.

A text that comes alone is computed at once, on all cores. What waits when cores are free is shared out among them, one
batch to a core: two batches on a core each are faster than one after the other on both, because no core waits for the
other's share of a matrix product (docs/log.md). A request with more texts than a batch goes on behind the others, so
that a long one does not hold up the short ones.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import numpy as np

from storyflower.app.answers import Answered
from storyflower.app.limits import Limits
from storyflower.app.metrics import Metrics
from storyflower.app.replies import refused
from storyflower.app.text_batches import Batch, Computed, Job, Share, compute
from storyflower.registry.opened import OpenVersion

_LEAST_PACE = 10.0
"""Texts a second, before any batch has been timed."""
_MOST_BATCHES = 4
"""Batches computed at once: each holds Python's lock for a part of its time."""

_GATHERING_SECONDS = 0.002
"""While a batch is computed, the next one waits so long for further texts: the requests of clients that were answered
together come one after the other."""


class TextQueue:
    """Texts that wait, and the threads that compute their answers."""

    def __init__(self, current: Callable[[], OpenVersion], limits: Limits, metrics: Metrics, threads: int = 1) -> None:
        """`current` returns the version that answers the requests that begin now; `threads` is for all computing."""
        self._current = current
        self._limits = limits
        self._metrics = metrics
        self._threads = self._free_threads = threads
        self._idle: list[ThreadPoolExecutor] = []
        self._jobs: dict[Job, None] = {}  # with texts that are not begun; in order, with quick removal
        self._changed = asyncio.Event()
        self._waiting = 0
        self._pace = _LEAST_PACE

    async def answer(self, texts: list[str]) -> Answered:
        """Wait for the answers to texts that are cleaned and not blank; all come from one version.

        A caller that is cancelled takes its texts out of the queue.

        Raises:
            Refusal: too many texts wait already (429).
            AnswerError: the model's answers are no numbers.
        """
        if not texts:
            return self._no_answers()
        self._require_room(len(texts))
        sizes = np.cumsum([0, *map(len, texts)])
        job = Job(texts, asyncio.get_running_loop().create_future(), sizes)
        self._count(len(texts))
        self._jobs[job] = None
        self._changed.set()
        try:
            return await job.answered
        finally:
            self._jobs.pop(job, None)
            self._count(-len(texts))

    async def run(self) -> None:
        """Answer what waits until cancelled."""
        with ExitStack() as stack:
            for _ in range(min(self._threads, _MOST_BATCHES)):
                self._idle.append(stack.enter_context(ThreadPoolExecutor(1, "answers")))
            while True:
                await self._changed.wait()
                if self._free_threads < self._threads:
                    await asyncio.sleep(_GATHERING_SECONDS)
                self._changed.clear()
                try:
                    for batch in self._batches():
                        self._begin(batch)
                except Exception as error:  # reported to the requests: this task must not end before the server does
                    self._refuse_waiting(error)

    def _no_answers(self) -> Answered:
        version = self._current()
        return Answered(version, np.empty((0, len(version.predictor.labels))), np.empty(0, np.bool_))

    def _refuse_waiting(self, error: Exception) -> None:
        for job in list(self._jobs):
            self._jobs.pop(job)
            if not job.answered.done():
                job.answered.set_exception(error)

    def _require_room(self, texts: int) -> None:
        if self._waiting and self._waiting + texts > self._limits.waiting_texts:
            seconds = math.ceil(self._waiting / self._pace)
            headers = {"Retry-After": str(min(max(seconds, 1), 60))}
            raise refused(429, "queue_full", "", headers, waiting=self._waiting)

    def _count(self, change: int) -> None:
        self._waiting += change
        self._metrics.waiting.set(self._waiting)

    def _batches(self) -> Iterator[Batch]:
        """Batches for the threads that are free, among which the texts that wait are shared out evenly."""
        texts = sum(len(job.texts) - job.begun for job in self._jobs)
        number = min(len(self._idle), self._free_threads, texts)
        threads = self._free_threads // max(number, 1)
        for left in range(number, 0, -1):
            if self._jobs:
                even = math.ceil(sum(job.characters_left for job in self._jobs) / left)
                yield self._batch(min(even, self._limits.batch_characters), threads)

    def _batch(self, characters: int, threads: int) -> Batch:
        """The next texts of the first job, and of others of its version, up to so many characters."""
        shares: list[Share] = []
        current = self._current()
        version = next(iter(self._jobs)).version or current
        for job in list(self._jobs):
            if (job.version or current) is not version:
                continue
            end = int(np.searchsorted(job.sizes, job.sizes[job.begun] + characters, "right")) - 1
            end = max(end, job.begun + (not shares))  # at least one text
            if end == job.begun:
                break
            job.version = version
            shares.append(Share(job, job.begun, job.texts[job.begun : end]))
            characters -= int(job.sizes[end] - job.sizes[job.begun])
            job.begun = end
            self._jobs.pop(job)
            if end < len(job.texts):
                self._jobs[job] = None  # goes on behind the others
                break
        return Batch(version, shares, threads)

    def _begin(self, batch: Batch) -> None:
        """Have a thread compute it."""
        worker = self._idle.pop()
        self._free_threads -= batch.threads
        computing = asyncio.get_running_loop().run_in_executor(worker, compute, batch)
        computing.add_done_callback(partial(self._end, batch, worker, time.perf_counter()))

    def _end(
        self, batch: Batch, worker: ThreadPoolExecutor, began: float, computing: asyncio.Future[list[Computed]]
    ) -> None:
        self._idle.append(worker)
        self._free_threads += batch.threads
        self._changed.set()
        if not computing.cancelled():  # as it is at the end of the process
            self._deliver(computing.result(), batch.threads, time.perf_counter() - began)

    def _deliver(self, computed: list[Computed], threads: int, seconds: float) -> None:
        texts = 0
        for part in computed:
            job, result = part.share.job, part.result
            if job.answered.done():  # its client has left, or its time was over
                continue
            if isinstance(result, Exception):
                self._jobs.pop(job, None)
                job.answered.set_exception(result)
                continue
            texts += len(result.probabilities)
            job.take(part.share.begin, result)
        if texts:
            self._pace += (texts / seconds * self._threads / threads - self._pace) / 4
            self._metrics.texts.inc(texts)
            self._metrics.batch_texts.observe(texts)
            self._metrics.batch_seconds.observe(seconds)
