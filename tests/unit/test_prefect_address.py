"""Addresses of a Prefect server, as people set them."""

import pytest

from flows.address import server_address
from storyflower.errors import StoryFlowerError


@pytest.mark.parametrize("blank", [None, "", " "])
def test_a_blank_address_is_none(blank: str | None) -> None:
    assert server_address(blank) is None


def test_an_address_is_taken_without_the_blanks_around_it() -> None:
    assert server_address(" http://127.0.0.1:4200/api ") == "http://127.0.0.1:4200/api"


@pytest.mark.parametrize("unfit", ["http://[::1", "foo"])
def test_what_is_no_address_is_one_clear_error(unfit: str, in_english: None) -> None:
    with pytest.raises(StoryFlowerError, match="this is no address of a Prefect server"):
        server_address(unfit)
