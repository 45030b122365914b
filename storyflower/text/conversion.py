"""Converts a SentencePiece vocabulary to a `tokenizer.json`, so that plain Transformers gives KoBertTokenizer's ids.

The unigram model, its normalisation and its marks of blanks are converted as Transformers' own converter
(`SpmConverter`) does. This module adds the cleaning of texts (`clean`), special tokens that occur in the text itself,
and a check that both tokenizers agree.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from storyflower.text.exporting import ConversionError, add_specials, checked_files
from storyflower.text.normalization import UNKNOWN, kobert_normalization
from storyflower.text.sentencepiece import (
    CLS_ID,
    MASK_ID,
    PAD_ID,
    SEP_ID,
    SPECIAL_PIECES,
    UNK_ID,
    WORD_MARK,
    KoBertTokenizer,
)

_NORMALISATION = "nmt_nfkc"
"""The normalisation of KoBERT's vocabulary, and of the vocabularies that StoryFlower trains."""
_UNIGRAM, _NORMAL = 1, 1
"""SentencePiece's codes of a unigram model and of a normal piece."""


def tokenizer_files(ours: KoBertTokenizer, max_len: int, texts: Iterable[str]) -> dict[str, str]:
    """See `Tokenizer.transformers_files`."""
    return checked_files(ours, lambda: convert(*ours.files), max_len, texts)


def convert(spiece: Path) -> Tokenizer:
    """Convert the vocabulary to a tokenizer without truncation.

    Raises:
        ConversionError: it is not a unigram vocabulary, or has pieces that cannot be distinguished.
    """
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(spiece.read_bytes())
    normal = [piece.piece for piece in proto.pieces if piece.type == _NORMAL]
    _require_convertible(proto, normal)
    # SentencePiece ignores the scores of special pieces; `tokenizers` takes them into account for the lowest score.
    lowest = min(piece.score for piece in proto.pieces if piece.type == _NORMAL)
    scores = [lowest if i < len(SPECIAL_PIECES) else piece.score for i, piece in enumerate(proto.pieces)]
    scored = list(zip((piece.piece for piece in proto.pieces), scores, strict=True))
    tokenizer = Tokenizer(Unigram(scored, unk_id=UNK_ID, byte_fallback=False))
    change, cut = _written_unk(normal)
    tokenizer.normalizer = normalizers.Sequence([*kobert_normalization(), *([change] if change else [])])
    marks = pre_tokenizers.Metaspace(replacement=WORD_MARK, prepend_scheme="always")
    # `KoBertTokenizer` encodes the characters of special pieces in a text one by one.
    written = [SPECIAL_PIECES[special] for special in (PAD_ID, CLS_ID, SEP_ID, MASK_ID)]
    characters = "|".join(_within(piece, i) for piece in written for i in range(len(piece)))
    specials = pre_tokenizers.Split(Regex(characters), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([marks, specials, *([cut] if cut else [])])
    add_specials(tokenizer, cls=CLS_ID, sep=SEP_ID)
    return tokenizer


def _require_convertible(proto: sentencepiece_model_pb2.ModelProto, normal: Sequence[str]) -> None:  # type: ignore[name-defined]
    spec, trainer = proto.normalizer_spec, proto.trainer_spec
    if trainer.model_type != _UNIGRAM or trainer.byte_fallback or trainer.treat_whitespace_as_suffix:
        raise ConversionError("it is no plain unigram model")
    if not (spec.add_dummy_prefix and spec.remove_extra_whitespaces and spec.escape_whitespaces):
        raise ConversionError("it treats blanks in another way than KoBERT's")
    if spec.name != _NORMALISATION:
        raise ConversionError(f"its normalisation is {spec.name!r}, not {_NORMALISATION!r}")
    if any(WORD_MARK in piece[1:] for piece in normal):
        raise ConversionError("it has pieces of more than one word")
    if len(normal) != len(proto.pieces) - len(SPECIAL_PIECES):
        raise ConversionError("it has special pieces of its own")


def _written_unk(normal: Sequence[str]) -> tuple[normalizers.Normalizer | None, pre_tokenizers.PreTokenizer | None]:
    """A step that keeps `tokenizers` from encoding the text `[UNK]` as the special piece; SentencePiece never does.

    If no piece contains one of its characters, that character is replaced with another unknown one; otherwise the text
    is split between two characters that no piece contains together. Neither changes a segmentation.
    """
    unk = SPECIAL_PIECES[UNK_ID]
    for i, character in enumerate(unk):
        if not any(character in piece for piece in normal):
            return normalizers.Replace(Regex(_within(unk, i)), UNKNOWN), None
    for i in range(len(unk) - 1):
        is_known = unk[i] in normal or unk[i + 1] in normal  # otherwise the split would make two unknown pieces of one
        if is_known and not any(unk[i : i + 2] in piece for piece in normal):
            return None, pre_tokenizers.Split(Regex(_within(unk, i)), "merged_with_previous")
    raise ConversionError("a text could hold [UNK] as a piece")


def _within(word: str, i: int) -> str:
    """A pattern that matches the character `i` of `word`, if the whole word occurs."""
    before, after = re.escape(word[:i]), re.escape(word[i + 1 :])
    return (f"(?<={before})" if before else "") + re.escape(word[i]) + (f"(?={after})" if after else "")
