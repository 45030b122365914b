"""The browser of tests that use pages; they import this after `pytest.importorskip("selenium")`."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

MARKS = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="no chromium: apt-get install chromium chromium-driver"
    ),
]


def chromium(window: str, options: webdriver.ChromeOptions | None = None) -> webdriver.Chrome:
    """Start Chromium without a display, with a window of `WIDTH,HEIGHT`; `options` are completed."""
    options = options or webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={window}"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))
