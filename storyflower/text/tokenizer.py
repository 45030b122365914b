"""The interface of tokenizers, independent of the format of their vocabulary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from storyflower.text.letters import Misfit
from storyflower.text.tokens import TokenSequences

TOKENIZER_FILE = "tokenizer.json"
"""If the file exists in a model directory, `AutoTokenizer` gives the same ids as StoryFlower."""
CONFIG_FILE = "tokenizer_config.json"
"""Names the class of Transformers that reads the tokenizer, and its options."""
NO_SUCH_CLASS = "StoryFlowerKoBertTokenizer"
"""Not a class of Transformers: `AutoTokenizer` raises ValueError instead of guessing a tokenizer."""


@dataclass(frozen=True)
class SpecialIds:
    """The ids of a vocabulary that do not represent a part of the text."""

    unk: int
    pad: int
    cls: int
    sep: int
    mask: int
    blank: tuple[int, ...] = ()
    """Pieces of a blank alone, which have no content."""

    def is_content(self, ids: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each id represents a part of the text, known or not: all except `[CLS]`, `[SEP]` and bare blanks."""
        return np.isin(ids, (self.cls, self.sep, *self.blank), invert=True)

    def is_known(self, ids: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each id is content and is not `[UNK]`."""
        known: NDArray[np.bool_] = self.is_content(ids) & (ids != self.unk)
        return known


@dataclass(frozen=True)
class Sampling:
    """Samples one of a text's possible segmentations instead of the best (Kudo 2018, https://arxiv.org/abs/1804.10959).

    With a unigram vocabulary, such as KoBERT's, `alpha` smooths the distribution: near 0 every segmentation is
    about equally likely, near 1 the best one is nearly always drawn. With a BPE vocabulary it is the rate at which
    merges are left out (Provilkov et al. 2020, https://arxiv.org/abs/1910.13267).
    """

    alpha: float
    """Above 0, at most 1: `TextRecipe.bpe_dropout`."""
    nbest_size: int
    """How many of the best segmentations of a unigram vocabulary are drawn from; -1: all."""
    seed: int
    """Below 2^64."""


class Tokenizer(Protocol):
    """A loaded vocabulary, which turns a text into `[CLS] pieces… [SEP]`; see `load_tokenizer`."""

    @property
    def vocab_size(self) -> int:
        """The number of pieces; all ids are below it."""

    @property
    def special(self) -> SpecialIds:
        """The ids that do not represent a part of the text."""

    @property
    def digest(self) -> str:
        """SHA-256 of the vocabulary: token ids of different vocabularies cannot be compared."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it was loaded from; a model directory contains them under the same names."""

    @property
    def golden_ids_match(self) -> bool | None:
        """Whether the documented sentence gets its documented ids; None if this vocabulary has none."""

    @property
    def misfit(self) -> Misfit | None:
        """How the vocabulary spells letters differently from the texts that it is given; None if it does not."""

    def encode(self, text: str, max_len: int) -> list[int]:
        """Ids of one text, `[CLS]` first and `[SEP]` last, at most `max_len` of them."""

    def encode_batch(self, texts: Sequence[str], max_len: int) -> TokenSequences:
        """Ids of many texts, as `encode` returns them. Special tokens that occur in a text are treated as text."""

    def transformers_files(self, max_len: int, texts: Iterable[str]) -> dict[str, str]:
        """The files, by name, with which Transformers' `AutoTokenizer` gives the same ids, or refuses to load.

        Args:
            max_len: the length that a text is truncated to, if the caller requests truncation.
            texts: on which both tokenizers are compared.
        """


@runtime_checkable
class SamplingTokenizer(Tokenizer, Protocol):
    """A tokenizer that can also sample segmentations other than the best."""

    @property
    def can_sample(self) -> bool:
        """Whether its vocabulary has others."""

    def sample_batch(self, texts: Sequence[str], max_len: int, sampling: Sampling) -> TokenSequences:
        """Ids of many texts from sampled segmentations, each a function of its text and of `sampling` alone.

        Raises:
            ValueError: the vocabulary has one segmentation of a text only.
        """


class TokenizerKind(Protocol):
    """A format of vocabularies: the files in a directory, and how they are loaded."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files, all of which are required."""

    @property
    def options(self) -> tuple[str, ...]:
        """Names of files that change how texts are read, if they exist."""

    def load(self, directory: Path) -> Tokenizer:
        """Load the tokenizer of a directory that has the files.

        Raises:
            EncoderError: they cannot be read, or hold no vocabulary that fits.
        """

    def digest(self, directory: Path) -> str:
        """`Tokenizer.digest` of a directory that has the files, which are not loaded."""
