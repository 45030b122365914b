"""The tokenizer of a directory, by the files in it; another format of vocabulary is one class and one entry."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from storyflower.digests import file_sha256
from storyflower.errors import EncoderError, RecipeError
from storyflower.text import loading
from storyflower.text.health import measure_health
from storyflower.text.loading import load_sampling_tokenizer, load_tokenizer, special_ids_of, vocabulary_digest
from storyflower.text.sentencepiece import SENTENCEPIECE, KoBertTokenizer
from storyflower.text.tokenizer import Sampling, SpecialIds
from storyflower.text.tokens import TokenSequences, offsets_of

WORDS = "words.txt"


class WordTokenizer:
    """Whole words, by their lines in a file: pad 0, unk 1, cls 2, sep 3, mask 4, and no piece for a blank."""

    special = SpecialIds(unk=1, pad=0, cls=2, sep=3, mask=4)
    golden_ids_match = None
    misfit = None

    def __init__(self, file: Path) -> None:
        self.files = (file,)
        self.digest = file_sha256(file)
        self._ids = {word: number for number, word in enumerate(file.read_text("utf-8").split(), 5)}
        self.vocab_size = 5 + len(self._ids)

    def encode(self, text: str, max_len: int) -> list[int]:
        return [2, *[self._ids.get(word, 1) for word in text.split()][: max_len - 2], 3]

    def encode_batch(self, texts: Sequence[str], max_len: int) -> TokenSequences:
        rows = [self.encode(text, max_len) for text in texts]
        cut = np.array([len(text.split()) > max_len - 2 for text in texts])
        ids = np.fromiter(chain.from_iterable(rows), np.int32)
        return TokenSequences(ids, offsets_of(np.array([len(row) for row in rows])), cut)

    def transformers_files(self, max_len: int, texts: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        return {}


class Words:
    files = (WORDS,)
    options = ()

    def load(self, directory: Path) -> WordTokenizer:
        return WordTokenizer(directory / WORDS)

    def digest(self, directory: Path) -> str:
        return file_sha256(directory / WORDS)


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a vocabulary of words, whose format is known beside SentencePiece's."""
    monkeypatch.setattr(loading, "KINDS", (SENTENCEPIECE, Words()))
    (tmp_path / WORDS).write_text("오늘 정말 기뻤어", "utf-8")
    return tmp_path


def test_a_directory_with_a_spiece_model_has_a_kobert_tokenizer(small_spiece: Path) -> None:
    tokenizer = load_tokenizer(small_spiece.parent)
    assert isinstance(tokenizer, KoBertTokenizer)
    assert tokenizer.files == (small_spiece,)
    assert tokenizer.digest == vocabulary_digest(small_spiece.parent) == file_sha256(small_spiece)
    special = tokenizer.special
    assert (special.unk, special.pad, special.cls, special.sep, special.mask) == (0, 1, 2, 3, 4)
    assert load_sampling_tokenizer(small_spiece.parent).sample_batch(["오늘"], 9, Sampling(0.5, 8, 1)).ids[0] == 2


def test_another_format_is_loaded_by_its_file_and_counted_by_its_own_ids(words: Path) -> None:
    tokenizer = load_tokenizer(words)
    tokens = tokenizer.encode_batch(["오늘 정말 슬퍼", "슬퍼"], 16)
    assert tokens.ids.tolist() == [2, 5, 6, 1, 3, 2, 1, 3]
    health = measure_health(tokenizer, tokens)
    assert (health.n_content_tokens, health.unk_share, health.all_unk_share) == (4, 0.5, 0.5)
    assert vocabulary_digest(words) == tokenizer.digest


def test_a_vocabulary_that_cannot_be_sampled_is_refused(words: Path, in_english: None) -> None:
    with pytest.raises(RecipeError, match=r"cannot be sampled.*words\.txt"):
        load_sampling_tokenizer(words)


def test_a_directory_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    for look in (load_tokenizer, vocabulary_digest):
        with pytest.raises(EncoderError, match=r"spiece\.model"):
            look(tmp_path)


def test_ids_noted_as_json_and_before_they_were_noted(kobert: KoBertTokenizer) -> None:
    noted = {"special_ids": asdict(kobert.special) | {"blank": list(kobert.special.blank)}}
    assert special_ids_of(noted) == special_ids_of({"word_mark_id": 517}) == kobert.special
    assert special_ids_of({"word_mark_id": 0}).blank == ()  # a vocabulary without a piece for the word mark
