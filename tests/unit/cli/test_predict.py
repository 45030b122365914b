"""How answers are shown and printed, with and without a threshold."""

import json
from collections.abc import Iterator

import pandas as pd
import pytest

from storyflower.cli.predict import _printed_as_json, as_records, show_answers
from storyflower.scoring.answers import Answers
from storyflower.scoring.options import ScoreOptions

TEXTS = ["고마워", "글쎄"]
PROBABILITIES = {"기쁨": [0.9, 0.4], "슬픔": [0.1, 0.35], "분노": [0.0, 0.25]}
USUAL = pd.DataFrame({"label": ["기쁨", "기쁨"], "confidence": [0.9, 0.4]} | PROBABILITIES)
UNSURE = pd.DataFrame(
    {"label": ["기쁨", "불확실"], "confidence": [0.9, 0.4], "best_guess": ["기쁨", "기쁨"]} | PROBABILITIES
)


def test_records_have_a_best_guess_only_where_a_threshold_is_in_force() -> None:
    assert as_records(TEXTS, USUAL)[1] == {
        "text": "글쎄",
        "label": "기쁨",
        "confidence": 0.4,
        "probabilities": {"기쁨": 0.4, "슬픔": 0.35, "분노": 0.25},
    }
    assert as_records(TEXTS, UNSURE)[1] == as_records(TEXTS, USUAL)[1] | {"label": "불확실", "best_guess": "기쁨"}


def test_what_looks_like_markup_is_shown_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers(["[/b] 고마워", "[red]글쎄"], USUAL)
    shown = capsys.readouterr().out
    assert "[/b] 고마워" in shown
    assert "[red]글쎄" in shown


def test_an_unsure_answer_shows_what_it_would_have_been(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers(TEXTS, USUAL)
    assert "기쁨 40.0%" not in " ".join(capsys.readouterr().out.split())
    show_answers(TEXTS, UNSURE)
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "글쎄 불확실 40.0% 기쁨 40.0%, 슬픔 35.0%" in shown
    assert "고마워 기쁨 90.0% 슬픔 10.0%" in shown


def test_a_rare_label_that_is_preferred_is_not_its_own_runner_up(capsys: pytest.CaptureFixture[str]) -> None:
    """As `decision=macro_f1` answers: not the most probable label."""
    probabilities = {"기쁨": [0.4, 0.4], "분노": [0.3, 0.25]}
    answered = pd.DataFrame({"label": ["분노", "분노"], "confidence": [0.3, 0.25]} | probabilities)
    show_answers(TEXTS, answered)
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "고마워 분노 30.0% 기쁨 40.0% 글쎄 분노 25.0% 기쁨 40.0%" in shown
    show_answers(TEXTS, answered.assign(best_guess="분노", label=["분노", "불확실"]))
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "글쎄 불확실 25.0% 분노 25.0%, 기쁨 40.0%" in shown


def test_the_runner_up_is_the_label_that_score_names_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The one that would be answered next by the label weights, not the most probable of the others."""
    weights, probabilities = (0.1, 0.5, 1.0), {"기쁨": [0.5], "슬픔": [0.3], "분노": [0.2]}
    scored = Answers(pd.DataFrame(probabilities).to_numpy(), tuple(probabilities), None, weights)
    label, _, second = (values[0] for values in scored.columns(ScoreOptions()))
    assert (label, second) == ("분노", "슬픔")
    show_answers(["글쎄"], pd.DataFrame({"label": ["분노"], "confidence": [0.2]} | probabilities), weights)
    assert "글쎄 분노 20.0% 슬픔 30.0%" in " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.mark.parametrize(
    ("lang", "headings"), [("ko", "문장 감정 확률 그다음"), ("en", "sentence emotion confidence runner-up")]
)
def test_the_table_follows_the_language(
    lang: str, headings: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    show_answers(TEXTS, USUAL)
    assert headings in " ".join(capsys.readouterr().out.replace("┃", " ").split())


def test_json_is_written_while_answers_come_and_reads_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    written: list[str] = []

    def batches() -> Iterator[tuple[list[str], pd.DataFrame]]:
        yield TEXTS, USUAL
        written.append(capsys.readouterr().out)
        yield TEXTS, USUAL

    assert list(_printed_as_json(batches(), "@champion")) == [2, 2]
    assert "고마워" in written[0]
    text = written[0] + capsys.readouterr().out
    whole = {"model": "@champion", "predictions": as_records(TEXTS, USUAL) * 2}
    assert text == json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
