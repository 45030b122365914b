"""What StoryFlower asks of a tokenizer, whatever the format of its vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.text.tokens import TokenSequences

TOKENIZER_FILE = "tokenizer.json"
"""Where there is one, `AutoTokenizer` gives the same ids as StoryFlower."""
MAX_NBEST = 512
"""The longest list of candidates that a segmentation is sampled from."""


@dataclass(frozen=True)
class SpecialIds:
    """The ids of a vocabulary that do not stand for a part of the text."""

    unk: int
    pad: int
    cls: int
    sep: int
    mask: int
    blank: tuple[int, ...] = ()
    """Pieces that stand for a blank alone; they carry no content."""

    def is_content(self, ids: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each id stands for a part of the text, known or not: all but `[CLS]`, `[SEP]` and bare blanks."""
        return np.isin(ids, (self.cls, self.sep, *self.blank), invert=True)

    def is_known(self, ids: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each id is content and is not `[UNK]`."""
        known: NDArray[np.bool_] = self.is_content(ids) & (ids != self.unk)
        return known


@dataclass(frozen=True)
class Sampling:
    """Draws one of a text's possible segmentations instead of the best (Kudo 2018, https://arxiv.org/abs/1804.10959).

    With a unigram vocabulary, such as KoBERT's, `alpha` smooths the distribution: near 0 every segmentation is
    about equally likely, near 1 the best one is nearly always drawn. With a BPE vocabulary it is the dropout rate.

    Raises:
        RecipeError: no tokenizer can sample with these values.
    """

    alpha: float
    nbest_size: int
    seed: int

    def __post_init__(self) -> None:
        if not 0 < self.alpha <= 1:
            raise problem(RecipeError, "sampling_alpha", "recipe", alpha=self.alpha)
        if self.nbest_size != -1 and not 2 <= self.nbest_size <= MAX_NBEST:
            raise problem(RecipeError, "sampling_candidates", "recipe", count=self.nbest_size, most=MAX_NBEST)


class Tokenizer(Protocol):
    """A vocabulary, loaded: text in, `[CLS] pieces… [SEP]` out. `load_tokenizer` gives that of a directory."""

    @property
    def vocab_size(self) -> int:
        """Pieces of the vocabulary; every id lies below."""

    @property
    def special(self) -> SpecialIds:
        """The ids that do not stand for a part of the text."""

    @property
    def digest(self) -> str:
        """SHA-256 of the vocabulary: token ids of different vocabularies cannot be compared."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it was loaded from. A model directory holds them under the same names."""

    @property
    def golden_ids_match(self) -> bool | None:
        """Whether a sentence whose ids are documented gets them; None where none is documented of this vocabulary."""

    def encode(self, text: str, max_len: int) -> list[int]:
        """Ids of one text, `[CLS]` first and `[SEP]` last, at most `max_len` of them."""

    def encode_batch(self, texts: Sequence[str], max_len: int) -> TokenSequences:
        """Ids of many texts, each as `encode` gives them. Special tokens written out in a text are text."""

    def transformers_files(self, max_len: int, texts: Sequence[str]) -> dict[str, str]:
        """The files, name to content, by which Transformers' `AutoTokenizer` gives the same ids, or refuses to load.

        Args:
            max_len: tokens at which a text is cut where the caller asks for truncation.
            texts: on which both tokenizers are compared.
        """


@runtime_checkable
class SamplingTokenizer(Tokenizer, Protocol):
    """A tokenizer that can also draw other segmentations than the best."""

    def sample_batch(self, texts: Sequence[str], max_len: int, sampling: Sampling) -> TokenSequences:
        """Ids of many texts by segmentations that depend on the texts and on `sampling` alone."""


class TokenizerKind(Protocol):
    """A format of vocabularies: where one lies in a directory, and how it is loaded."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that hold it, all of which are needed."""

    def load(self, directory: Path) -> Tokenizer:
        """The tokenizer of a directory that has the files.

        Raises:
            EncoderError: they cannot be read, or hold no vocabulary that fits.
        """

    def digest(self, directory: Path) -> str:
        """`Tokenizer.digest` of a directory that has the files, which are not loaded."""
