"""Digests of files that are computed again only after a change."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from storyflower.digests import digest_of, digest_of_lists, file_sha256, unchanged_file_sha256


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed."""
    names: list[str] = []
    real = hashlib.file_digest

    def file_digest(file: Any, digest: str) -> Any:
        names.append(Path(file.name).name)
        return real(file, digest)

    monkeypatch.setattr(hashlib, "file_digest", file_digest)
    return names


def test_an_unchanged_file_is_hashed_once(tmp_path: Path, hashed: list[str]) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    assert unchanged_file_sha256(file) == unchanged_file_sha256(file) == hashlib.sha256(b"abc").hexdigest()
    assert hashed == ["weights"]


def test_a_file_of_the_same_size_and_time_in_its_place_is_hashed_again(tmp_path: Path, hashed: list[str]) -> None:
    file, other = tmp_path / "weights", tmp_path / "other"
    file.write_bytes(b"abc")
    other.write_bytes(b"xyz")
    before = unchanged_file_sha256(file)
    os.utime(other, ns=(0, file.stat().st_mtime_ns))
    other.replace(file)
    assert unchanged_file_sha256(file) == file_sha256(file) != before
    assert len(hashed) == 3


@pytest.mark.parametrize("lists", [[["가", 'b"\\'], ["c", "d\n", "e"]], [[], []], [["a"]]])
def test_lists_in_parts_have_the_digest_of_the_lists(lists: list[list[str]]) -> None:
    parts = [[texts[:2], [], texts[2:]] for texts in lists]
    assert digest_of_lists(parts) == digest_of(lists)
