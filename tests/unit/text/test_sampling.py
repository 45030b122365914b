"""Sampled segmentations are SentencePiece's, with random numbers of our own that no process changes."""

import io
import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
import sentencepiece
from sentencepiece import sentencepiece_model_pb2, sentencepiece_pb2

from storyflower.errors import RecipeError
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.sampling import Sampler, _numbers
from storyflower.text.sentencepiece import SPECIAL_PIECES, KoBertTokenizer
from storyflower.text.tokenizer import Sampling

from .conftest import KOREAN

Processor = sentencepiece.SentencePieceProcessor

MAX_NBEST = 512
"""The most segmentations that SentencePiece lists."""
UNUSED = sentencepiece_model_pb2.ModelProto.SentencePiece.UNUSED
HOSTILE = (
    "",
    " \u00a0\u200b",
    "[CLS] 안녕 [SEP][MASK]",
    "[C[CLS]LS] ［ＰＡＤ］",
    "안녕\x00하세요\n\t여러분\r\n",
    "🌷🌷 뷁뷁 쀍 🏳️‍🌈 좋아🌷",
    "뷁 🌷 쀍",
    "한글",
    "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ ㅠㅠㅠㅠ.....!!!",
    "ｆｕｌｌ ｗｉｄｔｈ １２３ ﾊﾝｶｸ",
    "▁▁안녕▁ ▁",
    "مرحبا بالعالم 日本語テキスト ไทย",
    "\ud800안녕\udfff",
    "\U0010ffff\ufffe\ue000",
    "안" * 200,
    "긴" + "가나다" * 80 + " 끝",
)
"""Of KoBERT's characters and of none, of other scripts, and of what normalisation changes."""


def parts(texts: Sequence[str]) -> list[str]:
    """Beginnings and ends of all words, from which a vocabulary gets pieces of several lengths."""
    words = [word for text in texts for word in text.split()]
    return [*texts, *(f"{word[:i]} {word[i:]}" for word in words for i in range(1, len(word)) for _ in range(3))]


def trained(texts: Sequence[str], **options: object) -> bytes:
    """A model with the special pieces of KoBERT."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        hard_vocab_limit=False,
        unk_id=0,
        unk_piece=SPECIAL_PIECES[0],
        pad_id=-1,
        bos_id=-1,
        eos_id=-1,
        user_defined_symbols=list(SPECIAL_PIECES[1:]),
        minloglevel=2,
        **options,
    )
    return model.getvalue()


def without(model: bytes, every: int) -> bytes:
    """The model with some of its pieces unused, as after restricting its vocabulary."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    for piece in [piece for piece in proto.pieces if len(piece.piece) > 1][5::every]:
        piece.type = UNUSED
    return proto.SerializeToString()


def across_words(model: bytes) -> bytes:
    """The model with pieces that reach into the next word."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    for piece in ("을▁", "을▁[", "과가▁", "굴이▁빨"):
        proto.pieces.add(piece=piece, score=-7.5)
    return proto.SerializeToString()


UNIGRAM: dict[str, Callable[[], bytes]] = {
    "plain": lambda: trained(parts(KOREAN), vocab_size=300),
    "bytes": lambda: trained(parts(KOREAN), vocab_size=560, byte_fallback=True),
    "across words": lambda: across_words(trained(parts(KOREAN), vocab_size=300)),
    "suffixes": lambda: trained(parts(KOREAN), vocab_size=300, treat_whitespace_as_suffix=True),
    "all blanks": lambda: trained(parts(KOREAN), vocab_size=300, remove_extra_whitespaces=False),
    "unused": lambda: without(trained(parts(KOREAN), vocab_size=300), every=7),
}
BPE: dict[str, Callable[[], bytes]] = {
    "plain": lambda: trained(KOREAN, vocab_size=200, model_type="bpe"),
    "bytes": lambda: trained(KOREAN, vocab_size=500, model_type="bpe", byte_fallback=True),
    "unused": lambda: without(trained(KOREAN * 2, vocab_size=200, model_type="bpe"), every=6),
}


def loaded(model: bytes) -> Processor:
    processor = Processor()
    processor.LoadFromSerializedProto(model)
    return processor


@pytest.fixture(scope="module", params=UNIGRAM)
def unigram(request: pytest.FixtureRequest) -> Processor:
    return loaded(UNIGRAM[request.param]())


@pytest.fixture(scope="module", params=BPE)
def bpe(request: pytest.FixtureRequest) -> Processor:
    return loaded(BPE[request.param]())


@pytest.fixture(scope="module")
def kobert_processor(shared: Path) -> Processor:
    return loaded((shared / "kobert-tokenizer" / "spiece.model").read_bytes())


def spelled(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def drawn(processor: Processor, text: str, alpha: float) -> list[int]:
    """As `Sampler.draw`, with any alpha."""
    sampler = Sampler.of(processor)
    assert sampler is not None
    normalized = processor.normalize(text)
    numbers = _numbers(text, 1, sampler._segmenter.numbers_a_character * len(normalized))
    return sampler._segmenter.draw(normalized, alpha, numbers)


def candidates(processor: Processor, text: str, count: int = MAX_NBEST) -> dict[tuple[int, ...], float]:
    """The scores of SentencePiece's best segmentations."""
    found = sentencepiece_pb2.NBestSentencePieceText.FromString(
        processor.nbest_encode(text, nbest_size=count, out_type="serialized_proto")
    )
    return {tuple(piece.id for piece in each.pieces): each.score for each in found.nbests}


def test_with_a_large_alpha_the_best_segmentation_is_drawn_from_every_text_of_the_corpus(
    kobert: KoBertTokenizer, kobert_processor: Processor, shared: Path
):
    """But for the order of pieces such as `ㅋ` and `ㅋㅋ`, which has no influence on the score."""
    frame = pd.read_excel(shared / "corpus" / "open_Validation.xlsx", dtype=str)
    texts = [text for column in frame for text in frame[column].dropna() if len(text) > 9]
    assert len(texts) > 1000
    sampler = Sampler.of(kobert_processor)
    assert sampler is not None
    for text in texts:
        normalized = kobert_processor.normalize(text)
        found = sampler._segmenter.draw(normalized, 1e5, _numbers(text, 1, len(normalized)))
        assert kobert._ordered(found) == kobert._ordered(kobert_processor.encode(text)), text


def test_with_a_large_alpha_the_best_segmentation_is_drawn_from_hostile_texts(unigram: Processor):
    compared = 0
    for text in map(spelled, HOSTILE):
        best, second = (*sorted(candidates(unigram, text, 2).values(), reverse=True), -math.inf)[:2]
        if best - second > 1e-3:
            assert drawn(unigram, text, 1e6) == unigram.encode(text), text
            compared += 1
    assert compared > 8


def test_without_dropout_a_bpe_model_merges_as_sentencepiece_does(bpe: Processor):
    for text in map(spelled, HOSTILE):
        assert drawn(bpe, text, -1.0) == bpe.encode(text), text


def test_with_full_dropout_a_bpe_model_merges_nothing(bpe: Processor):
    for text in map(spelled, HOSTILE):
        unmerged = bpe.encode(text, enable_sampling=True, alpha=1.0, nbest_size=-1)
        assert drawn(bpe, text, 1.0) == unmerged, text


def distance(one: dict[tuple[int, ...], float], other: dict[tuple[int, ...], float]) -> float:
    """The total variation between two distributions, given by weights."""
    sums = sum(one.values()), sum(other.values())
    every = one.keys() | other.keys()
    return sum(abs(one.get(x, 0) / sums[0] - other.get(x, 0) / sums[1]) for x in every) / 2


def frequencies(processor: Processor, text: str, alpha: float, nbest: int, draws: int) -> Counter[tuple[int, ...]]:
    sampler = Sampler.of(processor)
    assert sampler is not None
    return Counter(tuple(sampler.draw(text, Sampling(alpha, nbest, seed))) for seed in range(draws))


@pytest.mark.parametrize("text", ["칭찬을 [CLS]", "결과가 뷁🌷나", "얼굴이  빨개졌어"])
@pytest.mark.parametrize("alpha", [0.1, 0.7])
def test_segmentations_are_drawn_with_the_probabilities_of_the_model(unigram: Processor, text: str, alpha: float):
    scores = candidates(unigram, text)
    assert 1 < len(scores) < MAX_NBEST, "SentencePiece lists no more"
    exact = Counter[tuple[int, ...]]()
    for ids, score in scores.items():
        exact[ids] += math.exp(alpha * score)
    draws = 6000
    found = frequencies(unigram, text, alpha, -1, draws)
    assert found.keys() <= exact.keys()
    # The mean of the distance is at most this, and it exceeds the mean by 0.03 in one of 50,000 cases.
    assert distance(found, exact) < math.sqrt(len(exact) / draws) / 2 + 0.03


@pytest.mark.parametrize(("alpha", "nbest"), [(0.1, -1), (0.5, -1), (0.2, 5), (0.5, 64)])
def test_koberts_segmentations_are_as_frequent_as_sentencepieces_own(
    kobert_processor: Processor, alpha: float, nbest: int
):
    text, draws = "행복한 하루였어요.. 🌷", 6000
    ours = frequencies(kobert_processor, text, alpha, nbest, draws)
    theirs = Counter(
        tuple(kobert_processor.encode(text, enable_sampling=True, alpha=alpha, nbest_size=nbest)) for _ in range(draws)
    )
    outcomes = len(ours | theirs)
    assert outcomes > 4
    assert distance(ours, theirs) < math.sqrt(outcomes / draws) / 1.4 + 0.06  # theirs differ in every process


@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_merges_are_left_out_as_often_as_by_sentencepiece(bpe: Processor, alpha: float):
    text, draws = "칭찬을 받아서 뷁좋았어", 6000
    ours = frequencies(bpe, text, alpha, -1, draws)
    theirs = Counter(tuple(bpe.encode(text, enable_sampling=True, alpha=alpha, nbest_size=-1)) for _ in range(draws))
    outcomes = len(ours | theirs)
    assert outcomes > 4
    assert distance(ours, theirs) < math.sqrt(outcomes / draws) / 1.4 + 0.06


def test_sampled_pieces_spell_what_the_best_ones_do(kobert_processor: Processor, unigram: Processor):
    for processor in (kobert_processor, unigram):
        sampler = Sampler.of(processor)
        assert sampler is not None
        for text in map(spelled, HOSTILE):
            for nbest in (-1, 8):
                ids = sampler.draw(text, Sampling(0.1, nbest, 7))
                assert processor.decode(ids) == processor.decode(processor.encode(text)), text


def test_a_text_has_the_same_pieces_in_any_company(kobert: KoBertTokenizer, korean_texts: tuple[str, ...]):
    texts = [*korean_texts, *map(spelled, HOSTILE)]
    shuffled = random.Random(4).sample(range(len(texts)), len(texts))
    for nbest in (-1, 16):
        sampling = Sampling(0.2, nbest, 11)
        together = kobert.sample_batch(texts, 64, sampling)
        apart = [kobert.sample_batch([text], 64, sampling).ids.tolist() for text in texts]
        mixed = kobert.sample_batch([texts[i] for i in shuffled], 64, sampling)
        assert [together.sequence(i).tolist() for i in range(len(texts))] == apart
        assert [mixed.sequence(i).tolist() for i in range(len(texts))] == [apart[i] for i in shuffled]


SAMPLE = """
import sys
from pathlib import Path
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.tokenizer import Sampling
texts = Path(sys.argv[2]).read_text("utf-8").split("|")
for nbest in (-1, 64):
    print(KoBertTokenizer(Path(sys.argv[1])).sample_batch(texts, 64, Sampling(0.3, nbest, 2**63 + 5)).ids.tolist())
"""


@pytest.mark.parametrize("model", [UNIGRAM["plain"], BPE["plain"]], ids=["unigram", "bpe"])
def test_every_process_samples_the_same_pieces(tmp_path: Path, model: Callable[[], bytes]):
    """SentencePiece's own sampling gave others in each of ten processes (docs/log.md)."""
    texts = [f"{one} {other}" for one in KOREAN for other in KOREAN]
    spiece = tmp_path / "spiece.model"
    spiece.write_bytes(model())
    (tmp_path / "texts").write_text("|".join(texts), "utf-8")
    command = [sys.executable, "-c", SAMPLE, str(spiece), str(tmp_path / "texts")]
    outputs = [
        subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": hashed}, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for hashed in ("1", "2")
    ]
    here = [
        str(KoBertTokenizer(spiece).sample_batch(texts, 64, Sampling(0.3, nbest, 2**63 + 5)).ids.tolist())
        for nbest in (-1, 64)
    ]
    assert outputs == [here, here]


@pytest.mark.usefixtures("in_english")
def test_a_model_with_one_segmentation_of_a_text_is_refused_before_the_training(tmp_path: Path):
    (tmp_path / "spiece.model").write_bytes(trained(KOREAN, vocab_size=60, model_type="char"))
    assert not KoBertTokenizer(tmp_path / "spiece.model").can_sample
    with pytest.raises(RecipeError, match="cannot be sampled"):
        load_sampling_tokenizer(tmp_path)


def test_the_numbers_depend_on_text_and_seed_and_are_the_same_everywhere():
    assert _numbers("안녕", 5, 3)[:2] == _numbers("안녕", 5, 2)
    assert _numbers("안녕", 5, 2) != _numbers("안녕", 6, 2) != _numbers("안녕!", 6, 2)
    assert _numbers("안녕", 5, 2) == [0.2136733550986304, 0.08792566847604699]
    many = _numbers("", 0, 20000)
    assert 0 <= min(many) < 1e-3
    assert 1 - 1e-3 < max(many) < 1
    assert sum(many) / len(many) == pytest.approx(0.5, abs=0.01)
