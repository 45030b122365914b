from collections.abc import Callable
from pathlib import Path

import pandas as pd

from storyflower.data.checked_files import load_all_checked, save_all_checked
from storyflower.data.schema import CheckedWorkbook


def test_workbooks_come_back_as_they_were_and_in_their_order(
    check: Callable[..., CheckedWorkbook], tmp_path: Path
) -> None:
    given = [check([("기쁨", f"{number}번"), ("황당", "x")], name=f"{9 - number}.xlsx") for number in range(3)]
    save_all_checked(given, tmp_path / "training")
    (tmp_path / "training" / ".DS_Store").write_bytes(b"\0")  # of the Finder, in which a user has opened the home
    found = load_all_checked(tmp_path / "training")
    for one, other in zip(given, found, strict=True):
        assert one.counts == other.counts
        assert one.workbook.location == other.workbook.location
        for name in ("usable", "rejected", "violations"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
        pd.testing.assert_frame_equal(one.workbook.frame, other.workbook.frame)
