"""A small BERT that StoryFlower itself makes from a handful of sentences, and tokens for it."""

from pathlib import Path

import pytest
import torch

from storyflower.model.encoder import write_scratch_encoder
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.tokens import TokenSequences

TEXTS = (
    "오늘은 정말 기분이 좋아서 하루 종일 웃었어",
    "친구가 약속을 어겨서 너무 화가 나",
    "내일 시험이 있는데 하나도 준비를 못 해서 불안해",
    "가족과 헤어지게 되어 눈물이 난다",
    "갑자기 이름이 불려서 당황했어",
    "좋아",
    "그 말에 마음을 다쳤어. 아무도 내 편이 아니었거든. 그래서 하루 종일 방에만 있었어.",
)
RECIPE = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=120, scratch_hidden_size=64, scratch_layers=2)


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a random BERT: 2 layers, 64 wide."""
    folder = tmp_path_factory.mktemp("encoder")
    write_scratch_encoder(TEXTS, RECIPE, folder, seed=7)
    return folder


@pytest.fixture(scope="session")
def tokens(encoder: Path) -> TokenSequences:
    """Seven texts of different lengths."""
    return KoBertTokenizer(encoder / "spiece.model").encode_batch(TEXTS, 64)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small are no faster on two, and far slower where two test processes share the cores."""
    torch.set_num_threads(1)
