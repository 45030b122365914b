"""A full disk and a folder that must not be written, as the libraries that write really report them."""

import errno
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from storyflower.data.mapped import mapped_texts
from storyflower.disk_errors import require_folder, require_writable, storage_problem
from storyflower.errors import StorageError

LIMIT = 100_000


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file of this process grows beyond the limit, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def to_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table t (x)")
        database.execute("insert into t values (randomblob(1000000))")
        database.commit()


WRITERS: dict[str, Callable[[Path], object]] = {
    "python": lambda path: path.write_bytes(bytes(10 * LIMIT)),
    "numpy": lambda path: np.save(path, np.zeros(10 * LIMIT)),
    "safetensors": lambda path: save_file({"x": torch.zeros(10 * LIMIT)}, path),
    "torch": lambda path: torch.save({"x": torch.zeros(10 * LIMIT)}, path),
    "parquet": lambda path: pd.DataFrame({"x": np.random.default_rng(0).random(10 * LIMIT)}).to_parquet(path),
    "sqlite": to_sqlite,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_seen_whatever_writes(no_room: None, writer: str, tmp_path: Path) -> None:
    with pytest.raises(Exception) as raised:
        WRITERS[writer](tmp_path / "file")
    problem = storage_problem(raised.value, tmp_path)
    assert problem is not None, repr(raised.value)
    assert problem.problem.startswith("the disk is full" if writer != "sqlite" else "the disk fails")
    assert "Make room" in problem.remedy


def test_a_full_folder_for_temporary_files_is_named(
    no_room: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(OSError, match="File too large") as raised:
        mapped_texts([["글" * LIMIT]])
    found = storage_problem(raised.value, tmp_path / "home")
    assert found is not None
    assert found.where == str(temporary)


def test_it_is_seen_behind_other_errors(tmp_path: Path) -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/model")
        except OSError as full:
            raise RuntimeError("serialisation failed") from full
    except RuntimeError as error:
        problem = storage_problem(error, tmp_path)
    assert problem is not None
    assert problem.where == "/data/model"


def test_a_file_elsewhere_that_must_not_be_read_is_no_problem_of_the_home(tmp_path: Path) -> None:
    refused = errno.EACCES, os.strerror(errno.EACCES)
    elsewhere = storage_problem(PermissionError(*refused, "/data/corpus.xlsx"), tmp_path / "home")
    assert elsewhere is not None
    assert (elsewhere.where, "STORYFLOWER_HOME" in elsewhere.remedy) == ("/data/corpus.xlsx", False)
    for place in (tmp_path / "home" / "stages", tmp_path):  # the second must hold the home
        problem = storage_problem(PermissionError(*refused, str(place)), tmp_path / "home")
        assert problem is not None
        assert (problem.where, "STORYFLOWER_HOME" in problem.remedy) == (str(place), True)


def test_what_was_dealt_with_is_no_cause(tmp_path: Path) -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/model")
        except OSError:
            raise ValueError("no such column") from None
    except ValueError as error:
        assert storage_problem(error, tmp_path) is None


def test_a_bug_stays_a_bug(tmp_path: Path) -> None:
    assert storage_problem(ValueError("no such column"), tmp_path) is None


def test_a_home_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="STORYFLOWER_HOME"):
        require_writable(tmp_path / "file" / "home")
    require_writable(tmp_path / "new" / "home")
    assert list((tmp_path / "new" / "home").iterdir()) == []


def test_a_file_in_the_place_of_the_home_is_named_whatever_meets_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for home in (file, file / "home"):
        for meet in (require_folder, require_writable):
            with pytest.raises(StorageError, match="this is a file, where the home folder should be") as raised:
                meet(home)
            assert raised.value.where == str(file)
        with pytest.raises(OSError, match=r"exists|directory") as met:
            (home / "stages").mkdir(parents=True)
        assert (found := storage_problem(met.value, home)) is not None
        assert found.where == str(file)
    other = tmp_path / "home"
    assert storage_problem(FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)), other) is None


def test_a_home_that_may_only_be_read_is_a_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    require_folder(tmp_path)
    tmp_path.chmod(0o700)
