"""Files that a run fetches once, and what is fetched again."""

from pathlib import Path

import pytest

from storyflower.data import fetched_file
from storyflower.data.fetched_file import fetched_once
from storyflower.data.workbook import fetch_file
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"first")
    return path


def content(book: Path) -> bytes:
    return fetch_file(str(book), DataRecipe(), book.parent / "downloads").content


def test_within_a_run_the_content_of_a_location_stays_the_same(book: Path) -> None:
    with fetched_once():
        assert content(book) == b"first"
        book.write_bytes(b"second")
        with fetched_once():  # the flow within a flow
            assert content(book) == b"first"
        assert content(book) == b"first"
    assert content(book) == b"second"
    with fetched_once():
        assert content(book) == b"second"


def test_a_failure_is_not_kept(book: Path) -> None:
    other = book.with_name("later.xlsx")
    with fetched_once():
        with pytest.raises(WorkbookError):
            content(other)
        other.write_bytes(b"there")
        assert content(other) == b"there"


def test_files_beyond_the_limit_are_fetched_again(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched_file, "MOST_KEPT", 5)
    other = book.with_name("other.xlsx")
    other.write_bytes(b"small")
    with fetched_once():
        assert (content(book), content(other)) == (b"first", b"small")
        book.write_bytes(b"second")
        other.write_bytes(b"large")
        assert (content(book), content(other)) == (b"first", b"large")
