"""A SentencePiece vocabulary as a `tokenizer.json`, by which plain Transformers gives the ids of `KoBertTokenizer`.

The unigram model, its normalisation and its marks of blanks are converted as Transformers' own converter
(`SpmConverter`) does. What that leaves out stands here: the cleaning of texts (`clean`), special tokens that are
written out in a text, and a check that both tokenizers agree.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from storyflower.cleaning import clean
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
from storyflower.text.tokenizer import TOKENIZER_FILE
from storyflower.text.tokenizer import Tokenizer as OurTokenizer

CONFIG_FILE = "tokenizer_config.json"

_NO_SUCH_CLASS = "StoryFlowerKoBertTokenizer"
"""Names no class of Transformers, so that `AutoTokenizer` raises (ValueError) instead of guessing a tokenizer."""
_NORMALISATION = "nmt_nfkc"
"""That of KoBERT's vocabulary, and of those that StoryFlower trains."""
_UNIGRAM, _NORMAL = 1, 1
"""SentencePiece's numbers of that kind of model, and of that kind of piece."""

_ZERO_WIDTH_OF_EMOJI = "\u200d\ufe0e\ufe0f" + "".join(map(chr, range(0xE0020, 0xE0080)))
_PART = r"\p{Extended_Pictographic}\x{1F3FB}-\x{1F3FF}\x{FE0E}\x{FE0F}\x{20E3}\x{E0020}-\x{E007F}"
_STRAY = (
    r"\x{200D}(?!\p{Extended_Pictographic})"
    rf"|(?<![{_PART}])\x{{200D}}"
    rf"|(?<![{_PART}0-9#*])[\x{{FE0E}}\x{{FE0F}}\x{{E0020}}-\x{{E007F}}]+"
    r"|(?<=[0-9#*])(?!\x{FE0F}\x{20E3})[\x{FE0E}\x{FE0F}\x{E0020}-\x{E007F}]+"
)
"""Joiners, variation selectors and tags that belong to no emoji."""


_WAVE = "\uff5e"
_KEPT_WAVE, _APART, _UNKNOWN = "\ufdd0", "\ufdd1", "\ufdd2"
"""Code points without meaning ("noncharacters"): for a while in the place of `～`, between two characters, and what
no piece may hold."""
_FINAL_CONSONANTS = "\u3133\u3135\u3136\u313a-\u313f\uffa3\uffa5\uffa6\uffaa-\uffaf"
"""Compatibility letters that NFKC makes a final consonant: ㄳ ㄵ ㄶ ㄺ ㄻ ㄼ ㄽ ㄾ ㄿ, and their half-width forms."""


class ConversionError(Exception):
    """The vocabulary cannot be had as a `tokenizer.json` with the same ids."""


def tokenizer_files(ours: KoBertTokenizer, max_len: int, texts: Sequence[str]) -> dict[str, str]:
    """The files, name to content, by which `AutoTokenizer` gives the same ids as StoryFlower.

    Where that is impossible, or the ids of one of `texts` differ, the only file is one that `AutoTokenizer` refuses.

    Args:
        ours: a vocabulary laid out as KoBERT's.
        max_len: tokens at which a text is cut where the caller asks for truncation.
        texts: on which both tokenizers are compared.

    """
    try:
        converted = convert(*ours.files)
        if differing := differences(ours, converted, texts):
            raise ConversionError(f"{len(differing)} of {len(texts)} texts have other ids, such as {differing[0]!r}")
    except ConversionError as error:
        refusal = {"tokenizer_class": _NO_SUCH_CLASS, "reason": str(error)}
        return {CONFIG_FILE: json.dumps(refusal, ensure_ascii=False, indent=1)}
    return {TOKENIZER_FILE: converted.to_str(), CONFIG_FILE: json.dumps(_configuration(max_len), indent=1)}


def differences(ours: OurTokenizer, converted: Tokenizer, texts: Sequence[str]) -> list[str]:
    """The texts that have other ids, uncut, by the converted tokenizer than cleaned by ours."""
    longest = max((len(text) for text in texts), default=0) * 20 + 3  # a compatibility character has up to 18 letters
    expected = ours.encode_batch([clean(text) for text in texts], longest)
    found = converted.encode_batch_fast(list(texts))
    return [text for i, text in enumerate(texts) if found[i].ids != expected.sequence(i).tolist()]


def convert(spiece: Path) -> Tokenizer:
    """The vocabulary as a tokenizer of its own, without truncation.

    Raises:
        ConversionError: it is no unigram vocabulary, or has pieces that could not be told apart.
    """
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(spiece.read_bytes())
    normal = [piece.piece for piece in proto.pieces if piece.type == _NORMAL]
    _require_convertible(proto, normal)
    # Scores of special pieces count for nothing in SentencePiece, but for the lowest score in `tokenizers`.
    lowest = min(piece.score for piece in proto.pieces if piece.type == _NORMAL)
    scores = [lowest if i < len(SPECIAL_PIECES) else piece.score for i, piece in enumerate(proto.pieces)]
    scored = list(zip((piece.piece for piece in proto.pieces), scores, strict=True))
    tokenizer = Tokenizer(Unigram(scored, unk_id=UNK_ID, byte_fallback=False))
    change, cut = _written_unk(normal)
    tokenizer.normalizer = normalizers.Sequence([*_normalization(), *([change] if change else [])])
    marks = pre_tokenizers.Metaspace(replacement=WORD_MARK, prepend_scheme="always")
    specials = pre_tokenizers.Split(Regex(_characters_of_specials()), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([marks, specials, *([cut] if cut else [])])
    cls, sep = SPECIAL_PIECES[CLS_ID], SPECIAL_PIECES[SEP_ID]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}",
        pair=f"{cls} $A {sep} $B:1 {sep}:1",
        special_tokens=[(cls, CLS_ID), (sep, SEP_ID)],
    )
    tokenizer.add_special_tokens([AddedToken(piece, special=True, normalized=False) for piece in SPECIAL_PIECES])
    tokenizer.encode_special_tokens = True  # one that is written out in a text is text
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


def _normalization() -> list[normalizers.Normalizer]:
    """`clean`, then SentencePiece's table `nmt_nfkc`.

    After `clean` that table is NFKC, but that it keeps `～`, takes U+FFFD for a blank, and sets a final consonant that
    it makes apart from a whole syllable before. `normalizers.Precompiled` reads the table itself, but looks up one
    grapheme at a time where SentencePiece looks up the longest sequence: it composes no ㅋㅠ to 큐, and loses marks
    after ①.
    """
    zero_width, blanks = _invisible()
    always = "".join(c for c in zero_width if c not in _ZERO_WIDTH_OF_EMOJI)
    return [
        normalizers.Replace(Regex(_STRAY), ""),
        normalizers.Replace(Regex(f"[{_ranges(always)}]"), ""),
        normalizers.Replace(Regex(f"[{_ranges(blanks)}]"), " "),  # before NFKC, which takes some for letters
        normalizers.NFC(),
        normalizers.Replace(Regex(f"[{_KEPT_WAVE}{_APART}]"), _UNKNOWN),
        normalizers.Replace(Regex(rf"(?<=[가-힣])(?=[{_FINAL_CONSONANTS}])"), _APART),
        normalizers.Replace(_WAVE, _KEPT_WAVE),
        normalizers.NFKC(),
        normalizers.Replace(_APART, ""),
        normalizers.Replace(_KEPT_WAVE, _WAVE),
        normalizers.Replace(Regex(f"[{_ranges(blanks)}{WORD_MARK}\ufffd]+"), " "),
        normalizers.Strip(),
    ]


@lru_cache(maxsize=1)
def _invisible() -> tuple[str, str]:
    """The characters that `clean` takes out from between letters, and those that it makes a blank."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and code != ord("|")]
    cleaned = clean("|".join(f"가{c}나" for c in characters)).split("|")
    pairs = list(zip(characters, cleaned, strict=True))
    return "".join(c for c, text in pairs if text == "가나"), "".join(c for c, text in pairs if text == "가 나")


def _ranges(characters: str) -> str:
    """The inside of a character class."""
    runs = groupby(enumerate(sorted(map(ord, characters))), key=lambda pair: pair[1] - pair[0])
    listed = [[code for _, code in run] for _, run in runs]
    return "".join(rf"\x{{{run[0]:X}}}-\x{{{run[-1]:X}}}" for run in listed)


def _characters_of_specials() -> str:
    """Each character of a special piece that SentencePiece would find in a text: `KoBertTokenizer` spells them."""
    written = [SPECIAL_PIECES[special] for special in (PAD_ID, CLS_ID, SEP_ID, MASK_ID)]
    return "|".join(_within(piece, i) for piece in written for i in range(len(piece)))


def _written_unk(normal: Sequence[str]) -> tuple[normalizers.Normalizer | None, pre_tokenizers.PreTokenizer | None]:
    """What keeps `tokenizers` from taking the text `[UNK]` for the piece, as SentencePiece never does.

    Either one of its characters, if no piece holds it, becomes another unknown one; or a cut is made between two
    characters that no piece holds together. Neither changes a segmentation.
    """
    unk = SPECIAL_PIECES[UNK_ID]
    for i, character in enumerate(unk):
        if not any(character in piece for piece in normal):
            return normalizers.Replace(Regex(_within(unk, i)), _UNKNOWN), None
    for i in range(len(unk) - 1):
        is_known = unk[i] in normal or unk[i + 1] in normal  # else the cut would make two of one unknown piece
        if is_known and not any(unk[i : i + 2] in piece for piece in normal):
            return None, pre_tokenizers.Split(Regex(_within(unk, i)), "merged_with_previous")
    raise ConversionError("a text could hold [UNK] as a piece")


def _within(word: str, i: int) -> str:
    """A pattern of the character `i` of `word`, where the whole word stands."""
    before, after = re.escape(word[:i]), re.escape(word[i + 1 :])
    return (f"(?<={before})" if before else "") + re.escape(word[i]) + (f"(?={after})" if after else "")


def _configuration(max_len: int) -> dict[str, object]:
    """What `AutoTokenizer` reads beside the tokenizer."""
    names = {"unk_token": UNK_ID, "pad_token": PAD_ID, "cls_token": CLS_ID, "sep_token": SEP_ID, "mask_token": MASK_ID}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_len,
        "padding_side": "right",
        "truncation_side": "right",
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        **{name: SPECIAL_PIECES[number] for name, number in names.items()},
    }
