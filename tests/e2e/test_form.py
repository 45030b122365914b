"""The form that Prefect draws from the recipe, filled in by a person: in a real browser, in both of Prefect's UIs."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from storyflower.recipe import TINY, TrainingRecipe
from storyflower.server_access import LOGIN_PAGE

selenium = pytest.importorskip("selenium", reason="the form is tried with selenium (`pip install selenium`)")

from selenium import webdriver  # noqa: E402
from selenium.common.exceptions import TimeoutException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

from tests.browser import MARKS, chromium  # noqa: E402
from tests.waiting import GIVE_UP_S  # noqa: E402

pytestmark = MARKS

REDRAWN = 15  # seconds after which what was clicked is clicked again: the page was drawn anew meanwhile


@pytest.fixture(scope="module")
def browser(prefect_server_world: Any) -> Iterator[webdriver.Chrome]:
    """A browser in which the file that `make server` names has been opened, and nothing typed."""
    started = chromium("1200,5000")
    started.get((prefect_server_world.home / LOGIN_PAGE).as_uri())
    WebDriverWait(started, GIVE_UP_S).until(lambda _: urlsplit(started.current_url).path.startswith("/v2/"))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def deployed(prefect_server_world: Any) -> Any:
    """A server with the deployments of prefect.yaml, and no worker: what is submitted stays as it was submitted."""
    prefect_server_world.run("python", "-m", "flows.deployments", "storyflower")
    return prefect_server_world


class Form:
    """The page `Run` of a deployment."""

    def __init__(self, browser: webdriver.Chrome, world: Any, ui: str, deployment: str) -> None:
        self.browser = browser
        self.api, self.auth = world.env["PREFECT_API_URL"], world.auth
        named = f"{self.api}/deployments/name/{deployment}/{deployment}"
        found = httpx.get(named, auth=self.auth).raise_for_status().json()
        self.deployment = found["id"]
        self.entered: dict[str, str] = {}
        self.page = f"{self.api.removesuffix('/api')}{ui}/deployments/deployment/{self.deployment}/run"
        browser.get(self.page)
        self.until(lambda: self.below("Name").is_displayed())

    def within(self, seconds: float, holds: Any) -> Any:
        return WebDriverWait(self.browser, seconds, ignored_exceptions=[Exception]).until(lambda _: holds())

    def until(self, holds: Any) -> Any:
        return self.within(GIVE_UP_S, holds)

    def below(self, label: str) -> WebElement:
        """The first control after the label of a field."""
        controls = "self::textarea or self::input[not(@aria-hidden)] or self::select or @aria-haspopup='listbox'"
        labelled = f"//form//label[starts-with(normalize-space(), '{label}')]"
        return self.browser.find_element(By.XPATH, f"({labelled}/following::*[{controls}])[1]")

    def shown(self, label: str) -> str:
        control = self.below(label)
        if control.tag_name == "select":
            return "".join(option.text for option in Select(control).all_selected_options)
        return control.text if control.tag_name == "button" else str(control.get_property("value"))

    def fill(self, label: str, value: str) -> None:
        """Choose from a list or type into a field; what is lost while the page is drawn anew is given again."""

        def filled() -> bool:
            if self.browser.current_url != self.page:
                return True  # it has been submitted
            if self.shown(label) != value:
                self._enter(label, value)
            return self.shown(label) == value

        self.until(filled)
        self.entered[label] = value

    def _enter(self, label: str, value: str) -> None:
        control = self.below(label)
        if control.tag_name == "select":
            Select(control).select_by_visible_text(value)
        elif control.tag_name == "button":
            option = (By.XPATH, f"//*[@role='option'][normalize-space()='{value}']")
            if not self.browser.find_elements(*option):
                control.click()
            self.within(REDRAWN, lambda: self.browser.find_element(*option)).click()
        elif not control.get_property("value"):
            control.send_keys(value)

    def _clicked_submit(self) -> bool:
        if self.browser.current_url == self.page:
            self.browser.find_element(By.XPATH, "//form//button[normalize-space()='Submit']").click()
        return True

    def submitted(self) -> dict[str, Any]:
        """Submit; the parameters of the flow run that comes of it.

        A click that comes while the page is drawn anew reaches no button: it is repeated as long as the form is there.
        """
        deadline = time.monotonic() + GIVE_UP_S
        while self.browser.current_url == self.page:
            assert time.monotonic() < deadline, self.browser.find_element(By.TAG_NAME, "body").text
            for label, value in self.entered.items():
                self.fill(label, value)  # at once, if nothing was lost
            self.until(self._clicked_submit)
            with suppress(TimeoutException):
                WebDriverWait(self.browser, REDRAWN).until(lambda _: self.browser.current_url != self.page)
        body = {"deployments": {"id": {"any_": [self.deployment]}}}
        runs = httpx.post(f"{self.api}/flow_runs/filter", json=body, auth=self.auth).raise_for_status().json()
        (latest,) = sorted((run for run in runs if not run["auto_scheduled"]), key=lambda run: run["created"])[-1:]
        return dict(latest["parameters"])


@pytest.mark.parametrize("ui", ["/v2", ""], ids=["new", "old"])
@pytest.mark.parametrize(
    ("preset", "changes", "expected"),
    [
        (None, {}, TrainingRecipe()),
        ("tiny", {}, TINY),
        ("tiny", {"Epochs": "1", "Max Len": "48"}, TINY.with_changes({"epochs": 1, "max_len": 48})),
    ],
    ids=["untouched", "tiny", "tiny-changed"],
)
def test_the_form_submits_the_recipe_that_it_names(
    browser: webdriver.Chrome,
    deployed: Any,
    ui: str,
    preset: str | None,
    changes: dict[str, str],
    expected: TrainingRecipe,
) -> None:
    form = Form(browser, deployed, ui, "train")
    form.fill("Training", "data/open_Training.xlsx")
    form.fill("Validation", "data/open_Validation.xlsx")
    if preset:
        form.fill("Name", preset)
    for label, value in changes.items():
        form.fill(label, value)
    submitted = form.submitted()
    assert submitted["source"] == {"training": "data/open_Training.xlsx", "validation": "data/open_Validation.xlsx"}
    assert TrainingRecipe.model_validate(submitted["recipe"]) == expected


@pytest.mark.parametrize("ui", ["/v2", ""], ids=["new", "old"])
def test_a_switch_that_is_left_alone_is_not_submitted(browser: webdriver.Chrome, deployed: Any, ui: str) -> None:
    form = Form(browser, deployed, ui, "retrain")
    form.fill("Class Weights", "true")
    recipe = TrainingRecipe.model_validate(form.submitted()["recipe"])
    assert recipe == TrainingRecipe().with_changes({"class_weights": True})
