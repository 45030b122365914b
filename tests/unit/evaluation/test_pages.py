import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from storyflower.data.quality import QualityReport, SetAsideRow, TokenLengths
from storyflower.data.schema import REASONS, REPAIRS
from storyflower.evaluation.canvas import new_figure, png
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions
from storyflower.evaluation.pages import data_quality_page, results_page
from storyflower.evaluation.predictions import Confusion

HOSTILE = "<script>alert('안녕')</script>\"' & {{ 7 * 7 }}"
ABOUT = {"best_epoch": 3, "epochs": 4, "model": "ab" * 32}


class Elements(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def picture() -> bytes:
    return png(new_figure(4, 2)[0])


@pytest.fixture
def report() -> QualityReport:
    book = {
        "rows": 1200,
        "usable": 1190,
        "set_aside": dict.fromkeys(REASONS[:2], 5),
        "kept": 1190,
        "repaired": dict.fromkeys(REPAIRS, 7),
    }
    return QualityReport(
        workbooks={"training": book, "validation": book},
        balance={split: {"기쁨": 30, HOSTILE: 10} for split in ("train", "dev", "validation")},
        lengths=TokenLengths(3, 21.0, 40.0, 50.0, 64, 64, 9, 0.0005, ((3, 1, 0), (64, 9, 9))),
        health={"unk_share": 0.0017},
        examples={"기쁨": ["고마워", "긴 글 " * 5000], HOSTILE: [HOSTILE]},
        set_aside_examples={
            "no_text": [SetAsideRow("s3://bucket/training.xlsx", "Sheet1", 12, {})],
            "no_label": [SetAsideRow("C:\\자료\\training.xlsx", HOSTILE, 13, {HOSTILE: HOSTILE})],
        },
    )


def assert_self_contained(page: str) -> None:
    elements = Elements(page)
    assert ("html", {"lang": "ko"}) in elements.tags
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in elements.tags}
    for _, attributes in elements.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"https?://|url\(|@import", page)


def test_the_quality_page_says_what_the_report_says(report: QualityReport, picture: bytes) -> None:
    page = data_quality_page(report, {"감정별 분포": picture})
    assert_self_contained(page)
    text = Elements(page).text
    for said in ("1,200", "99.2%", "문장이 없음", "0.05%", "max_len 64", "0.17%", "75.0%", "고마워"):
        assert said in text
    assert "training.xlsx · Sheet1 · 12행" in text
    assert "(빈 행)" in text
    assert "자료" not in text


def test_pictures_stand_in_the_page_itself(report: QualityReport, picture: bytes) -> None:
    [image] = [a for tag, a in Elements(data_quality_page(report, {"분포": picture})).tags if tag == "img"]
    assert image["alt"] == "분포"
    assert base64.b64decode(str(image["src"]).removeprefix("data:image/png;base64,")) == picture


def test_texts_of_a_workbook_are_never_markup(report: QualityReport, picture: bytes) -> None:
    page = data_quality_page(report, {HOSTILE: picture})
    assert_self_contained(page)
    assert Elements(page).text.count(HOSTILE) >= 4


def test_very_long_texts_are_cut(report: QualityReport) -> None:
    assert len(max(Elements(data_quality_page(report, {})).text.splitlines(), key=len)) < 400


def test_results_beside_the_baseline(majors: Evaluation, picture: bytes) -> None:
    baseline = replace(majors, macro_f1=majors.macro_f1 - 0.1234)
    confusions = [Confusion("분노", "당황", 79, 0.125, ("뭐라고?", HOSTILE))]
    page = results_page(majors, baseline, confusions, {"혼동 행렬": picture}, ABOUT)
    assert_self_contained(page)
    text = Elements(page).text
    assert "모델의 macro-F1이 기준선보다 0.123 높습니다." in text
    for said in (f"{majors.macro_f1:.3f}", "분노 → 당황", "12.5%", "뭐라고?", HOSTILE, "ab" * 32, "고른 epoch"):
        assert said in text
    assert "worse" not in {a.get("class") for _, a in Elements(page).tags}


@pytest.mark.parametrize(("ahead", "said"), [(0.05, "0.050 낮습니다"), (0.0, "높지 않습니다")])
def test_a_model_that_does_not_beat_the_baseline_is_called_so(majors: Evaluation, ahead: float, said: str) -> None:
    baseline = replace(majors, macro_f1=majors.macro_f1 + ahead)
    page = results_page(majors, baseline, [], {}, ABOUT)
    assert said in Elements(page).text
    assert "verdict worse" in {a.get("class") for _, a in Elements(page).tags}


def test_labels_are_never_markup() -> None:
    evaluation = evaluate_predictions(np.array([0, 1]), np.eye(2) * 0.8 + 0.1, (HOSTILE, "기쁨"))
    page = results_page(evaluation, evaluation, [], {}, ABOUT)
    assert_self_contained(page)
    assert HOSTILE in Elements(page).text
