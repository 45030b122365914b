"""The script that measures how threads wait, on the smallest training there is."""

from argparse import Namespace
from pathlib import Path

from benchmarks.waiting import measure


def test_each_way_is_measured_quiet_and_beside_busy_processes(tmp_path: Path) -> None:
    options = Namespace(shape="tiny", encoder=None, rows=64, busy=1, rounds=1, limit=300, ways=["passive"])
    rows = measure(options, tmp_path)["rows"]
    assert [(row["name"], row["busy"]) for row in rows] == [
        ("passive", 0),
        ("passive", 1),
    ]
    assert rows[0]["ratio"] == 1.0
    assert all(row["rate"] > 0 for row in rows)
