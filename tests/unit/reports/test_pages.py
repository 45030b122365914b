import base64
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from storyflower.data.contract import REASONS
from storyflower.data.labels import MAJORS
from storyflower.data.pool import Source
from storyflower.data.quality_report import QualityReport, SetAsideRow, TokenLengths
from storyflower.data.row_account import RareLabel, RowAccount
from storyflower.data.schema import REPAIRS
from storyflower.evaluation.assessment import Assessment
from storyflower.evaluation.predictions import Confusion
from storyflower.promotion.checks import check_baseline
from storyflower.recipe_parts import PromotionRecipe
from storyflower.reports.canvas import new_figure, png
from storyflower.reports.pages import (
    AboutRun,
    PageHeading,
    baseline_verdict,
    data_quality_page,
    results_body,
    results_page,
)

HOSTILE = "<script>alert('안녕')</script>\"' & {{ 7 * 7 }}"
HEADING = PageHeading(
    model="storyflower-demo",
    date="2026-11-27 03:00",
    training=("sample_Training.xlsx",),
    validation=("sample_Validation.xlsx",),
    demo=True,
    version="3",
    outcome="promoted",
    reason="첫 챔피언: macro-F1 0.9, 이전 챔피언이 없습니다",
)


def page_of(*parts: object) -> str:
    return results_page(results_body(*parts), HEADING)  # type: ignore[arg-type]


ABOUT = AboutRun(best_epoch=3, epochs=4, model="ab" * 32)


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
    book = RowAccount(
        rows=1200,
        usable=1190,
        set_aside=dict.fromkeys(REASONS[:2], 5),
        kept=1190,
        repaired=dict.fromkeys(REPAIRS, 7),
    )
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
    for expected in ("1,200", "99.2%", "문장이 없음", "0.05%", "max_len 64", "0.17%", "75.0%", "고마워"):
        assert expected in text
    assert "training.xlsx · Sheet1 · 12행" in text
    assert "(빈 행)" in text
    assert "자료" not in text


def test_rows_on_other_sheets_are_listed_where_there_are_any(report: QualityReport) -> None:
    assert "읽지 않은 다른 시트" not in data_quality_page(report, {})
    source = Source("training", "s3://bucket/training.xlsx", "0" * 64, "1월", 9, 9, {}, {"2월": 1234, HOSTILE: 5})
    page = data_quality_page(replace(report, sources=(source,)), {})
    assert_self_contained(page)
    assert f"읽지 않은 다른 시트(행 수): 2월 (1,234), {HOSTILE} (5)" in Elements(page).text


def test_labels_with_too_few_texts_are_listed_where_there_are_any(report: QualityReport) -> None:
    assert "학습 문장이 모자라는 감정" not in data_quality_page(report, {})
    rare = (RareLabel("슬픔/우울한", 1, "슬픔/슬픔"), RareLabel(HOSTILE, 0, None))
    page = data_quality_page(replace(report, rare_labels=rare), {})
    assert_self_contained(page)
    text = Elements(page).text
    assert "학습 문장이 모자라는 감정" in text
    assert "슬픔/슬픔(으)로 합침" in text
    assert HOSTILE in text


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


def test_results_beside_the_baseline(assessing: Callable[..., Assessment], picture: bytes) -> None:
    found = assessing(MAJORS)
    confusions = [Confusion("분노", "당황", 79, 0.125, ("뭐라고?", HOSTILE))]
    page = page_of(found, confusions, {"혼동 행렬": picture}, {"신뢰도 그림": picture}, ABOUT)
    assert_self_contained(page)
    text = Elements(page).text
    gain = found.model.macro_f1 - found.baseline.macro_f1
    assert f"모델의 macro-F1이 TF-IDF 기준선보다 {gain:.3f} 높습니다" in text
    assert "우연" not in text
    for expected in (
        f"{found.model.macro_f1:.3f}",
        "분노 → 당황",
        "12.5%",
        "뭐라고?",
        HOSTILE,
        "ab" * 32,
        "선택한 에폭",
    ):
        assert expected in text
    assert "worse" not in {a.get("class") for _, a in Elements(page).tags}
    assert [a["alt"] for tag, a in Elements(page).tags if tag == "img"] == ["혼동 행렬", "신뢰도 그림"]


def test_intervals_calibration_slices_and_behaviour_are_shown(assessing: Callable[..., Assessment]) -> None:
    found = assessing(MAJORS)
    page = page_of(found, [], {}, {}, ABOUT)
    text = Elements(page).text
    for interval in (found.intervals.accuracy, found.intervals.macro_f1, found.slices[0].accuracy_interval):
        assert f"{interval.low:.3f}–{interval.high:.3f}" in text
    assert "temperature 1.25" in text
    assert f"{found.calibration.after.ece:.3f}" in text
    assert f"ECE가 평균 {found.calibration.after.ece_by_chance:.3f}" in text
    assert "p < 0.001" in text
    for expected in ("청년", "상황키워드", "17–24 토큰", "max_len에서 잘림", "불변: 띄어쓰기", "방향: 반전", "적음"):
        assert expected in text
    small = [part for part in found.slices if part.small]
    assert small
    assert [a.get("class") for tag, a in Elements(page).tags if tag == "tr"].count("small") == len(small)
    rate = found.behaviour[0]
    assert f"{rate.passed}/{rate.total}" in text


def test_a_model_worse_than_the_baseline_is_called_so(assessing: Callable[..., Assessment]) -> None:
    page = page_of(assessing(MAJORS, ahead=-0.3), [], {}, {}, ABOUT)
    assert "낮습니다" in Elements(page).text
    assert "verdict worse" in {a.get("class") for _, a in Elements(page).tags}


@pytest.mark.parametrize("ahead", [-0.3, -0.01, 0.01, 0.3])
def test_page_and_gate_go_by_one_rule(assessing: Callable[..., Assessment], ahead: float) -> None:
    found = assessing(MAJORS, ahead=ahead)
    check = check_baseline(found.against_baseline, PromotionRecipe())
    assert check.passed is (found.against_baseline.macro_f1_reading != "worse")
    page = Elements(page_of(found, [], {}, {}, ABOUT))
    assert baseline_verdict(found.against_baseline) in page.text
    assert ("verdict worse" in {a.get("class") for tag, a in page.tags if tag == "p"}) or check.passed


def test_the_page_begins_with_what_was_judged_and_how(
    assessing: Callable[..., Assessment], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Elements(page_of(assessing(MAJORS), [], {}, {}, ABOUT)).text
    top = text[: text.index("95%")]
    for expected in (
        "데모",
        "storyflower-demo",
        "버전 3",
        "2026-11-27 03:00",
        "sample_Training.xlsx",
        "챔피언",
        "첫 챔피언",
    ):
        assert expected in top
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    page = page_of(assessing(MAJORS), [], {}, {}, ABOUT)
    assert '<html lang="en">' in page
    assert "version 3" in page
    assert "Results by emotion" in page


def test_a_calibration_that_makes_ece_worse_is_explained(assessing: Callable[..., Assessment]) -> None:
    found = assessing(MAJORS)
    before, after = found.calibration.before, found.calibration.after
    better, worse = sorted((before, after), key=lambda figures: figures.ece)
    for first, last, explained in ((better, worse, True), (worse, better, False)):
        shown = replace(found, calibration=replace(found.calibration, before=first, after=last))
        assert ("보정 후의 ECE가 더 큽니다" in page_of(shown, [], {}, {}, ABOUT)) is explained


def test_a_gain_that_may_be_chance_is_called_so(assessing: Callable[..., Assessment]) -> None:
    assert "우연일 수 있습니다" in Elements(page_of(assessing(MAJORS, ahead=0.01), [], {}, {}, ABOUT)).text


def test_labels_are_never_markup(assessing: Callable[..., Assessment]) -> None:
    page = page_of(assessing((HOSTILE, "기쁨")), [], {}, {}, ABOUT)
    assert_self_contained(page)
    assert HOSTILE in Elements(page).text
