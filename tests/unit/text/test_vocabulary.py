from pathlib import Path

import pytest
import sentencepiece

from storyflower.errors import EncoderError
from storyflower.text.sentencepiece import SPECIAL_PIECES, KoBertTokenizer
from storyflower.text.vocabulary import train_vocabulary

pytestmark = pytest.mark.usefixtures("in_english")


def test_special_pieces_are_laid_out_and_kept_as_koberts(small_spiece: Path, shared: Path):
    ours = sentencepiece.SentencePieceProcessor(model_file=str(small_spiece))
    koberts = sentencepiece.SentencePieceProcessor(model_file=str(shared / "kobert-tokenizer" / "spiece.model"))
    for i, piece in enumerate(SPECIAL_PIECES):
        assert ours.id_to_piece(i) == koberts.id_to_piece(i) == piece
        assert ours.is_unknown(i) == koberts.is_unknown(i) == (i == 0)
        assert ours.is_control(i) == koberts.is_control(i) is False
    assert ours.encode("[CLS]")[-1] == koberts.encode("[CLS]")[-1] == 2


def test_same_texts_give_the_same_bytes_without_a_word(
    tmp_path: Path, small_spiece: Path, korean_texts: tuple[str, ...], capfd: pytest.CaptureFixture
):
    train_vocabulary(iter(korean_texts), 200, tmp_path / "new")
    assert (tmp_path / "new" / "spiece.model").read_bytes() == small_spiece.read_bytes()
    assert capfd.readouterr() == ("", "")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["spiece.model"]


def test_vocabulary_is_as_large_as_asked(tmp_path: Path, korean_texts: tuple[str, ...]):
    train_vocabulary(korean_texts, 88, tmp_path)
    assert KoBertTokenizer(tmp_path / "spiece.model").vocab_size == 88


def test_vocabulary_shrinks_with_a_small_corpus(tmp_path: Path):
    train_vocabulary(["안녕 하세요"], 2000, tmp_path)
    tokenizer = KoBertTokenizer(tmp_path / "spiece.model")
    assert 5 < tokenizer.vocab_size < 20
    assert 0 not in tokenizer.encode("하세요 안녕", 16)


@pytest.mark.parametrize("texts", [[], ["", "  ", "\u00a0"]])
def test_no_texts_are_refused(tmp_path: Path, texts: list[str]):
    with pytest.raises(EncoderError, match="no text"):
        train_vocabulary(texts, 100, tmp_path)
    assert not list(tmp_path.iterdir())


def test_too_small_a_vocabulary_is_refused(tmp_path: Path, korean_texts: tuple[str, ...]):
    with pytest.raises(EncoderError, match="8 pieces on 6 texts") as refused:
        train_vocabulary(korean_texts, 8, tmp_path)
    assert "scratch_vocab_size" in refused.value.remedy
