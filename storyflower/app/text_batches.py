"""Requests that wait in the queue of texts, and the batches of their texts that are computed together."""

import asyncio
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from storyflower.app.answers import Answered, together
from storyflower.model.devices import computing_threads
from storyflower.registry.opened import OpenVersion


@dataclass(eq=False)
class Job:
    """The texts of one request, and how far they are begun and answered."""

    texts: list[str]
    answered: asyncio.Future[Answered]
    sizes: NDArray[np.int64]
    """(texts + 1,) characters of the texts before each one, and of all."""
    version: OpenVersion | None = None
    """The one that answers all of them, from the first on."""
    begun: int = 0
    parts: dict[int, Answered] = field(default_factory=dict)
    """By the position of their first text."""

    @property
    def characters_left(self) -> int:
        """Of the texts that are not begun."""
        return int(self.sizes[-1] - self.sizes[self.begun])

    def take(self, begin: int, part: Answered) -> None:
        """Keep the answers to the texts from `begin` on; with the last ones, the request is answered."""
        self.parts[begin] = part
        if sum(len(part.probabilities) for part in self.parts.values()) == len(self.texts):
            self.answered.set_result(together([self.parts[begin] for begin in sorted(self.parts)]))


@dataclass(frozen=True, eq=False)
class Share:
    """The texts of a job that belong to a batch."""

    job: Job
    begin: int
    texts: list[str]


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts that are computed together, all by one version."""

    version: OpenVersion
    shares: list[Share]
    threads: int


@dataclass(frozen=True, eq=False)
class Computed:
    """What became of a share: its probabilities, or the reason why the job cannot be answered."""

    share: Share
    result: Answered | Exception


def compute(batch: Batch) -> list[Computed]:
    """In a thread of the queue: the probabilities of each share."""
    with computing_threads(batch.threads):
        return _computed(batch.version, batch.shares)


def _computed(version: OpenVersion, shares: list[Share]) -> list[Computed]:
    """The probabilities of each share; after a failure each is computed alone, so that only what causes it fails."""
    try:
        tokens = version.predictor.tokenize([text for share in shares for text in share.texts])
        probabilities = version.predictor.probabilities_of(tokens)
    except Exception as error:  # reported to the requests
        if len(shares) == 1:
            return [Computed(shares[0], error)]
        return [computed for share in shares for computed in _computed(version, [share])]
    ends = np.cumsum([len(share.texts) for share in shares])[:-1]
    parts = zip(shares, np.split(probabilities, ends), np.split(tokens.truncated, ends), strict=True)
    return [Computed(share, Answered(version, part, truncated)) for share, part, truncated in parts]
