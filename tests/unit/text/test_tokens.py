import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from storyflower.errors import StoryFlowerError
from storyflower.text import tokens as tokens_module
from storyflower.text.tokens import TokenSequences, load_tokens, save_tokens

pytestmark = pytest.mark.usefixtures("in_english")


def sequences(*texts: list[int]) -> TokenSequences:
    return TokenSequences(
        ids=np.array([i for text in texts for i in text], np.int32),
        offsets=np.cumsum([0, *map(len, texts)], dtype=np.int64),
        truncated=np.array([len(text) == 4 for text in texts], np.bool_),
    )


THREE = sequences([2, 7, 3], [2, 8, 9, 3], [2, 3])


def test_sequences_and_lengths():
    assert len(THREE) == 3
    assert THREE.lengths.tolist() == [3, 4, 2]
    assert [THREE.sequence(i).tolist() for i in range(3)] == [[2, 7, 3], [2, 8, 9, 3], [2, 3]]


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        ([2, 0, 2], [2, 0, 2]),
        ([], []),
        ([-1], [2]),
        ([True, False, True], [0, 2]),
    ],
)
def test_take_follows_the_indices(indices: list[int], expected: list[int]):
    taken = THREE.take(np.array(indices, bool if indices and indices[0] is True else np.int64))
    assert [taken.sequence(i).tolist() for i in range(len(taken))] == [THREE.sequence(i).tolist() for i in expected]
    assert taken.truncated.tolist() == [bool(THREE.truncated[i]) for i in expected]
    assert taken.offsets.dtype == np.int64


def test_take_beyond_the_end_is_a_bug():
    with pytest.raises(IndexError):
        THREE.take(np.array([3]))


@pytest.mark.parametrize("tokens", [THREE, THREE.take(np.array([], np.int64))])
def test_saved_tokens_load_the_same(tmp_path: Path, tokens: TokenSequences):
    save_tokens(tmp_path, tokens, "dev")
    loaded = load_tokens(tmp_path, "dev")
    for name in ("ids", "offsets", "truncated"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(tokens, name), strict=True)


def test_tokens_saved_in_parts_are_those_saved_at_once(tmp_path: Path):
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    save_tokens(tmp_path / "whole", THREE)
    save_tokens(tmp_path / "parts", (THREE.take(np.array(rows, int)) for rows in ([0, 1], [], [2])))
    for array in ("ids", "offsets", "truncated"):
        written = (tmp_path / "whole" / f"tokens.{array}.npy").read_bytes()
        assert (tmp_path / "parts" / f"tokens.{array}.npy").read_bytes() == written
        saved = io.BytesIO()
        np.save(saved, getattr(THREE, array))
        assert written == saved.getvalue()  # as earlier versions wrote them


def test_parts_are_all_texts_in_their_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens_module, "_TEXTS_AT_ONCE", 2)
    parts = list(THREE.parts())
    assert [len(part) for part in parts] == [2, 1]
    assert [part.sequence(i).tolist() for part in parts for i in range(len(part))] == [[2, 7, 3], [2, 8, 9, 3], [2, 3]]
    assert [flag for part in parts for flag in part.truncated.tolist()] == THREE.truncated.tolist()


@pytest.mark.parametrize(
    ("array", "value", "reason"),
    [
        ("ids", np.array([2, 7, 3, 2, 8, 9, 3, 2], np.int32), "number of tokens"),
        ("ids", np.array([2, 7, 3, 2, -8, 9, 3, 2, 3], np.int32), "negative"),
        ("ids", THREE.ids.astype(np.int64), "int64 instead of int32"),
        ("ids", THREE.ids[None], "2 dimensions"),
        ("offsets", np.array([1, 3, 7, 9], np.int64), "first offset"),
        ("offsets", np.array([0, 7, 3, 9], np.int64), "do not rise"),
        ("offsets", np.array([0, 3, 3, 9], np.int64), "do not rise"),
        ("offsets", np.array([0, 3, 9], np.int64), "number of texts"),
        ("offsets", np.array([], np.int64), "number of texts"),
        ("truncated", np.array([0, 1, 0], np.int8), "int8 instead of bool"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, array: str, value: np.ndarray, reason: str):
    save_tokens(tmp_path, THREE)
    np.save(tmp_path / f"tokens.{array}.npy", value)
    with pytest.raises(StoryFlowerError, match=reason) as refused:
        load_tokens(tmp_path)
    assert str(tmp_path) in refused.value.where
    assert refused.value.remedy


@pytest.mark.parametrize("content", [None, b"", b"junk", b"\x93NUMPY\x01\x00v\x00{'descr': '<i4'"])
def test_missing_or_damaged_file_is_refused(tmp_path: Path, content: bytes | None):
    save_tokens(tmp_path, THREE)
    file = tmp_path / "tokens.ids.npy"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StoryFlowerError, match="cannot be used"):
        load_tokens(tmp_path)


def test_pickled_arrays_are_refused(tmp_path: Path):
    save_tokens(tmp_path, THREE)
    np.save(tmp_path / "tokens.ids.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(StoryFlowerError, match="cannot be used"):
        load_tokens(tmp_path)


@pytest.mark.parametrize("indices", [[2, 0, 2], [], [1]])
def test_what_is_taken_into_a_mapped_file_is_the_same(tmp_path: Path, indices: list[int], monkeypatch):
    monkeypatch.setattr(tokens_module, "_TEXTS_AT_ONCE", 2)
    taken, mapped = (
        take(np.array(indices, int)) for take in (THREE.take, lambda rows: THREE.take_mapped(rows, tmp_path))
    )
    for name in ("ids", "offsets", "truncated"):
        np.testing.assert_array_equal(getattr(mapped, name), getattr(taken, name), strict=True)
    assert list(tmp_path.iterdir()) == []  # the file has no name, and goes with the process
    assert pickle.loads(pickle.dumps(mapped)).ids.tolist() == taken.ids.tolist()  # noqa: S301 - as a rank gets it
