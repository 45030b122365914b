"""Trains a SentencePiece vocabulary laid out as KoBERT's, for an encoder trained from scratch."""

import io
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

from storyflower.atomic import write_atomically
from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.text.sentencepiece import CLS_ID, MASK_ID, PAD_ID, SEP_ID, SPECIAL_PIECES, SPIECE_FILE, UNK_ID

TRAINED_PAD = PAD_ID
"""The id of `[PAD]` in the vocabularies of this module."""

_WHERE = "scratch encoder"
_ERRORS_ONLY = 2
"""SentencePiece's log level, which keeps its progress off stderr."""


def train_vocabulary(texts: Iterable[str], vocab_size: int, folder: Path) -> Path:
    """Write a unigram SentencePiece model of `vocab_size` pieces, or of fewer if the texts contain no more.

    Returns its file in the folder, which is made where there is none.

    The pieces of ids 0 to 4 and their kinds, the normalisation and the character coverage are KoBERT's. The
    same texts in the same order give the same bytes.

    Raises:
        EncoderError: there is no text, or `vocab_size` is too small for the characters in it.
    """
    model = _train([text for text in texts if text.strip()], vocab_size)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SPIECE_FILE
    with write_atomically(path) as draft:
        draft.write_bytes(model)
    return path


def _train(texts: list[str], vocab_size: int) -> bytes:
    if not texts:
        raise problem(EncoderError, "no_text_for_vocabulary", _WHERE)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocab_size,
            hard_vocab_limit=False,
            normalization_rule_name="nmt_nfkc",
            character_coverage=0.9995,
            unk_id=UNK_ID,
            unk_piece=SPECIAL_PIECES[UNK_ID],
            pad_id=-1,
            bos_id=-1,
            eos_id=-1,
            user_defined_symbols=[SPECIAL_PIECES[i] for i in (PAD_ID, CLS_ID, SEP_ID, MASK_ID)],
            num_threads=1,  # with more, the bytes depend on their number
            minloglevel=_ERRORS_ONLY,
        )
    except RuntimeError as error:
        raise problem(
            EncoderError, "vocabulary_not_trained", _WHERE, reason=error, pieces=vocab_size, texts=len(texts)
        ) from error
    return model.getvalue()
