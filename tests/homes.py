"""The home of the test that is running: its environment variables name it."""

from storyflower.settings import settings
from storyflower.storage.home import Home


def current_home() -> Home:
    """The home that the settings name now."""
    return Home.of(settings())
