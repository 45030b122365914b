"""Texts cut into shards, and the answers to each shard kept in the stage store under what they depend on.

A shard is the unit of all computing: the batches of the model are formed inside it, so that its answers do not depend
on where and beside what it is computed. A run that was killed finds the shards that were finished, and a repeated one
finds all of them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from storyflower.errors import StorageError
from storyflower.messages import problem
from storyflower.model.session import SessionPrecision
from storyflower.scoring.model import ScoringModel
from storyflower.storage.entries import StageFacts, StageRef, stage_key
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 2  # raise when the same texts and model would give other answers
STAGE = "score"
"""Name of the stage under which answers are kept."""
SHARD_TEXTS = 4096
"""Texts of a shard: about half a second of a small model, and some seconds of a large one."""

Probabilities = npt.NDArray[np.float64]
"""Of every label for every text of a shard, (texts, labels), each row of sum 1."""
Texts = list[str]

_ARRAY = "probabilities.npy"


class ShardFacts(StageFacts):
    """What is known of the answers to a shard."""

    texts: int


class ShardRef(StageRef[ShardFacts]):
    """The answers to a shard."""


@dataclass(frozen=True)
class Shard:
    """A run of texts, cleaned and none blank."""

    texts: Texts

    @property
    def digest(self) -> str:
        """SHA-256 of the texts, in their order."""
        content = hashlib.sha256()
        for text in self.texts:
            encoded = text.encode("utf-8", "surrogatepass")
            content.update(len(encoded).to_bytes(8, "big") + encoded)
        return content.hexdigest()


class Engine(Protocol):
    """Computes the answers to shards, in this process or elsewhere."""

    @property
    def at_once(self) -> int:
        """How many shards it is given at a time."""

    @property
    def precision(self) -> SessionPrecision:
        """In which it computes."""

    def answers(self, shards: Sequence[Shard]) -> Iterator[tuple[int, Probabilities]]:
        """The place of each shard and the answers to it, in any order."""


def cut(batches: Iterable[Sequence[str]], size: int = SHARD_TEXTS) -> Iterator[Shard]:
    """Shards of `size` texts, the last one with the rest, however the texts come."""
    texts = (text for batch in batches for text in batch)
    while shard := list(islice(texts, size)):
        yield Shard(shard)


@dataclass(frozen=True)
class Filled:
    """The shards of an input, all of them answered."""

    keys: tuple[str, ...]
    texts: int
    computed: int
    """Shards that were computed now; the others were there."""


class ShardStore:
    """The answers of one model, in the stage store of a home; they do not go to a shared store."""

    def __init__(self, home: Home, model: ScoringModel) -> None:
        self._store = StageStore(home, local=True)
        self._model = model

    def fill(self, shards: Iterable[Shard], engine: Engine, advance: Callable[[int], None]) -> Filled:
        """See that every shard is answered, and keep each answer as it comes.

        Args:
            shards: of the input, in order.
            engine: computes those that are not there.
            advance: is called with the number of texts that were answered, or found answered.
        """
        remaining, keys, texts, computed = iter(shards), list[str](), 0, 0
        while window := list(islice(remaining, engine.at_once)):
            same = {"version": VERSION, "model": self._model.digest, "precision": engine.precision}
            depends_on: list[dict[str, object]] = [{**same, "texts": shard.digest} for shard in window]
            keys += [stage_key(on) for on in depends_on]
            missing = [n for n, on in enumerate(depends_on) if self._store.get(ShardRef, STAGE, stage_key(on)) is None]
            advance(sum(len(shard.texts) for n, shard in enumerate(window) if n not in set(missing)))
            for place, answers in engine.answers([window[n] for n in missing]) if missing else ():
                self._keep(depends_on[missing[place]], answers)
                advance(len(answers))
            texts += sum(len(shard.texts) for shard in window)
            computed += len(missing)
        return Filled(tuple(keys), texts, computed)

    def read(self, keys: Iterable[str]) -> Iterator[Probabilities]:
        """The answers of shards, one shard at a time.

        Raises:
            StorageError: one was removed or damaged since it was filled in.
        """
        for key in keys:
            ref = self._store.get(ShardRef, STAGE, key)
            if ref is None:
                raise problem(StorageError, "score_shard_gone", str(self._store.root / STAGE / key))
            yield np.load(ref.path(_ARRAY))

    def _keep(self, depends_on: dict[str, object], answers: Probabilities) -> None:
        def build(folder: Path) -> ShardFacts:
            np.save(folder / _ARRAY, answers)
            return ShardFacts(texts=len(answers))

        self._store.get_or_build(ShardRef, STAGE, depends_on, build)


class AnswerStream:
    """The answers of consecutive shards, taken as many at a time as there are texts in a piece of the input."""

    def __init__(self, shards: Iterator[Probabilities], labels: int) -> None:
        self._shards = shards
        self._rest: Probabilities = np.empty((0, labels))

    def take(self, count: int) -> Probabilities:
        """The next `count` answers, (count, labels); fewer where there are no more."""
        parts, have = [self._rest], len(self._rest)
        while have < count and (shard := next(self._shards, None)) is not None:
            parts.append(shard)
            have += len(shard)
        joined = np.concatenate(parts) if len(parts) > 1 else parts[0]
        self._rest = joined[count:]
        return joined[:count]
