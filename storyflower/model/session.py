"""The interface of sessions, which compute logits from token ids, and what all of them share; without PyTorch."""

from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from storyflower.errors import AnswerError, EncoderError
from storyflower.messages import problem
from storyflower.text.tokens import TokenSequences

SessionPrecision = Literal["fp32", "bf16"]
"""The type of the matrix products' operands."""
WantedPrecision = Literal["auto", "fp32", "bf16"]
"""`auto` is bf16 where the hardware has it, else fp32."""

TOKENS_PER_BATCH = 2048
"""The approximate number of tokens of a batch: on two cores as fast as any larger number (docs/log.md)."""


class Session(Protocol):
    """A loaded classifier, in any runtime."""

    @property
    def precision(self) -> SessionPrecision:
        """The precision of its logits."""

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """Logits of every text, shape (texts, labels), in the order of the texts.

        Raises:
            EncoderError: a text is longer than the encoder's positions, or an id exceeds its vocabulary.
        """


def require_within(tokens: TokenSequences, *, positions: int, vocab_size: int) -> None:
    """Check that a model can compute the logits of the texts.

    Raises:
        EncoderError: a text is longer than the encoder's positions, or an id exceeds its vocabulary.
    """
    if (longest := int(tokens.lengths.max(initial=0))) > positions:
        raise problem(EncoderError, "text_too_long", "encoder", longest=longest, positions=positions)
    if (highest := int(tokens.ids.max(initial=0))) >= vocab_size:
        raise problem(EncoderError, "id_beyond_embedding", "encoder", highest=highest, rows=vocab_size)


def logits_by_length(
    tokens: TokenSequences, classes: int, compute: Callable[[TokenSequences], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Logits (n, classes) of n texts in their order; texts of similar length are batched together.

    Args:
        tokens: of the texts.
        classes: the number of labels.
        compute: the logits of one batch.
    """
    logits = np.zeros((len(tokens), classes), np.float32)
    for batch in tokens.batches_by_length(TOKENS_PER_BATCH):
        logits[batch] = compute(tokens.take(batch))
    return logits


def require_finite(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return logits (n, classes) unchanged if all are finite; otherwise no class is the most probable.

    Raises:
        AnswerError: some are NaN or infinite.
    """
    wrong = np.flatnonzero(~np.isfinite(logits).all(axis=1))
    if wrong.size:
        raise problem(AnswerError, "answers_not_finite", count=wrong.size, first=int(wrong[0]))
    return logits
