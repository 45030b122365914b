"""How every package reports an error that a library raised."""

import pytest

from storyflower.errors import first_line


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n one\r"), "one"),
        (ValueError(), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_the_first_line_of_an_error(error: BaseException, expected: str) -> None:
    assert first_line(error) == expected
