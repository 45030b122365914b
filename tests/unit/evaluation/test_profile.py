from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.data.corpus import Corpus
from storyflower.data.labels import LabelMap
from storyflower.evaluation.profile import CorpusProfile, profile_of
from storyflower.text.health import measure_health
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.tokenizer import SpecialIds
from storyflower.text.tokens import TokenSequences, offsets_of

IDS = SpecialIds(unk=0, pad=1, cls=2, sep=3, mask=4, blank=(7,))
SEQUENCES = [[2, 7, 0, 9, 3], [2, 9, 9, 3], [2, 5, 3]]


@pytest.fixture
def corpus() -> Corpus:
    frame = pd.DataFrame({"label": [1, 1, 0], "split": ["train", "dev", "validation"]})
    return Corpus(frame, {}, LabelMap(("하나", "둘", "셋")), pd.DataFrame(), ())


@pytest.fixture
def tokens() -> TokenSequences:
    lengths = np.array([len(sequence) for sequence in SEQUENCES])
    return TokenSequences(np.concatenate(SEQUENCES).astype(np.int32), offsets_of(lengths), lengths > 9)


def test_training_text_alone_is_counted(corpus: Corpus, tokens: TokenSequences) -> None:
    profile = profile_of(corpus, tokens, vocabulary="v", special_ids=IDS, max_len=9)
    assert profile == CorpusProfile(
        n=2,
        labels={"하나": 0, "둘": 2, "셋": 0},
        tokens={0: 1, 7: 1, 9: 3},
        lengths={4: 1, 5: 1},
        vocabulary="v",
        special_ids=IDS,
        max_len=9,
    )
    assert (profile.unk_share, profile.mean_length) == (0.25, 4.5)
    assert CorpusProfile.from_json(profile.to_json()) == profile


def test_tokens_of_another_corpus_are_refused(corpus: Corpus, tokens: TokenSequences) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        profile_of(corpus, tokens.take(np.array([0])), vocabulary="v", special_ids=IDS, max_len=9)


def test_unknown_tokens_are_counted_as_for_the_tokenizers_health(shared: Path) -> None:
    tokenizer = KoBertTokenizer(shared / "kobert-mini" / "spiece.model")
    texts = ["오늘 정말 기뻤어", "쀍 뷁 한 하루", "뷁"]
    tokens = tokenizer.encode_batch(texts, 64)
    frame = pd.DataFrame({"label": [0, 0, 0], "split": "train"})
    corpus = Corpus(frame, {}, LabelMap(("하나",)), pd.DataFrame(), ())
    profile = profile_of(corpus, tokens, vocabulary=tokenizer.digest, special_ids=tokenizer.special, max_len=64)
    assert profile.unk_share == measure_health(tokenizer, tokens).unk_share > 0
