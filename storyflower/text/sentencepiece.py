"""KoBERT's tokenizer on the `sentencepiece` package alone: text in, `[CLS] pieces… [SEP]` out.

Transformers' own classes either load this vocabulary wrongly (`AutoTokenizer` pads on the left and appends
`[SEP][CLS]`) or not at all, so this module implements the few rules. Text is never lower-cased.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sentencepiece

from storyflower.digests import unchanged_file_sha256
from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.text.letters import Misfit, misfit_of
from storyflower.text.tokenizer import Sampling, SpecialIds
from storyflower.text.tokens import TokenSequences, frame

if TYPE_CHECKING:
    from storyflower.text.sampling import Sampler

SPIECE_FILE = "spiece.model"

UNK_ID, PAD_ID, CLS_ID, SEP_ID, MASK_ID = range(5)
SPECIAL_PIECES = ("[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]")
"""The pieces of ids 0 to 4, in KoBERT's order."""

KOBERT_SHA256 = "17dc471055592d3cc9e0a5831e769246a8a001a4d27551c9ed79668173c7b407"
"""SHA-256 of `spiece.model` in `skt/kobert-base-v1`."""
GOLDEN_TEXT = "한국어 모델을 공유합니다."
"""The sentence of KoBERT's own documentation."""
GOLDEN_IDS = (2, 4958, 6855, 2046, 7088, 1050, 7843, 54, 3)
"""The ids of `GOLDEN_TEXT` in KoBERT's vocabulary."""

WORD_MARK = "▁"
"""SentencePiece's mark of a blank; as a piece of its own it carries no content."""
_ALL_CORES = -1
_NO_ROOT = (None, 0)


class KoBertTokenizer:
    """A SentencePiece vocabulary laid out as KoBERT's.

    Raises:
        EncoderError: the file is missing, is not a SentencePiece model, or has other pieces at ids 0 to 4.
    """

    def __init__(self, spiece: Path, model: bytes | None = None) -> None:
        """Load the vocabulary; `model` is the content of the file, which is then not read."""
        model = _read(spiece) if model is None else model
        self._processor = _load(model, spiece)
        self.files = (spiece,)
        self.vocab_size: int = self._processor.get_piece_size()
        self.digest = hashlib.sha256(model).hexdigest()
        self.special = kobert_ids(self._processor.piece_to_id(WORD_MARK))
        # A special piece in the text of a user, spelled out in single characters.
        self._spelled = {
            special: [self._processor.piece_to_id(character) for character in SPECIAL_PIECES[special]]
            for special in (PAD_ID, CLS_ID, SEP_ID, MASK_ID)
        }
        self._roots = _shared_roots([self._processor.id_to_piece(i) for i in range(self.vocab_size)])

    def __reduce__(self) -> tuple[Any, ...]:
        # With the content: a training sends it to processes on machines that do not have the file.
        return KoBertTokenizer, (*self.files, self._processor.serialized_model_proto())

    @property
    def golden_ids_match(self) -> bool | None:
        """Whether KoBERT's vocabulary gives the ids of its documentation; None with another vocabulary."""
        if self.digest != KOBERT_SHA256:
            return None
        return tuple(self.encode(GOLDEN_TEXT, max_len=64)) == GOLDEN_IDS

    @property
    def can_sample(self) -> bool:
        """Whether the vocabulary has several segmentations of a text: it is a unigram or a BPE model."""
        return self._sampler is not None

    @cached_property
    def _sampler(self) -> "Sampler | None":
        from storyflower.text.sampling import Sampler  # needed in training alone

        return Sampler.of(self._processor)

    @property
    def misfit(self) -> Misfit | None:
        """Whether the vocabulary has decomposed Hangul; whether texts are lower-cased is part of the vocabulary."""
        return misfit_of(map(self._processor.id_to_piece, range(self.vocab_size)), lower_cases=None)

    def encode(self, text: str, max_len: int) -> list[int]:
        """Ids of one text, `[CLS]` first and `[SEP]` last, at most `max_len` of them."""
        ids: list[int] = self.encode_batch([text], max_len).ids.tolist()
        return ids

    def encode_batch(self, texts: Sequence[str], max_len: int) -> TokenSequences:
        """Ids of many texts.

        Segment ids are all 0 and therefore not stored. Special tokens that occur in the text itself, in any form that
        the vocabulary's normalisation turns into one, become the ids of their characters.
        """
        pieces = self._processor.encode(_utf8(texts), num_threads=_ALL_CORES)
        return frame([self._neutralised(self._ordered(ids)) for ids in pieces], max_len, cls=CLS_ID, sep=SEP_ID)

    def sample_batch(self, texts: Sequence[str], max_len: int, sampling: Sampling) -> TokenSequences:
        """Ids of many texts from sampled segmentations, a function of the texts and of `sampling` alone."""
        if self._sampler is None:
            raise ValueError("the vocabulary has one segmentation of a text only")
        pieces = [self._sampler.draw(text.decode(), sampling) for text in _utf8(texts)]
        return frame([self._neutralised(ids) for ids in pieces], max_len, cls=CLS_ID, sep=SEP_ID)

    def transformers_files(self, max_len: int, texts: Iterable[str]) -> dict[str, str]:
        """See `Tokenizer.transformers_files`; the conversion is imported only here, because it needs `tokenizers`."""
        from storyflower.text.conversion import tokenizer_files

        return tokenizer_files(self, max_len, texts)

    def _neutralised(self, ids: list[int]) -> list[int]:
        if self._spelled.keys().isdisjoint(ids):
            return ids
        return list(chain.from_iterable(self._spelled.get(piece, (piece,)) for piece in ids))

    def _ordered(self, ids: list[int]) -> list[int]:
        """Sort neighbouring pieces that repeat the same string, such as `.` and `...`, from short to long.

        Every order spells the same text with the same score. The order that SentencePiece finds depends on rounding,
        and so on the words before; a fixed order can be reproduced by other tokenizers.
        """
        if self._roots.keys().isdisjoint(ids):
            return ids
        runs = groupby(ids, key=lambda piece: self._roots.get(piece, _NO_ROOT)[0])
        return [
            piece
            for root, run in runs
            for piece in (run if root is None else sorted(run, key=lambda piece: self._roots[piece][1]))
        ]


def kobert_ids(word_mark_id: int) -> SpecialIds:
    """The special ids of KoBERT's layout; `word_mark_id` is that of `[UNK]` if the vocabulary has no word mark."""
    blank = () if word_mark_id == UNK_ID else (word_mark_id,)
    return SpecialIds(unk=UNK_ID, pad=PAD_ID, cls=CLS_ID, sep=SEP_ID, mask=MASK_ID, blank=blank)


class _SentencePiece:
    """The format of `spiece.model`."""

    files = (SPIECE_FILE,)
    options = ()

    def load(self, directory: Path) -> KoBertTokenizer:
        return KoBertTokenizer(directory / SPIECE_FILE)

    def digest(self, directory: Path) -> str:
        return unchanged_file_sha256(directory / SPIECE_FILE)


SENTENCEPIECE = _SentencePiece()


def _utf8(texts: Sequence[str]) -> list[bytes]:
    """Encode texts as UTF-8, as SentencePiece reads them; lone surrogates become question marks."""
    return [text.encode("utf-8", "replace") for text in texts]


def _read(spiece: Path) -> bytes:
    try:
        return spiece.read_bytes()
    except PermissionError as error:
        raise problem(EncoderError, "model_file_refused", str(spiece), reason=error.strerror) from error
    except OSError as error:
        raise problem(EncoderError, "vocabulary_unreadable", str(spiece), reason=error.strerror) from None


def _load(model: bytes, spiece: Path) -> sentencepiece.SentencePieceProcessor:
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
        first = tuple(processor.id_to_piece(i) for i in range(min(len(SPECIAL_PIECES), processor.get_piece_size())))
    except RuntimeError:
        raise problem(EncoderError, "no_sentencepiece_model", str(spiece)) from None
    if first != SPECIAL_PIECES:
        raise problem(
            EncoderError,
            "other_special_pieces",
            str(spiece),
            first=", ".join(first),
            expected=", ".join(SPECIAL_PIECES),
        )
    return processor


def _shared_roots(pieces: Sequence[str]) -> dict[int, tuple[str, int]]:
    """The repeated string and how often it is repeated, by id, for pieces that share the string with another piece."""
    roots = [(root := _root_of(piece), len(piece) // max(len(root), 1)) for piece in pieces]
    times = Counter(root for root, _ in roots)
    return {number: root for number, root in enumerate(roots) if number >= len(SPECIAL_PIECES) and times[root[0]] > 1}


def _root_of(piece: str) -> str:
    """The shortest string that makes up `piece` by repetition: `ㅋㅎ` of `ㅋㅎㅋㅎ`."""
    return piece[: (piece + piece).find(piece, 1)] if piece else piece
