import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.data import mapped
from storyflower.data.mapped import parts_of, ranks, read_mapped, repeated, take_mapped

FRAME = pd.DataFrame(
    {"text": ["나", "가", "", "a", "가"], "age": ["청년", None, None, "노년", None], "row": [2, 3, 4, 5, 6]}
).astype({"text": "str", "age": "str"})


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(mapped, "_LEAST_MAPPED", 1)


@pytest.mark.parametrize("frame", [FRAME, FRAME.iloc[:0], FRAME.assign(age=pd.Series(None, FRAME.index, dtype="str"))])
def test_a_mapped_frame_is_the_frame_in_the_file(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.to_parquet(tmp_path / "frame.parquet", index=False)
    pd.testing.assert_frame_equal(read_mapped(tmp_path / "frame.parquet"), frame)
    assert [file.name for file in tmp_path.iterdir()] == ["frame.parquet"]


@pytest.mark.parametrize("places", [[4, 0, 0, 3, 1], [], [2]])
@pytest.mark.parametrize("whole", [FRAME, pd.concat([FRAME, FRAME.iloc[::-1]], ignore_index=True)])
def test_rows_taken_are_those_of_pandas(whole: pd.DataFrame, places: list[int]) -> None:
    chosen = np.array([place * len(whole) // 5 for place in places], np.int64)
    pd.testing.assert_frame_equal(take_mapped(whole, chosen), whole.iloc[chosen])


def test_ranks_are_those_of_the_sorted_texts() -> None:
    assert ranks(FRAME["text"]).tolist() == [3, 2, 0, 1, 2]
    assert ranks(FRAME["text"].iloc[:0]).tolist() == []


def test_texts_come_in_parts_and_values_are_repeated() -> None:
    assert list(parts_of(FRAME["text"])) == [["나", "가"], ["", "a"], ["가"]]
    assert repeated(["가", "나"], np.array([1, 0, 1])).tolist() == ["나", "가", "나"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_small_frames_take_no_open_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "_LEAST_MAPPED", 2**20)
    FRAME.to_parquet(tmp_path / "frame.parquet", index=False)
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir()))
    frames = [read_mapped(tmp_path / "frame.parquet") for _ in range(10)]
    assert len(list(open_files.iterdir())) == before
    pd.testing.assert_frame_equal(frames[-1], FRAME)
