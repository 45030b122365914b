"""Loads the tokenizer of a directory; the only module that lists the formats of vocabularies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storyflower.errors import EncoderError, RecipeError
from storyflower.messages import problem
from storyflower.text.sentencepiece import SENTENCEPIECE, kobert_ids
from storyflower.text.tokenizer import SamplingTokenizer, SpecialIds, Tokenizer, TokenizerKind
from storyflower.text.wordpiece import WORDPIECE

KINDS: tuple[TokenizerKind, ...] = (SENTENCEPIECE, WORDPIECE)
"""The known formats; if a directory has the files of several, the first one is used."""
VOCABULARY_FILES = tuple(name for kind in KINDS for name in (*kind.files, *kind.options))
"""The files of all formats."""

_LARGEST = 64 << 20
"""Maximum bytes of a vocabulary's file."""


def load_tokenizer(directory: Path) -> Tokenizer:
    """Load the tokenizer of an encoder's or a model's directory.

    Raises:
        EncoderError: there is none, or its files cannot be read, are too large or are damaged.
    """
    require_vocabulary(directory)
    return _kind_of(directory).load(directory)


def load_sampling_tokenizer(directory: Path) -> SamplingTokenizer:
    """Load the tokenizer of a directory for a recipe with BPE-dropout.

    Raises:
        EncoderError: as `load_tokenizer`.
        RecipeError: the vocabulary has one segmentation of a text only.
    """
    tokenizer = load_tokenizer(directory)
    if not isinstance(tokenizer, SamplingTokenizer) or not tokenizer.can_sample:
        names = ", ".join(file.name for file in tokenizer.files)
        raise problem(RecipeError, "no_sampling", "recipe", files=names)
    return tokenizer


def require_vocabulary(directory: Path) -> tuple[Path, ...]:
    """Return the files of the directory's vocabulary, and of its options, after checking their sizes.

    They are not read.

    Raises:
        EncoderError: there are no files of a known format, or one is too large.
    """
    kind = _kind_of(directory)
    options = (name for name in kind.options if (directory / name).is_file())
    files = tuple(directory / name for name in (*kind.files, *options))
    for file in files:
        if (size := file.stat().st_size) > _LARGEST:
            raise problem(EncoderError, "vocabulary_too_large", str(file), size=size, largest=_LARGEST)
    return files


def vocabulary_digest(directory: Path) -> str:
    """`Tokenizer.digest` of the directory's vocabulary, without loading it.

    Raises:
        EncoderError: there is none.
    """
    return _kind_of(directory).digest(directory)


def special_ids_of(noted: Mapping[str, Any]) -> SpecialIds:
    """The ids recorded under `special_ids` with tokens or a profile.

    Before they were noted, every vocabulary was laid out as KoBERT's, and `word_mark_id` alone was kept.
    """
    if "special_ids" not in noted:
        return kobert_ids(noted["word_mark_id"])
    values = dict(noted["special_ids"])
    return SpecialIds(**values | {"blank": tuple(values["blank"])})


def _kind_of(directory: Path) -> TokenizerKind:
    for kind in KINDS:
        if all((directory / name).is_file() for name in kind.files):
            return kind
    raise problem(EncoderError, "no_vocabulary_file", str(directory))
