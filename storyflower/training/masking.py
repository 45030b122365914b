"""Which tokens are hidden from a masked language model, and what it reads in their place.

BERT's rule (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): of each text a fixed share of the tokens is chosen;
of the chosen ones 80 % are replaced by `[MASK]`, 10 % by a random piece, and 10 % stay as they are. The choice is drawn
anew in every epoch (Liu et al. 2019, https://arxiv.org/abs/1907.11692).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.text.tokenizer import SpecialIds, Tokenizer
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import epoch_seed

MASKED, REPLACED = 0.8, 0.1
"""Shares of the hidden tokens that become `[MASK]`, and a random piece."""


@dataclass(frozen=True, eq=False)
class HiddenTokens:
    """Texts of which some tokens are hidden."""

    ids: NDArray[np.int32]
    """(n_tokens,) as the model reads them."""
    places: NDArray[np.int64]
    """(hidden,) of the hidden tokens among them, ascending."""
    answers: NDArray[np.int32]
    """(hidden,) their own ids."""


@dataclass(frozen=True)
class Masking:
    """Hides tokens, each as a function of its place in the corpus, the seed and the epoch alone."""

    special: SpecialIds
    vocab_size: int
    share: float
    """Of a text's tokens, above 0, at most 1."""
    seed: int

    @classmethod
    def of(cls, tokenizer: Tokenizer, share: float, seed: int) -> "Masking":
        """The masking of texts of a tokenizer."""
        return cls(tokenizer.special, tokenizer.vocab_size, share, seed)

    def counts(self, texts: TokenSequences) -> NDArray[np.int64]:
        """(n,) tokens to hide of each text: at least one, or none where it has no known token.

        Only tokens that stand for a part of the text can be hidden, but not `[UNK]`, from which nothing is learnt.
        """
        known = np.add.reduceat(self.special.is_known(texts.ids), texts.offsets[:-1], dtype=np.int64)
        return np.where(known > 0, self._count(known), 0)

    def most(self, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) the most tokens that are hidden of texts of at most these lengths, `[CLS]` and `[SEP]` included."""
        return self._count(lengths - 2)

    def hide(self, texts: TokenSequences, corpus_places: NDArray[np.int64], epoch: int) -> HiddenTokens:
        """Hide tokens of some texts.

        Args:
            texts: at least one.
            corpus_places: (n_tokens,) of each token in the corpus.
            epoch: from 1.
        """
        words = _random_words(corpus_places.astype(np.uint64), epoch_seed(self.seed, epoch))
        # In each text the known tokens come first, in a random order: those up to its count are hidden.
        text = np.repeat(np.arange(len(texts)), texts.lengths)
        order = np.argsort(text + np.where(self.special.is_known(texts.ids), 0.0, 0.5) + _uniform(words) / 2)
        rank = np.arange(len(order)) - np.repeat(texts.offsets[:-1], texts.lengths)
        places = np.sort(order[rank < np.repeat(self.counts(texts), texts.lengths)])

        answers, ids = texts.ids[places], texts.ids.copy()
        chances, drawn = _random_words(words[places], 0), _random_words(words[places], 1)
        chance = _uniform(chances)
        pieces = self._pieces[(drawn % np.uint64(len(self._pieces))).astype(np.int64)]
        read = np.where(chance < MASKED, self.special.mask, np.where(chance < MASKED + REPLACED, pieces, answers))
        ids[places] = read
        return HiddenTokens(ids, places, answers)

    @cached_property
    def _pieces(self) -> NDArray[np.int64]:
        """The pieces by which a token may be replaced."""
        special = self.special
        return np.setdiff1d(
            np.arange(self.vocab_size), [special.unk, special.pad, special.cls, special.sep, special.mask]
        )

    def _count(self, known: NDArray[np.int64]) -> NDArray[np.int64]:
        counts: NDArray[np.int64] = np.maximum(1, np.rint(self.share * known).astype(np.int64))
        return counts


def _random_words(places: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """64 random bits for each place: the function of SplitMix64 (Steele et al. 2014), which needs no state."""
    words = (places + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = words ^ (words >> np.uint64(31))
    return mixed


def _uniform(words: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers from 0 to below 1."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
