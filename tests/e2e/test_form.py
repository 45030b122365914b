"""The form that Prefect draws from the recipe, filled in by a person: in a real browser, in both of Prefect's UIs."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from storyflower.recipe import TINY, TrainingRecipe
from storyflower.server_access import LOGIN_PAGE

selenium = pytest.importorskip("selenium", reason="the form is tried with selenium (`pip install selenium`)")

from selenium import webdriver  # noqa: E402
from selenium.common.exceptions import (  # noqa: E402
    ElementClickInterceptedException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402
from urllib3.exceptions import HTTPError  # noqa: E402

from tests.browser import MARKS, chromium  # noqa: E402
from tests.waiting import GIVE_UP_S  # noqa: E402

pytestmark = MARKS

SECONDS = 60  # after which a page no longer answers
REDRAWN = 15  # after which what was clicked is clicked again: the page was drawn anew meanwhile


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
        self.entries: dict[str, str] = {}
        self.page = f"{self.api.removesuffix('/api')}{ui}/deployments/deployment/{self.deployment}/run"

    def fill(self, label: str, value: str) -> None:
        """Note what is chosen from a list or typed into a field."""
        self.entries[label] = value

    def submitted(self) -> dict[str, Any]:
        """Open the page, fill it in and submit; return the parameters of the flow run that comes of it.

        A page of Prefect's that stops answering while it is drawn anew is opened again, with nothing in it.
        """
        deadline, failures = time.monotonic() + GIVE_UP_S, []
        self.browser.get(self.page)
        while self.browser.current_url == self.page:
            try:
                self._until(lambda: self._below("Name").is_displayed())
                for label, value in self.entries.items():
                    self._until(partial(self._filled, label, value))
                self._until(self._clicked_submit)
                self._until(lambda: self.browser.current_url != self.page)
            except TimeoutException as error:
                failures.append(error.msg)
                assert time.monotonic() < deadline, failures
                self.browser.get(self.page)
        body = {"deployments": {"id": {"any_": [self.deployment]}}}
        runs = httpx.post(f"{self.api}/flow_runs/filter", json=body, auth=self.auth).raise_for_status().json()
        (latest,) = sorted((run for run in runs if not run["auto_scheduled"]), key=lambda run: run["created"])[-1:]
        return dict(latest["parameters"])

    def _until(self, holds: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Wait for something, as long as it fails or is not so; in the end, name the last failure."""
        failure = ""

        def tried(_: webdriver.Chrome) -> Any:
            nonlocal failure
            try:
                return holds()
            except (WebDriverException, HTTPError) as error:
                failure = f"{type(error).__name__}: {error}"
                return False

        try:
            return WebDriverWait(self.browser, seconds).until(tried)
        except TimeoutException:
            raise TimeoutException(failure) from None

    def _below(self, label: str) -> WebElement:
        """The first control after the label of a field."""
        controls = "self::textarea or self::input[not(@aria-hidden)] or self::select or @aria-haspopup='listbox'"
        labelled = f"//form//label[starts-with(normalize-space(), '{label}')]"
        return self.browser.find_element(By.XPATH, f"({labelled}/following::*[{controls}])[1]")

    def _shown(self, label: str) -> str:
        control = self._below(label)
        if control.tag_name == "select":
            return "".join(option.text for option in Select(control).all_selected_options)
        return control.text if control.tag_name == "button" else str(control.get_property("value"))

    def _filled(self, label: str, value: str) -> bool:
        """Whether a field shows its value; what is lost while the page is drawn anew is given again."""
        if self._shown(label) != value:
            self._enter(label, value)
        return self._shown(label) == value

    def _enter(self, label: str, value: str) -> None:
        control = self._below(label)
        if control.tag_name == "select":
            Select(control).select_by_visible_text(value)
        elif control.tag_name == "button":
            option = (By.XPATH, f"//*[@role='option'][normalize-space()='{value}']")
            if not self.browser.find_elements(*option):
                control.click()
            self._until(lambda: self.browser.find_element(*option), REDRAWN).click()
        elif not control.get_property("value"):
            control.send_keys(value)

    def _clicked_submit(self) -> bool:
        button = self.browser.find_element(By.XPATH, "//form//button[normalize-space()='Submit']")
        try:
            button.click()
        except ElementClickInterceptedException:  # by a list or a note that the page leaves above it
            self.browser.execute_script("arguments[0].click()", button)
        return True


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
