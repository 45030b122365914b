"""Samples segmentations of texts, as a function of the text and of a seed alone, whatever process asks.

SentencePiece samples too, but from version 0.2.2 on seeds its generator in another way in each process.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol

import numpy as np
import sentencepiece
from sentencepiece import sentencepiece_model_pb2, sentencepiece_pb2

from storyflower.text.merges import MergeSampler
from storyflower.text.pieces import Pieces
from storyflower.text.tokenizer import Sampling
from storyflower.text.unigram import UnigramSampler

_KINDS: dict[int, Callable[[Pieces], "Segmenter"]] = {1: UnigramSampler, 2: MergeSampler}
"""By SentencePiece's code of the type of model; those of the other types have one segmentation of a text only."""


class Segmenter(Protocol):
    """Draws segmentations with a model's pieces."""

    numbers_a_character: int
    """How many random numbers a segmentation takes at most, for each character of the text."""

    def draw(self, text: str, alpha: float, numbers: Sequence[float]) -> list[int]:
        """The ids of a segmentation of a normalised text."""


class Sampler:
    """Samples segmentations with the model of a processor."""

    def __init__(self, processor: sentencepiece.SentencePieceProcessor, segmenter: Segmenter) -> None:
        self._processor, self._segmenter = processor, segmenter

    @classmethod
    def of(cls, processor: sentencepiece.SentencePieceProcessor) -> "Sampler | None":
        """A sampler with the processor's model; None if that has one segmentation of a text only."""
        model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
        model.ParseFromString(processor.serialized_model_proto())
        kind = _KINDS.get(model.trainer_spec.model_type)
        return cls(processor, kind(Pieces.of(model))) if kind else None

    def draw(self, text: str, sampling: Sampling) -> list[int]:
        """The ids of one text, without `[CLS]` and `[SEP]`; the same text and sampling give the same ids."""
        if sampling.nbest_size > 1 and isinstance(self._segmenter, UnigramSampler):
            return self._one_of_the_best(text, sampling)
        normalized = self._processor.normalize(text)
        numbers = _numbers(text, sampling.seed, self._segmenter.numbers_a_character * len(normalized))
        return self._segmenter.draw(normalized, sampling.alpha, numbers)

    def _one_of_the_best(self, text: str, sampling: Sampling) -> list[int]:
        found = sentencepiece_pb2.NBestSentencePieceText()  # type: ignore[attr-defined]
        size = sampling.nbest_size
        found.ParseFromString(self._processor.nbest_encode(text, nbest_size=size, out_type="serialized_proto"))
        best = max(each.score for each in found.nbests)
        sums = list(accumulate(math.exp(sampling.alpha * (each.score - best)) for each in found.nbests))
        (number,) = _numbers(text, sampling.seed, 1)
        chosen = bisect_right(sums, number * sums[-1], hi=len(sums) - 1)
        return [piece.id for piece in found.nbests[chosen].pieces]


def _numbers(text: str, seed: int, count: int) -> list[float]:
    """Numbers that are uniform in [0, 1), a function of the text and of the seed (64 bits) alone."""
    stream = hashlib.shake_128(seed.to_bytes(8, "little") + text.encode()).digest(8 * count)
    numbers: list[float] = ((np.frombuffer(stream, "<u8") >> np.uint64(11)) * 2.0**-53).tolist()
    return numbers
