"""The card: valid front matter, every figure, nothing of this machine, the same for the same model."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from storyflower.data.corpus import Corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.pool import Source
from storyflower.data.row_account import RareLabel
from storyflower.evaluation.assessment import Assessment
from storyflower.recipe import KOBERT, TINY, TrainingRecipe
from storyflower.reports.model_card import model_card
from storyflower.training.progress import Adaptation

Assessing = Callable[..., Assessment]


@pytest.fixture
def corpus() -> Corpus:
    frame = pd.DataFrame(
        {
            "text": [f"문장 {number}" for number in range(60)],
            "label": [number % 6 for number in range(60)],
            "split": ["train"] * 40 + ["dev"] * 8 + ["validation"] * 12,
        }
    )
    sources = (
        Source("training", "/home/someone/open_Training.xlsx", "ab" * 32, "Sheet1", 50, 48, {"duplicate": 2}),
        Source("validation", "/home/someone/open_Validation.xlsx", "cd" * 32, "시트|1", 12, 12, {}),
    )
    counts = {"train": 40, "dev": 8, "validation": 12}
    return Corpus(frame, counts, label_map("major"), pd.DataFrame(), sources)


ON_KOBERT = KOBERT.with_changes({"encoder": "skt/kobert-base-v1"})


def card_of(corpus: Corpus, assessment: Assessment, recipe: TrainingRecipe = ON_KOBERT, **more: bool) -> str:
    said = {"has_tokenizer": True, "is_weighted": False} | more
    return model_card(corpus, assessment, recipe, "ef" * 32, model_name="my-model", **said)


@pytest.mark.parametrize(("lang", "said"), [("ko", "작업 적응 사전 학습"), ("en", "task-adaptive pretraining")])
def test_an_adapted_encoder_is_stated(
    corpus: Corpus, assessing: Assessing, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    found, names = assessing(MAJORS), {"model_name": "m", "has_tokenizer": True, "is_weighted": False}
    assert said not in model_card(corpus, found, ON_KOBERT, "ef" * 32, **names)
    card = model_card(corpus, found, ON_KOBERT, "ef" * 32, **names, adapted=Adaptation(1240, 200, 3))
    (line,) = [line for line in card.splitlines() if said in line]
    assert all(figure in line for figure in ("1,240", "200", "3"))


def front_matter(card: str) -> dict[str, object]:
    _, front, _ = card.split("---\n", 2)
    return dict(yaml.safe_load(front))


def test_labels_that_the_model_does_not_have_are_listed(corpus: Corpus, assessing: Assessing) -> None:
    found = assessing(MAJORS)
    assert "학습 문장이 모자라는 감정" not in card_of(corpus, found)
    rare = (RareLabel("슬픔/우울한", 1, "슬픔/슬픔"), RareLabel("기쁨/느긋", 0, None))
    card = card_of(replace(corpus, rare_labels=rare), found)
    assert "| 슬픔/우울한 | 1 | 슬픔/슬픔(으)로 합침 |" in card
    assert "| 기쁨/느긋 | 0 | 제외 |" in card


def test_the_front_matter_is_what_the_hub_reads(corpus: Corpus, assessing: Assessing) -> None:
    found = assessing(MAJORS)
    front = front_matter(card_of(corpus, found))
    assert front["language"] == "ko"
    assert front["base_model"] == "skt/kobert-base-v1"
    assert front["pipeline_tag"] == "text-classification"
    (entry,) = front["model-index"]  # type: ignore[misc]
    (result,) = entry["results"]
    assert [metric["value"] for metric in result["metrics"]] == [
        pytest.approx(found.model.accuracy, abs=1e-4),
        pytest.approx(found.model.macro_f1, abs=1e-4),
    ]
    assert "base_model" not in front_matter(card_of(corpus, found, TINY))


def test_the_card_states_data_recipe_results_and_limits(corpus: Corpus, assessing: Assessing) -> None:
    found = assessing(MAJORS)
    card = card_of(corpus, found)
    for heading in ("용도", "데이터", "결과", "취약한 부분", "확신도", "행동 시험", "한계", "불러오기", "학습 설정"):
        assert f"# {heading}" in card
    for digest in (corpus.training_digest, corpus.validation_digest, "ef" * 32, "ab" * 32, "cd" * 32):
        assert digest in card
    assert f"| {MAJORS[0]} | 7 | 1 | 2 |" in card
    interval = found.intervals.macro_f1
    assert f"**{found.model.macro_f1:.3f}** ({interval.low:.3f}–{interval.high:.3f})" in card
    assert "| `training.learning_rate` | 5e-05 |" in card
    assert "models:/my-model@champion" in card


def test_the_card_states_that_rare_labels_are_preferred(corpus: Corpus, assessing: Assessing) -> None:
    recipe = ON_KOBERT.with_changes({"decision": "macro_f1"})
    found = assessing(MAJORS)
    weighted, plain = card_of(corpus, found, recipe, is_weighted=True), card_of(corpus, found)
    assert "label_weights" in weighted
    assert "label_weights" not in plain
    same = "예측하는 감정은 같으며"
    assert same in plain
    assert same not in weighted


def test_the_card_states_that_no_preference_for_rare_labels_helped(corpus: Corpus, assessing: Assessing) -> None:
    recipe = ON_KOBERT.with_changes({"decision": "macro_f1"})
    card = card_of(corpus, assessing(MAJORS), recipe, is_weighted=False)
    assert "label_weights" not in card
    assert "답은 확률이 가장 높은 라벨입니다" in card
    assert "예측하는 감정은 같으며" in card


def test_the_card_states_how_far_bf16_agrees(corpus: Corpus, assessing: Assessing) -> None:
    found = assessing(MAJORS)
    assert found.bf16 is not None
    assert found.bf16.same_label == 399 / 400
    assert Assessment.from_json(found.to_json()).bf16 == found.bf16
    assert "bf16" in card_of(corpus, found)
    assert "99.75%" in card_of(corpus, found)
    assert "bf16" not in card_of(corpus, replace(found, bf16=None))


@pytest.mark.parametrize("has_tokenizer", [True, False])
def test_the_card_follows_the_language(
    corpus: Corpus, assessing: Assessing, monkeypatch: pytest.MonkeyPatch, has_tokenizer: bool
) -> None:
    korean = card_of(corpus, assessing(MAJORS), has_tokenizer=has_tokenizer)
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    english = card_of(corpus, assessing(MAJORS), has_tokenizer=has_tokenizer)
    assert front_matter(english).keys() == front_matter(korean).keys()
    for heading in ("Intended use", "Data", "Results", "Weakest slices", "Limitations", "How to load it"):
        assert f"# {heading}\n" in english
    prose = re.sub(r"```.*?```", "", english, flags=re.DOTALL)
    data = (
        *MAJORS,
        "시트",
        "불확실",
        *ON_KOBERT.data.text_columns,
        "감정_대분류",
        "감정_소분류",
        "청년",
        "노년",
        "건강",
        "연애",
    )
    for word in sorted(data, key=len, reverse=True):
        prose = prose.replace(word, "")
    assert [line for line in prose.splitlines() if re.search("[가-힣]", line)] == []
    assert korean.count("|") == english.count("|"), "the tables have the same cells"


def test_nothing_of_this_machine_and_no_broken_table(corpus: Corpus, assessing: Assessing, tmp_path: Path) -> None:
    local = KOBERT.with_changes({"encoder": str(tmp_path)})
    card = card_of(corpus, assessing(MAJORS), local)
    assert str(tmp_path) not in card
    assert "/home/someone" not in card
    assert "시트\\|1" in card
    assert "base_model" not in front_matter(card)


@pytest.mark.parametrize("encoder", ["~/models/kobert", "./kobert", "~someone/kobert", "/gone/by/now"])
def test_a_path_is_no_base_model_wherever_it_leads(corpus: Corpus, assessing: Assessing, encoder: str) -> None:
    card = card_of(corpus, assessing(MAJORS), KOBERT.with_changes({"encoder": encoder}))
    assert "base_model" not in front_matter(card)
    assert encoder not in card


def test_only_a_model_that_transformers_reads_as_we_do_says_so(corpus: Corpus, assessing: Assessing) -> None:
    found = assessing(MAJORS)
    assert 'pipeline("text-classification"' in card_of(corpus, found)
    assert "encode_special_tokens = True" in card_of(corpus, found)
    without = card_of(corpus, found, has_tokenizer=False)
    assert not {"library_name", "pipeline_tag"} & set(front_matter(without))
    assert "pipeline(" not in without
    assert "encode_special_tokens" not in without


def test_the_card_shows_both_forms_of_input(corpus: Corpus, assessing: Assessing) -> None:
    card = card_of(corpus, assessing(MAJORS), KOBERT.with_changes({"text_columns": ["제목", "본문"]}))
    assert 'model.predict(["오늘 합격 소식을 들었어!"])' in card
    assert "pd.DataFrame({'제목': ['오늘 합격 소식을 들었어!'], '본문': ['오늘 합격 소식을 들었어!']})" in card


def test_labels_of_ones_own_are_never_markup(corpus: Corpus, assessing: Assessing) -> None:
    names = ("<script>", "a|b", "다: 라", "마", "바", "사")
    own = Corpus(corpus.frame, corpus.counts, label_map(names), corpus.set_aside, corpus.sources)
    card = card_of(own, assessing(names))
    assert "<script>" not in card
    assert "| a\\|b |" in card


def test_one_model_has_one_card(corpus: Corpus, assessing: Assessing) -> None:
    assert card_of(corpus, assessing(MAJORS)) == card_of(corpus, assessing(MAJORS))
