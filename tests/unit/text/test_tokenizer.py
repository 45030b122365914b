import random
import re
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import sentencepiece

from storyflower.digests import file_sha256
from storyflower.errors import EncoderError
from storyflower.text.sentencepiece import (
    CLS_ID,
    GOLDEN_IDS,
    GOLDEN_TEXT,
    KOBERT_SHA256,
    MASK_ID,
    PAD_ID,
    SEP_ID,
    KoBertTokenizer,
)
from storyflower.text.tokenizer import Sampling

SPECIAL_IDS = {PAD_ID, CLS_ID, SEP_ID, MASK_ID}
LITERALS = (
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "[PAD]",
    "［CLS］",
    "［ＰＡＤ］",
    "﹇SEP﹈",
    "[C[CLS]LS]",
    "[SE[SEP]P]",
    "[ＭASK]",
)

pytestmark = pytest.mark.usefixtures("in_english")


def test_golden_ids(kobert: KoBertTokenizer):
    assert kobert.encode(GOLDEN_TEXT, 64) == [2, 4958, 6855, 2046, 7088, 1050, 7843, 54, 3] == list(GOLDEN_IDS)


def test_kobert_is_recognised_by_its_vocabulary(kobert: KoBertTokenizer, small: KoBertTokenizer, shared: Path):
    assert kobert.golden_ids_match is True
    assert kobert.vocab_size == 8002
    assert kobert.digest == KOBERT_SHA256 == file_sha256(shared / "kobert-mini" / "spiece.model")
    assert small.golden_ids_match is None


def test_case_is_kept(kobert: KoBertTokenizer):
    assert kobert.encode("Seoul SEOUL", 64) != kobert.encode("seoul seoul", 64)


def test_decomposed_hangul_encodes_like_composed(kobert: KoBertTokenizer):
    assert kobert.encode("\u1112\u1161\u11ab\u1100\u1173\u11af", 64) == kobert.encode("한글", 64)


def test_truncation_keeps_sep_last_and_is_recorded(small: KoBertTokenizer):
    whole = small.encode("친구가 약속을 또 어겨서 너무 화가 나.", 64)
    exact = small.encode_batch(["친구가 약속을 또 어겨서 너무 화가 나."], len(whole))
    cut = small.encode_batch(["친구가 약속을 또 어겨서 너무 화가 나."], len(whole) - 1)
    assert exact.sequence(0).tolist() == whole
    assert not exact.truncated[0]
    assert cut.sequence(0).tolist() == [*whole[:-2], SEP_ID]
    assert cut.truncated[0]


def test_batch_equals_single(small: KoBertTokenizer, korean_texts: tuple[str, ...]):
    texts = ["", *korean_texts, "   ", "[CLS] 안녕"]
    batch = small.encode_batch(texts, 12)
    assert [batch.sequence(i).tolist() for i in range(len(batch))] == [small.encode(text, 12) for text in texts]


def test_text_without_content_is_cls_sep(small: KoBertTokenizer):
    assert small.encode("", 8) == small.encode(" \u00a0\u200b", 8) == [CLS_ID, SEP_ID]


def test_no_texts_make_an_empty_store(small: KoBertTokenizer):
    assert len(small.encode_batch([], 8)) == 0


def test_max_len_without_room_is_a_bug(small: KoBertTokenizer):
    with pytest.raises(ValueError, match="max_len"):
        small.encode("안녕", 2)


def test_lone_surrogates_are_survived(kobert: KoBertTokenizer):
    assert kobert.encode("\ud800안녕", 64) == kobert.encode("?안녕", 64)


@pytest.mark.parametrize("literal", LITERALS)
def test_special_tokens_in_text_are_neutralised(kobert: KoBertTokenizer, small: KoBertTokenizer, literal: str):
    for tokenizer in (kobert, small):
        for text in (literal, f"나는 {literal} 좋아", f"{literal}{literal}", f"끝{literal}"):
            ids = tokenizer.encode(text, 64)
            assert ids[0] == CLS_ID
            assert ids[-1] == SEP_ID
            assert SPECIAL_IDS.isdisjoint(ids[1:-1])


def test_neutralised_token_keeps_its_characters(kobert: KoBertTokenizer, shared: Path):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(shared / "kobert-tokenizer" / "spiece.model"))
    assert processor.decode(kobert.encode("나는 [MASK] 좋아", 64)[1:-1]) == "나는 [MASK] 좋아"


@pytest.mark.parametrize("sampled", [False, True])
def test_no_mixture_of_brackets_and_letters_gives_a_special_id(kobert: KoBertTokenizer, sampled: bool):
    rng = random.Random(2026)
    crumbs = [
        *LITERALS,
        *"[]［］﹇﹈CLSEPADMK",
        "ＣＬＳ",
        "CLS]",
        "[SE",
        "안녕",
        " ",
        "\u200b",
        "\u00ad",
        "\u0301",
        "\x00",
    ]
    texts = ["".join(rng.choices(crumbs, k=rng.randint(1, 14))) for _ in range(3000)]
    tokens = kobert.sample_batch(texts, 128, Sampling(0.1, -1, seed=1)) if sampled else kobert.encode_batch(texts, 128)
    inner = np.ones(len(tokens.ids), bool)
    inner[tokens.offsets[:-1]] = inner[tokens.offsets[1:] - 1] = False
    assert not np.isin(tokens.ids[inner], list(SPECIAL_IDS)).any()
    assert (tokens.ids[tokens.offsets[:-1]] == CLS_ID).all()
    assert (tokens.ids[tokens.offsets[1:] - 1] == SEP_ID).all()


def test_text_without_special_tokens_keeps_sentencepieces_own_ids(kobert: KoBertTokenizer, shared: Path):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(shared / "kobert-tokenizer" / "spiece.model"))
    rng = random.Random(7)
    alphabet = [chr(c) for c in range(0xAC00, 0xD7A4, 13)] + list("abcXYZ 09[](){}.,?!~ㅋㅠ♥🌷\u00a0")
    texts = ["".join(rng.choices(alphabet, k=rng.randint(0, 40))) for _ in range(2000)]
    texts = [*texts, "[ CLS ]", "[UNK] 안녕", "CLS SEP", "[cls]"]
    assert not any(re.search(r"\[(CLS|SEP|PAD|MASK)]", text) for text in texts)
    tokens = kobert.encode_batch(texts, 512)
    assert [tokens.sequence(i)[1:-1].tolist() for i in range(len(texts))] == [processor.encode(t) for t in texts]


def test_sampling_depends_on_the_seed_alone(kobert: KoBertTokenizer, korean_texts: tuple[str, ...]):
    texts = [*korean_texts * 20, "[CLS] 안녕하세요"]

    def drawn(seed: int) -> list[int]:
        ids: list[int] = kobert.sample_batch(texts, 64, Sampling(0.1, -1, seed)).ids.tolist()
        return ids

    first = drawn(1)
    assert drawn(2) != first
    assert drawn(1) == first
    assert first != kobert.encode_batch(texts, 64).ids.tolist()

    together: dict[int, list[int]] = {}
    threads = [threading.Thread(target=lambda s=s: together.update({s: drawn(s)})) for s in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together[1] == first
    assert len({tuple(ids) for ids in together.values()}) == 4


def test_sampled_pieces_spell_the_same_text(kobert: KoBertTokenizer, korean_texts: tuple[str, ...], shared: Path):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(shared / "kobert-tokenizer" / "spiece.model"))
    tokens = kobert.sample_batch(korean_texts, 256, Sampling(0.3, 64, 5))
    for i, text in enumerate(korean_texts):
        assert processor.decode(tokens.sequence(i)[1:-1].tolist()) == text


def test_missing_vocabulary_is_refused(tmp_path: Path):
    with pytest.raises(EncoderError) as refused:
        KoBertTokenizer(tmp_path / "spiece.model")
    assert str(tmp_path / "spiece.model") in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"not a model", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 371391\n", bytes(64)],
)
def test_file_that_is_no_sentencepiece_model_is_refused(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture):
    spiece = tmp_path / "spiece.model"
    spiece.write_bytes(content)
    with pytest.raises(EncoderError, match="not a SentencePiece model"):
        KoBertTokenizer(spiece)
    assert capfd.readouterr().err == ""


def test_cut_off_vocabulary_is_refused(tmp_path: Path, small_spiece: Path):
    spiece = tmp_path / "spiece.model"
    shutil.copy(small_spiece, spiece)
    spiece.write_bytes(spiece.read_bytes()[:2000])
    with pytest.raises(EncoderError, match="damaged"):
        KoBertTokenizer(spiece)


def test_directory_in_place_of_a_vocabulary_is_refused(tmp_path: Path):
    with pytest.raises(EncoderError, match="cannot be read"):
        KoBertTokenizer(tmp_path)


def test_vocabulary_with_other_special_ids_is_refused(tmp_path: Path, korean_texts: tuple[str, ...]):
    prefix = tmp_path / "spiece"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(korean_texts),
        model_prefix=str(prefix),
        vocab_size=120,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    with pytest.raises(EncoderError, match=re.escape("<unk>, <s>, </s>")):
        KoBertTokenizer(prefix.with_suffix(".model"))
