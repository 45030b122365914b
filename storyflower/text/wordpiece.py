"""BERT's WordPiece on the `tokenizers` package: text in, `[CLS] pieces… [SEP]` out.

The vocabulary is a `vocab.txt`, one piece a line. Transformers' `BertTokenizer` lower-cases unless a directory says
otherwise, and strips accents whenever it lower-cases, which decomposes Hangul; here text is lower-cased only where the
directory says so, and accents, and with them Hangul syllables, are never taken apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece

from storyflower.digests import digest_of, unchanged_file_sha256
from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.text.exporting import SPECIAL_TOKENS, add_specials, checked_files
from storyflower.text.letters import Misfit, misfit_of
from storyflower.text.normalization import cleaning
from storyflower.text.tokenizer import CONFIG_FILE, TOKENIZER_FILE, SpecialIds
from storyflower.text.tokens import TokenSequences, frame
from storyflower.text.wordpiece_options import WordPieceOptions, read_options

VOCAB_FILE = "vocab.txt"

_CONTINUED = "##"


class WordPieceTokenizer:
    """A WordPiece vocabulary with `[UNK]`, `[PAD]`, `[CLS]`, `[SEP]` and `[MASK]` anywhere in it.

    Raises:
        EncoderError: the file cannot be read, is no WordPiece vocabulary, or belongs to a tokenizer of another class.
    """

    golden_ids_match: bool | None = None
    """No sentence with documented ids is known."""

    def __init__(self, directory: Path) -> None:
        file = directory / VOCAB_FILE
        pieces = _read_pieces(file)
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._options = read_options(directory)
        self.special = _special_ids(self._ids, file)
        self.files = (file,)
        self.vocab_size = len(pieces)
        self.digest = _digest_of(file, self._options)
        self._tokenizer = self._build([normalizers.NFC()])

    @property
    def misfit(self) -> Misfit | None:
        """See `Tokenizer.misfit`."""
        return misfit_of(self._ids, lower_cases=self._options.lower_case)

    def encode(self, text: str, max_len: int) -> list[int]:
        """Ids of one text, `[CLS]` first and `[SEP]` last, at most `max_len` of them."""
        ids: list[int] = self.encode_batch([text], max_len).ids.tolist()
        return ids

    def encode_batch(self, texts: Sequence[str], max_len: int) -> TokenSequences:
        """Ids of many texts.

        Special tokens that occur in a text are cut at their brackets, and so become the ids of their parts. Lone
        surrogates become question marks.
        """
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        encoded = self._tokenizer.encode_batch_fast(whole, add_special_tokens=False)
        return frame([text.ids for text in encoded], max_len, cls=self.special.cls, sep=self.special.sep)

    def transformers_files(self, max_len: int, texts: Iterable[str]) -> dict[str, str]:
        """See `Tokenizer.transformers_files`."""
        options = {
            "do_lower_case": self._options.lower_case,
            "tokenize_chinese_chars": self._options.split_chinese,
            "strip_accents": False,
        }
        return checked_files(self, self._convert, max_len, texts, **options)

    def _convert(self) -> Tokenizer:
        """The same tokenizer for texts that are not cleaned yet, with special tokens around them."""
        converted = self._build(cleaning())
        add_specials(converted, cls=self.special.cls, sep=self.special.sep)
        return converted

    def _build(self, first: Sequence[normalizers.Normalizer]) -> Tokenizer:
        """A tokenizer without special tokens, whose normalisation begins with `first`."""
        tokenizer = Tokenizer(WordPiece(self._ids, unk_token=SPECIAL_TOKENS["unk_token"]))
        bert = normalizers.BertNormalizer(
            clean_text=True,
            handle_chinese_chars=self._options.split_chinese,
            strip_accents=False,
            lowercase=self._options.lower_case,
        )
        tokenizer.normalizer = normalizers.Sequence([*first, bert])
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer


class _WordPiece:
    """The format of `vocab.txt`."""

    files = (VOCAB_FILE,)
    options = (CONFIG_FILE, TOKENIZER_FILE)

    def load(self, directory: Path) -> WordPieceTokenizer:
        return WordPieceTokenizer(directory)

    def digest(self, directory: Path) -> str:
        return _digest_of(directory / VOCAB_FILE, read_options(directory))


WORDPIECE = _WordPiece()


def _digest_of(file: Path, options: WordPieceOptions) -> str:
    return digest_of({"vocabulary": unchanged_file_sha256(file), "options": asdict(options)})


def _read_pieces(file: Path) -> list[str]:
    """The pieces in the order of their ids."""
    try:
        pieces = file.read_text("utf-8").removesuffix("\n").split("\n")
    except PermissionError as error:
        raise problem(EncoderError, "model_file_refused", str(file), reason=error.strerror) from error
    except OSError as error:
        raise problem(EncoderError, "vocabulary_unreadable", str(file), reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise problem(EncoderError, "no_wordpiece_vocabulary", str(file)) from error
    if not any(piece.startswith(_CONTINUED) for piece in pieces):  # for example the list of a SentencePiece model
        raise problem(EncoderError, "no_wordpiece_vocabulary", str(file))
    return pieces


def _special_ids(ids: dict[str, int], file: Path) -> SpecialIds:
    missing = [piece for piece in SPECIAL_TOKENS.values() if piece not in ids]
    if missing:
        raise problem(EncoderError, "special_pieces_missing", str(file), missing=", ".join(missing))
    unk, pad, cls, sep, mask = (ids[piece] for piece in SPECIAL_TOKENS.values())
    return SpecialIds(unk=unk, pad=pad, cls=cls, sep=sep, mask=mask)
