"""The page of `storyflower serve` in a real browser: asked, corrected, given a file, by keyboard, on a phone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from storyflower.app.access import Access
from storyflower.app.service import service_of
from storyflower.cli import check as command
from storyflower.data.labels import MAJORS
from storyflower.registry.references import ModelReference
from storyflower.registry.versions import register_version
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from tests.unit.app.conftest import OPEN, answering
from tests.unit.conftest import make_model_directory

selenium = pytest.importorskip("selenium", reason="the page is tried with selenium (`pip install selenium`)")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

from tests.browser import MARKS, chromium  # noqa: E402
from tests.waiting import GIVE_UP_S  # noqa: E402

pytestmark = MARKS

HAPPY, SAD = "오늘 정말 기뻤어", "친구가 떠나서 슬퍼"
MARKUP = "<img src=x onerror=\"document.title='broken'\"> <b>굵게</b>"


@dataclass(frozen=True)
class Page:
    """The page of a server, in a browser."""

    browser: webdriver.Chrome
    http: httpx.Client
    home: Home
    downloads: Path

    def open(self) -> None:
        """Anew, as in a tab that has been used for nothing else."""
        url = str(self.http.base_url)
        self.browser.get(f"{url}/static/flower.svg")
        self.browser.execute_script("localStorage.clear(); sessionStorage.clear()")
        self.browser.get(url)
        self.browser.get_log("browser")

    def opened(self) -> "Page":
        self.open()
        self.until(lambda: self("#model").is_displayed())
        return self

    def __call__(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def until(self, holds: Callable[[], Any]) -> Any:
        return WebDriverWait(self.browser, GIVE_UP_S, ignored_exceptions=[Exception]).until(lambda _: holds())

    def ask(self, *texts: str) -> list[WebElement]:
        """The cards of the answers, in the order of the texts."""
        field = self("#texts")
        field.clear()
        for place, text in enumerate(texts):
            field.send_keys(*((Keys.SHIFT, Keys.ENTER, Keys.NULL) if place else ()), text)
        before = len(self.all("#answers > li"))
        field.send_keys(Keys.ENTER)
        self.until(lambda: len(self.all("#answers > li")) == before + len(texts))
        return self.all("#answers > li")[: len(texts)]

    def answers(self, texts: list[str], threshold: float) -> list[dict[str, Any]]:
        """What the API answers."""
        reply = self.http.post("/predict", json={"texts": texts, "threshold": threshold})
        predictions: list[dict[str, Any]] = reply.raise_for_status().json()["predictions"]
        return predictions

    def focused(self) -> WebElement:
        return self.browser.switch_to.active_element

    def press(self, *keys: str) -> None:
        self.focused().send_keys(*keys)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[webdriver.Chrome, Path]]:
    """A browser whose user reads Korean, and the folder of its downloads."""
    folder = tmp_path_factory.mktemp("downloads")
    options = webdriver.ChromeOptions()
    preferences = {"intl.accept_languages": "ko", "download.default_directory": str(folder)}
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = chromium("900,1200", options)
    yield started, folder
    started.quit()


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo's model."""
    folder = tmp_path_factory.mktemp("page")
    home = Home(folder / "home", model=DEMO_MODEL)
    with tracked_run(home, "test", {}) as run:
        register_version(run, make_model_directory(folder, seed=1), MAJORS, {"model_digest": "1"})
    return home


@pytest.fixture(scope="module")
def served(browser: tuple[webdriver.Chrome, Path], demo_home: Home) -> Iterator[Page]:
    service = service_of(demo_home, ModelReference(DEMO_MODEL, "1"), OPEN)
    with answering(service) as http:
        yield Page(browser[0], http, demo_home, browser[1])


@pytest.fixture
def page(served: Page) -> Iterator[Page]:
    """The page, opened anew; at the end nothing was loaded from elsewhere, and the console is empty."""
    yield served.opened()
    loaded = served.browser.execute_script("return performance.getEntries().map((entry) => entry.name)")
    ours = str(served.http.base_url)
    elsewhere = [name for name in loaded if "://" in name and not name.startswith((ours, f"blob:{ours}"))]
    assert elsewhere == []
    # The browser lists refused and failed requests, which tests here bring about.
    refusals = ("status of 4", "status of 5", "ERR_INTERNET_DISCONNECTED")
    assert [line for line in served.browser.get_log("browser") if not any(n in line["message"] for n in refusals)] == []


def test_bars_and_labels_are_the_answers_of_the_api(page: Page) -> None:
    cards = page.ask(HAPPY, SAD)
    expected = page.answers([HAPPY, SAD], 0.5)
    for card, text, answer in zip(cards, (HAPPY, SAD), expected, strict=True):
        assert card.find_element(By.CLASS_NAME, "text").text == text
        assert card.find_element(By.CLASS_NAME, "label").text == answer["label"]
        bars = card.find_elements(By.CSS_SELECTOR, "[role=meter]")
        shown = {bar.get_attribute("data-label"): float(str(bar.get_attribute("data-share"))) for bar in bars}
        assert shown == pytest.approx(answer["probabilities"], abs=1e-5)
        for bar, share in zip(bars, answer["probabilities"].values(), strict=True):
            assert bar.get_attribute("aria-valuetext") == f"{share:.1%}"
            width = bar.find_element(By.TAG_NAME, "i").value_of_css_property("width")
            assert float(width.removesuffix("px")) <= bar.size["width"]
    colours = {
        fill.value_of_css_property("background-color") for fill in cards[0].find_elements(By.CSS_SELECTOR, ".bar i")
    }
    assert len(colours) == len(MAJORS)
    spoken = page("#status").text or page("#status").get_attribute("textContent")
    assert HAPPY in str(spoken)
    assert expected[0]["best_guess"] in str(spoken)


def test_the_shipped_typeface_is_one_that_the_browser_takes(page: Page) -> None:
    loaded = "return document.fonts.load('16px \"StoryFlower Hangul\"', '가').then((found) => found.length)"
    assert page.browser.execute_script(loaded) == 1


def test_the_version_its_date_and_the_demo_are_named(page: Page) -> None:
    created = page.http.get("/version").json()["model"]["created"]
    assert f"{DEMO_MODEL} · 버전 1 · {created[:4]}년" in page("#model").text
    assert page("#demo").text == "데모 모델"
    red, green, blue, *_ = map(int, page("#demo").value_of_css_property("color").strip("rgba()").split(",")[:3])
    assert red > 2 * max(green, blue)


def test_what_is_below_the_threshold_is_unsure_with_a_best_guess(page: Page) -> None:
    page("#threshold").send_keys(Keys.END)
    assert page("#threshold-value").text == "100%"
    (card,) = page.ask(HAPPY)
    (answer,) = page.answers([HAPPY], 1.0)
    assert card.find_element(By.CLASS_NAME, "label").text == answer["label"] == "불확실"
    assert f"가장 가까운 감정: {answer['best_guess']}" in card.text
    page("#threshold").send_keys(Keys.HOME)
    assert card.find_element(By.CLASS_NAME, "label").text == answer["best_guess"]


def test_the_threshold_of_the_server_is_kept_until_the_slider_is_moved(
    browser: tuple[webdriver.Chrome, Path], demo_home: Home
) -> None:
    service = service_of(demo_home, ModelReference(DEMO_MODEL, "1"), OPEN, threshold=0.625)
    with answering(service) as http:
        page = Page(browser[0], http, demo_home, browser[1]).opened()
        assert page("#threshold-value").text == "62.5%"
        (card,) = page.ask(HAPPY)
        (answer,) = page.answers([HAPPY], 0.625)
        assert card.find_element(By.CLASS_NAME, "label").text == answer["label"]
        page("#threshold").send_keys(Keys.HOME, Keys.ARROW_RIGHT)
        assert page("#threshold-value").text == "1%"


def test_what_the_model_guesses_can_be_saved_where_it_is_unsure(page: Page) -> None:
    (card,) = page.ask(HAPPY)
    (answer,) = page.answers([HAPPY], 0.5)
    guess = card.find_element(By.CSS_SELECTOR, f"option[value='{answer['best_guess']}']")
    card.find_element(By.CLASS_NAME, "wrong").click()
    page("#threshold").send_keys(Keys.HOME)
    assert not guess.is_enabled()
    page("#threshold").send_keys(Keys.END)
    assert guess.is_enabled()
    guess.click()
    card.find_element(By.CSS_SELECTOR, "form button, .correct .correct button").click()
    page.until(lambda: f"맞는 감정: {answer['best_guess']}" in card.text)


def test_a_text_is_never_markup(page: Page) -> None:
    (card,) = page.ask(MARKUP)
    assert card.find_element(By.CLASS_NAME, "text").text == MARKUP
    assert card.find_elements(By.TAG_NAME, "img") == []
    assert page.browser.title == "StoryFlower"


def test_refusals_are_shown_in_words(page: Page) -> None:
    page.browser.execute_script("document.getElementById('texts').value = '하나\\n' + '가'.repeat(2001)")
    page("#ask-button").click()
    page.until(lambda: page("#ask-error").is_displayed())
    assert page("#ask-error").text.startswith("2번째 문장: 문장이 너무 깁니다: 2001자")
    page("#texts").clear()
    page("#texts").send_keys(Keys.ENTER)
    assert page("#ask-error").text == "문장을 입력하세요."


def test_a_correction_by_keyboard_alone_is_accepted_by_the_check(page: Page) -> None:
    page.browser.execute_script("document.body.focus()")
    page("body").send_keys(Keys.TAB)
    seen = []
    while page.focused().get_attribute("id") != "texts":
        seen.append(page.focused().get_attribute("id") or page.focused().get_attribute("class"))
        page.press(Keys.TAB)
    assert seen == ["skip", "language"]
    assert page.focused().value_of_css_property("outline-style") == "solid"
    page.press(f"=1+1 {HAPPY}", Keys.ENTER)
    page.until(lambda: len(page.all("#answers > li")) == 1)
    for name in ("threshold", "ask-button"):
        page.press(Keys.TAB)
        assert page.focused().get_attribute("id") == name
    page.press(Keys.TAB)
    assert page.focused().text == "틀렸어요"
    page.press(Keys.ENTER)
    assert page.focused().get_attribute("aria-label") == "맞는 감정 선택"
    page.press(Keys.ARROW_DOWN)
    right = page.focused().get_attribute("value")
    page.press(Keys.TAB)
    page.press(Keys.ENTER)
    page.until(lambda: f"저장했습니다. 맞는 감정: {right}" in page("#answers > li").text)
    sheet = openpyxl.load_workbook(page.home.corrections_of(page.home.model)).worksheets[0]
    titles, *_, row = (tuple(cell.value for cell in cells) for cells in sheet.iter_rows())
    kept = dict(zip(titles, row, strict=True))
    assert kept["사람문장1"] == f"=1+1 {HAPPY}"
    assert (kept["감정_대분류"], kept["버전"]) == (right, "1")
    app = typer.Typer()
    app.command()(command.check)
    checked = CliRunner().invoke(app, [str(page.home.corrections_of(page.home.model))])
    assert checked.exit_code == 0, checked.output


def test_a_narrow_screen_needs_no_horizontal_scrolling(page: Page) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for _ in ("ko", "en"):
            page.ask(HAPPY, "가" * 300)
            page.all(".wrong")[0].click()
            assert page.browser.execute_script("return document.documentElement.scrollWidth") == 360
            page("#language").click()
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_colours_and_less_motion_are_followed(page: Page) -> None:
    page.ask(HAPPY)
    light = page("body").value_of_css_property("background-color")
    features = [
        {"name": "prefers-color-scheme", "value": "dark"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        assert page("body").value_of_css_property("background-color") != light
        assert page(".bar i").value_of_css_property("transition-duration") == "0s"
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_switch_changes_every_text_of_the_page_and_of_the_api(page: Page) -> None:
    page.ask(HAPPY)
    page("#language").click()
    assert page("#ask-button").text == "Ask"
    assert page("html").get_attribute("lang") == "en"
    assert "confidence" in page("#answers > li").text
    assert "version 1" in page("#model").text
    left = page.browser.execute_script("return document.body.innerText.match(/[가-힣]+[다요](?=[.:\\n])/g)")
    assert not left
    page.browser.execute_script("document.getElementById('texts').value = '가'.repeat(2001)")
    page("#ask-button").click()
    page.until(lambda: "too long" in page("#ask-error").text)
    page.browser.refresh()
    page.until(lambda: page("#ask-button").text == "Ask")


def test_the_page_begins_in_the_language_of_the_browser(served: Page) -> None:
    english = served.http.get("/", headers={"Accept-Language": "fr, en;q=0.8"})
    assert english.headers["content-language"] == "en"
    assert '<html lang="en">' in english.text
    assert ">Ask</button>" in english.text
    assert "default-src 'self'" in english.headers["content-security-policy"]
    assert "unsafe" not in english.headers["content-security-policy"]


@pytest.mark.parametrize("dropped", [False, True], ids=["chosen", "dropped"])
def test_a_workbook_comes_back_with_emotions(page: Page, tmp_path: Path, dropped: bool) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [("번호", "문장"), (1, HAPPY), (2, MARKUP), (3, SAD)]:
        sheet.append(line)
    file = tmp_path / f"상담 {dropped}.xlsx"
    book.save(file)
    if dropped:
        page.browser.execute_script(
            "const carrier = document.createElement('input'); carrier.type = 'file'; carrier.id = 'carrier';"
            "document.body.append(carrier)"
        )
        page("#carrier").send_keys(str(file))
        page.browser.execute_script(
            "const data = new DataTransfer(); data.items.add(document.getElementById('carrier').files[0]);"
            "document.getElementById('drop').dispatchEvent("
            "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))"
        )
    else:
        page("#file").send_keys(str(file))
    page.until(lambda: page("#job-download").is_displayed() or page("#file-error").is_displayed())
    assert page("#file-error").text == ""
    assert "3행 가운데 3행" in page("#job-status").text
    cells = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in page.all("tbody tr")]
    answers = page.answers([HAPPY, MARKUP, SAD], 0.5)
    expected = [[text, a["best_guess"]] for text, a in zip((HAPPY, MARKUP, SAD), answers, strict=True)]
    assert [row[:2] for row in cells] == expected
    page("#job-download").click()
    result = page.downloads / f"상담 {dropped}.scored.xlsx"
    page.until(result.exists)
    titles, *rows = openpyxl.load_workbook(result).worksheets[0].iter_rows(values_only=True)
    assert titles[:4] == ("번호", "문장", "감정", "확신도")
    assert [list(row[1:3]) for row in rows] == expected


def test_a_job_is_followed_again_when_the_network_is_back(page: Page, tmp_path: Path) -> None:
    def network(*, offline: bool) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    file = tmp_path / "끊김.csv"
    file.write_text(f"문장\n{HAPPY}\n", "utf-8")
    page.browser.execute_cdp_cmd("Network.enable", {})
    page("#file").send_keys(str(file))
    page.until(lambda: page("#job-cancel").is_displayed())
    network(offline=True)
    try:
        page.until(lambda: page("#file-error").is_displayed())
        assert page("#job").is_displayed()
    finally:
        network(offline=False)
    page.until(lambda: page("#job-download").is_displayed())
    assert not page("#file-error").is_displayed()


def test_another_file_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "상담.hwp").write_bytes(b"x")
    page("#file").send_keys(str(tmp_path / "상담.hwp"))
    assert page("#file-error").text.startswith("상담.hwp 파일은 분석할 수 없습니다.")


def test_the_key_is_asked_for_once_and_kept_for_the_tab(
    browser: tuple[webdriver.Chrome, Path], demo_home: Home
) -> None:
    service = service_of(demo_home, ModelReference(DEMO_MODEL, "1"), Access(OPEN.hosts, "right+/="))
    with answering(service) as http:
        page = Page(browser[0], http, demo_home, browser[1])
        page.open()
        for key in ("틀린 키", "right+/="):
            page.until(lambda: page("#key").is_displayed() and page("#key-field").get_attribute("value") == "")
            page("#key-field").send_keys(key, Keys.ENTER)
            if key != "right+/=":
                page.until(lambda: page("#key-error").is_displayed())
        page.until(lambda: page("#model").is_displayed())
        page("#texts").send_keys(HAPPY, Keys.ENTER)
        page.until(lambda: len(page.all("#answers > li")) == 1)
        page.browser.refresh()
        page.until(lambda: page("#model").is_displayed())
        assert not page("#key").is_displayed()
