from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.errors import TokenizerHealthError
from storyflower.recipe_parts import TextRecipe
from storyflower.text.health import TokenizerHealth, measure_health, require_healthy
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.tokens import TokenSequences

pytestmark = pytest.mark.usefixtures("in_english")

HEALTHY = TokenizerHealth(
    n_texts=100,
    n_content_tokens=2000,
    unk_share=0.002,
    all_unk_share=0.0,
    truncated_share=0.01,
    mean_length=22.0,
    max_length=64,
    golden_ids_match=True,
)


def test_figures_are_counted_over_content_tokens(small: KoBertTokenizer):
    mark = small.special.blank[0]
    tokens = TokenSequences(
        ids=np.array([2, 9, 0, 10, 3, 2, mark, 0, mark, 0, 3, 2, 3], np.int32),
        offsets=np.array([0, 5, 11, 13], np.int64),
        truncated=np.array([True, False, False]),
    )
    health = measure_health(small, tokens)
    assert health.n_content_tokens == 5
    assert health.unk_share == pytest.approx(3 / 5)
    assert health.all_unk_share == pytest.approx(2 / 3)
    assert health.truncated_share == pytest.approx(1 / 3)
    assert health.mean_length == pytest.approx(13 / 3)
    assert health.max_length == 6
    assert health.golden_ids_match is None


def test_no_texts_are_a_bug(small: KoBertTokenizer):
    with pytest.raises(ValueError, match="no texts"):
        measure_health(small, small.encode_batch([], 8))


def test_wrong_vocabulary_is_refused(english: KoBertTokenizer, korean_texts: tuple[str, ...]):
    health = measure_health(english, english.encode_batch(korean_texts, 64))
    assert health.unk_share > 0.8
    with pytest.raises(TokenizerHealthError) as refused:
        require_healthy(health, TextRecipe())
    assert "[UNK]" in refused.value.problem
    assert "5.0%" in refused.value.problem
    assert "spiece.model" in refused.value.remedy
    assert "max_unk_share" in refused.value.remedy


def test_fitting_vocabulary_passes(small: KoBertTokenizer, korean_texts: tuple[str, ...]):
    health = measure_health(small, small.encode_batch(korean_texts, 64))
    assert health.unk_share == 0
    require_healthy(health, TextRecipe())


@pytest.mark.parametrize(
    ("sick", "words"),
    [
        ({"unk_share": 0.06}, ["6.0%", "5.0%", "max_unk_share"]),
        ({"all_unk_share": 0.02}, ["2.0%", "1.0%", "max_all_unk_share"]),
        ({"truncated_share": 0.6}, ["60.0%", "50.0%", "max_len", "max_truncated_share"]),
        ({"golden_ids_match": False}, ["documented ids", "sentencepiece"]),
    ],
)
def test_each_figure_beyond_its_bound_is_named(sick: dict[str, float], words: list[str]):
    with pytest.raises(TokenizerHealthError) as refused:
        require_healthy(replace(HEALTHY, **sick), TextRecipe())
    for word in words:
        assert word in str(refused.value)


def test_figures_at_their_bounds_pass():
    recipe = TextRecipe()
    at_bounds = replace(
        HEALTHY,
        unk_share=recipe.max_unk_share,
        all_unk_share=recipe.max_all_unk_share,
        truncated_share=recipe.max_truncated_share,
    )
    require_healthy(at_bounds, recipe)


@pytest.mark.parametrize("workbook", ["open_Training.xlsx", "open_Validation.xlsx"])
def test_kobert_is_healthy_on_the_open_corpus(kobert: KoBertTokenizer, shared: Path, workbook: str):
    columns = ["사람문장1", "사람문장2"]
    frame = pd.read_excel(shared / "corpus" / workbook, usecols=columns, dtype="str", engine="openpyxl")
    texts = frame[columns].fillna("").agg(" ".join, axis=1).str.strip()
    health = measure_health(kobert, kobert.encode_batch(texts[texts != ""].tolist(), 64))
    require_healthy(health, TextRecipe())
    assert health.golden_ids_match
    assert 15 < health.mean_length < 40
