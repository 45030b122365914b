"""Vocabularies for the tests of `text`."""

from pathlib import Path

import pytest

from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.vocabulary import train_vocabulary

KOREAN = (
    "오늘은 회사에서 칭찬을 받아서 기분이 정말 좋았어.",
    "친구가 약속을 또 어겨서 너무 화가 나.",
    "시험 결과가 어떻게 나올지 몰라서 잠이 안 와요.",
    "강아지가 무지개다리를 건너서 하루 종일 울었어요.",
    "사람들 앞에서 발표하다가 말이 꼬여서 얼굴이 빨개졌어.",
    "믿었던 동생이 내 비밀을 다 말해 버렸더라고.",
)
ENGLISH = (
    "the quick brown fox jumps over the lazy dog",
    "pack my box with five dozen liquor jugs",
    "how vexingly quick daft zebras jump",
)


@pytest.fixture(scope="session")
def small_spiece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_vocabulary(KOREAN, 200, tmp_path_factory.mktemp("korean"))


@pytest.fixture(scope="session")
def small(small_spiece: Path) -> KoBertTokenizer:
    return KoBertTokenizer(small_spiece)


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> KoBertTokenizer:
    return KoBertTokenizer(train_vocabulary(ENGLISH, 100, tmp_path_factory.mktemp("english")))


@pytest.fixture(scope="session")
def kobert(shared: Path) -> KoBertTokenizer:
    return KoBertTokenizer(shared / "kobert-tokenizer" / "spiece.model")


@pytest.fixture(scope="session")
def korean_texts() -> tuple[str, ...]:
    return KOREAN
