"""The queue of texts: what waits is answered together, with no fixed delay.

A request that comes alone is computed at once. While the one computing thread is busy, further requests wait, and the
next batch takes of them, in their order, as many texts as its tokens allow. A request with more texts goes on behind
the others, so that a long one does not hold up the short ones.
"""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from storyflower.app.answers import Answered, together
from storyflower.app.limits import Limits
from storyflower.app.metrics import Metrics
from storyflower.app.replies import refused
from storyflower.registry.opened import OpenVersion
from storyflower.text.tokens import TokenSequences, joined

_LEAST_PACE = 10.0
"""Texts a second, before any batch has been timed."""


@dataclass(frozen=True, eq=False)
class _Begun:
    """The tokens of a request's texts, and the version that answers all of them."""

    version: OpenVersion
    tokens: TokenSequences


@dataclass(eq=False)
class _Job:
    """The texts of one request, and how far they are answered."""

    texts: list[str]
    answered: asyncio.Future[Answered]
    begun: _Begun | None = None
    done: int = 0
    """Texts that are answered."""
    parts: list[Answered] = field(default_factory=list)

    def begin(self, version: OpenVersion) -> _Begun:
        """Tokenize the texts for `version`, unless another one has begun to answer them."""
        if self.begun is None:
            self.begun = _Begun(version, version.predictor.tokenize(self.texts))
        return self.begun

    def take(self, part: Answered) -> bool:
        """Keep the answers to the next texts; returns whether they were the last."""
        self.parts.append(part)
        self.done += len(part.probabilities)
        if self.done < len(self.texts):
            return False
        self.answered.set_result(together(self.parts))
        return True


@dataclass(frozen=True, eq=False)
class _Share:
    """The part of a batch that belongs to one job."""

    job: _Job
    begun: _Begun
    tokens: TokenSequences
    """Of the part."""


@dataclass(frozen=True, eq=False)
class _Computed:
    """What became of a share: its probabilities, or the reason why the job cannot be answered."""

    job: _Job
    result: Answered | Exception


class TextQueue:
    """Texts that wait, and the one thread that computes their answers."""

    def __init__(self, current: Callable[[], OpenVersion], limits: Limits, metrics: Metrics) -> None:
        """`current` returns the version that answers the requests that begin now."""
        self._current = current
        self._limits = limits
        self._metrics = metrics
        self._jobs: dict[_Job, None] = {}  # in order, with quick removal
        self._arrived = asyncio.Event()
        self._waiting = 0
        self._pace = _LEAST_PACE

    async def answer(self, texts: list[str]) -> Answered:
        """Wait for the answers to texts that are cleaned and not blank; all come from one version.

        A caller that is cancelled takes its texts out of the queue.

        Raises:
            Refusal: too many texts wait already (429).
            AnswerError: the model's answers are no numbers.
        """
        self._require_room(len(texts))
        job = _Job(texts, asyncio.get_running_loop().create_future())
        self._count(len(texts))
        self._jobs[job] = None
        self._arrived.set()
        try:
            return await job.answered
        finally:
            self._jobs.pop(job, None)
            self._count(-len(texts))

    async def run(self) -> None:
        """Answer what waits until cancelled."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "answers") as thread:
            while True:
                await self._arrived.wait()
                began = time.perf_counter()
                computed = await loop.run_in_executor(thread, self._compute, list(self._jobs))
                self._deliver(computed, time.perf_counter() - began)
                if not self._jobs:
                    self._arrived.clear()

    def _require_room(self, texts: int) -> None:
        if self._waiting and self._waiting + texts > self._limits.waiting_texts:
            seconds = math.ceil(self._waiting / self._pace)
            headers = {"Retry-After": str(min(max(seconds, 1), 60))}
            raise refused(429, "queue_full", "", headers, waiting=self._waiting)

    def _count(self, change: int) -> None:
        self._waiting += change
        self._metrics.waiting.set(self._waiting)

    def _compute(self, jobs: list[_Job]) -> list[_Computed]:
        """In the thread: one batch from the first jobs; of jobs that cannot be answered, the reason."""
        shares, failed = self._batch(jobs)
        return failed + _computed(shares)

    def _batch(self, jobs: list[_Job]) -> tuple[list[_Share], list[_Computed]]:
        """Shares of jobs of one version, in order, up to the tokens of a batch but at least one text."""
        shares: list[_Share] = []
        failed: list[_Computed] = []
        left = self._limits.batch_tokens
        for job in jobs:
            if left <= 0:
                break
            try:
                begun = job.begin(self._current())
            except Exception as error:  # reported to the request that brought the text; the others go on
                failed.append(_Computed(job, error))
                continue
            if shares and shares[0].begun.version is not begun.version:
                continue
            ends = begun.tokens.offsets[job.done + 1 :] - begun.tokens.offsets[job.done]
            fitting = int(np.searchsorted(ends, left, "right"))
            if not shares:
                fitting = max(fitting, min(1, len(ends)))
            shares.append(_Share(job, begun, begun.tokens.take(np.arange(job.done, job.done + fitting))))
            left -= int(shares[-1].tokens.offsets[-1])
            if fitting < len(ends):
                break
        return shares, failed

    def _deliver(self, computed: list[_Computed], seconds: float) -> None:
        texts = 0
        for part in computed:
            job = part.job
            if job.answered.done():  # its client has left, or its time was over
                continue
            if isinstance(part.result, Exception):
                self._jobs.pop(job)
                job.answered.set_exception(part.result)
                continue
            texts += len(part.result.probabilities)
            self._jobs.pop(job)
            if not job.take(part.result):
                self._jobs[job] = None  # goes on behind the others
        if texts:
            self._pace += (texts / seconds - self._pace) / 4
            self._metrics.texts.inc(texts)
            self._metrics.batch_texts.observe(texts)
            self._metrics.batch_seconds.observe(seconds)


def _computed(shares: list[_Share]) -> list[_Computed]:
    """The probabilities of each share; after a failure each is computed alone, so that only the culprit fails."""
    if not shares:
        return []
    version = shares[0].begun.version
    try:
        probabilities = version.predictor.probabilities_of(joined([share.tokens for share in shares]))
    except Exception as error:  # reported to the requests
        if len(shares) == 1:
            return [_Computed(shares[0].job, error)]
        return [computed for share in shares for computed in _computed([share])]
    ends = np.cumsum([len(share.tokens) for share in shares])
    parts = np.split(probabilities, ends[:-1])
    return [
        _Computed(share.job, Answered(version, part, share.tokens.truncated))
        for share, part in zip(shares, parts, strict=True)
    ]
