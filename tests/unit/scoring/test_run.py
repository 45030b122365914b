"""A scoring that is repeated, killed, beside another, or cannot be written."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from storyflower.errors import StorageError, WorkbookError
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.run import score
from tests.homes import current_home
from tests.unit.scoring.conftest import CountingEngine
from tests.waiting import GIVE_UP_S

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Three shards."""
    path = tmp_path / "many.parquet"
    texts = [f"{number}번째로 기뻤어" for number in range(10_000)]
    noise = np.random.default_rng(1).random((10_000, 2))  # by which the file is larger than a shard
    pd.DataFrame({"text": texts, "a": noise[:, 0], "b": noise[:, 1]}).to_parquet(path)
    return path


def test_a_repeated_scoring_does_nothing(write_sheet: Callable[..., Path], scored: Any, engine: CountingEngine) -> None:
    path = write_sheet([["문장"], ["가"]])
    first = scored(path)
    written = Path(first.out).stat()
    again = scored(path)
    assert (again.up_to_date, engine.computed) == (True, 1)
    assert Path(first.out).stat() == written
    other = scored(path, threshold=0.5)
    assert (other.up_to_date, other.computed_shards, engine.computed) == (False, 0, 1)


def test_an_output_that_someone_changed_is_not_replaced(write_sheet: Callable[..., Path], scored: Any) -> None:
    path = write_sheet([["문장"], ["가"]])
    out = Path(scored(path).out)
    out.write_bytes(out.read_bytes() + b" ")
    with pytest.raises(WorkbookError, match="이미 있습니다"):
        scored(path, threshold=0.5)


def test_outputs_that_cannot_be_are_refused(write_sheet: Callable[..., Path], scored: Any, tmp_path: Path) -> None:
    path = write_sheet([["문장"], ["가"]])
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "other.xlsx").write_bytes(b"mine")
    (tmp_path / "link.xlsx").symlink_to(path)
    before = path.read_bytes()
    cases = {"folder.xlsx": "폴더", "other.xlsx": "이미", "book.xlsx": "원본", "link.xlsx": "원본", "a.txt": ".parquet"}
    for name, words in {**cases, "a.csv": ".xlsx로만"}.items():
        with pytest.raises(WorkbookError, match=words) as caught:
            scored(path, out=tmp_path / name)
        assert caught.value.exit_code == 2
    assert path.read_bytes() == before
    for location, words in {tmp_path: "폴더", tmp_path / "none.xlsx": "none.xlsx"}.items():
        with pytest.raises(WorkbookError, match=words):
            scored(location)


def test_a_folder_that_is_none_is_an_error_before_anything_is_computed(
    write_sheet: Callable[..., Path], scored: Any, tmp_path: Path, engine: CountingEngine
) -> None:
    path = write_sheet([["문장"], ["가"]])
    for out in (path / "in_a_file.xlsx", Path("/proc/none/a.xlsx")):
        with pytest.raises(StorageError, match="결과를 쓸 수 없습니다"):
            scored(path, out=out)
    assert engine.computed == 0


def test_a_full_disk_leaves_no_output_and_the_shards_that_were_done(
    many: Path, scored: Any, engine: CountingEngine
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (198_000, limits[1]))  # a shard fits, the output does not
    try:
        with pytest.raises(StorageError):
            scored(many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert sorted(many.parent.glob("many*")) == [many]
    assert scored(many).computed_shards == 0
    assert engine.computed == 3


def test_a_killed_scoring_goes_on_where_it_was(many: Path, model: ScoringModel, engine: CountingEngine) -> None:
    program = f"""
import os, signal
from tests.unit.scoring.conftest import CountingEngine
from tests.homes import current_home
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.run import score
from pathlib import Path
model = ScoringModel(*{tuple(vars(model).values())[:7]!r}, Path({str(model.folder)!r}))
class Dying(CountingEngine):
    def answers(self, shards):
        if self.computed == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from super().answers(shards)
score(current_home(), model, Dying(model), {str(many)!r})
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    report = score(current_home(), model, engine, str(many))
    assert (report.shards, report.computed_shards, engine.computed) == (3, 1, 1)
    untouched = current_home().folder.with_name("untouched")
    fresh = score(type(current_home())(untouched), model, engine, str(many), out=many.with_name("fresh.parquet"))
    assert fresh.computed_shards == 3
    assert Path(fresh.out).read_bytes() == Path(report.out).read_bytes()


def test_two_at_once_compute_everything_once(many: Path, model: ScoringModel) -> None:
    engines = [CountingEngine(model), CountingEngine(model)]
    reports: list[Any] = []
    threads = [
        threading.Thread(target=lambda e=engine: reports.append(score(current_home(), model, e, str(many))))
        for engine in engines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GIVE_UP_S)
    assert sorted(report.up_to_date for report in reports) == [False, True]
    assert sum(engine.computed for engine in engines) == 3


def test_an_input_that_changes_meanwhile_is_refused(many: Path, model: ScoringModel) -> None:
    class Changing(CountingEngine):
        def answers(self, shards: Any) -> Any:
            os.utime(many)
            yield from super().answers(shards)

    with pytest.raises(WorkbookError, match="원본이 바뀌었습니다"):
        score(current_home(), model, Changing(model), str(many))
    assert not many.with_name("many.scored.parquet").exists()
