"""Validates the address of the Prefect server before Prefect, whose import fails with a traceback, is imported."""

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.quoting import shown
from storyflower.store_probe import is_http_address


def server_address(url: str | None) -> str | None:
    """The address of a Prefect server, as it is set; None where it is blank.

    Raises:
        StoryFlowerError: it is no address of a server.
    """
    address = (url or "").strip()
    if address and not is_http_address(address):
        raise problem(StoryFlowerError, "prefect_address_unfit", shown(address))
    return address or None
