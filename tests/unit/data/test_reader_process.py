"""Files of unknown origin are parsed in a process of its own, whose death is a fault of the file."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pandas as pd
import psutil
import pytest

from benchmarks.hostile_files import KINDS
from benchmarks.hostile_files.workbook import zipped
from storyflower.data import reader_process
from storyflower.data.parsing import parsed
from storyflower.data.reader_handle import ReaderHandle
from storyflower.data.reader_process import ReaderProcess, limits_for, reader
from storyflower.data.reader_wire import Limits, Request, receive_reply, send_request
from storyflower.data.workbook import fetch_file, parse_workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe
from tests.waiting import GIVE_UP_S

pytestmark = pytest.mark.usefixtures("in_english")

"""Seconds until a test gives up; nothing takes a hundredth of that."""


@pytest.fixture
def book(write_dialogues: Callable[..., Path]) -> str:
    return str(write_dialogues([("기쁨", "하나", "둘"), ("슬픔", "셋")]))


def hostile(kind: str, folder: Path) -> str:
    path = folder / f"{kind}.xlsx"
    path.write_bytes(KINDS[kind](Random(1)))
    return str(path)


def test_it_gives_the_very_frame_that_parsing_here_gives(book: str, tmp_path: Path) -> None:
    file = fetch_file(book, DataRecipe(), tmp_path)
    here, there = parsed(file, DataRecipe()), parse_workbook(file, DataRecipe())
    pd.testing.assert_frame_equal(here.frame, there.frame)
    assert {**vars(here), "frame": None} == {**vars(there), "frame": None}


def test_the_real_workbooks_come_over_whole(shared: Path, tmp_path: Path) -> None:
    file = fetch_file(f"{shared}/corpus/open_Validation.xlsx", DataRecipe(), tmp_path)
    pd.testing.assert_frame_equal(parsed(file, DataRecipe()).frame, parse_workbook(file, DataRecipe()).frame)


def test_one_process_reads_all_until_a_file_kills_it(
    book: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    read_workbook(book, DataRecipe(), tmp_path)
    first = reader().pid
    read_workbook(book, DataRecipe(), tmp_path)
    assert reader().pid == first
    with pytest.raises(WorkbookError, match="more than the 384 MB of memory") as refused:
        read_workbook(hostile("far_cell", tmp_path), DataRecipe(), tmp_path)
    assert (refused.value.exit_code, refused.value.where) == (2, f"{tmp_path}/far_cell.xlsx")
    assert "copy the table alone into a new workbook" in refused.value.remedy
    assert len(read_workbook(book, DataRecipe(), tmp_path).frame) == 2
    assert reader().pid != first
    assert capfd.readouterr() == ("", "")  # Rust writes its last words to standard error


@pytest.mark.parametrize(
    "name",
    [
        *("attr_space_equals", "cell_ref_AAAA1", "cell_ref_row_1e10", "control_far_cell", "other_prefix"),
        *("part_ext_dat", "ss_uniqueCount_4G"),
    ],
)
def test_files_that_made_the_reader_abort(shared: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkbookError, match=f"{name}.xlsx: .*\n→ "):
        read_workbook(f"{shared}/cases/hostile/{name}.xlsx", DataRecipe(), tmp_path)


def test_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_process, "limits_for", lambda _: Limits(memory_mb=4096, seconds=1))
    path = tmp_path / "long.csv"
    path.write_text("감정_대분류,사람문장1,사람문장2\n" + "기쁨,하나,둘\n" * 2_000_000, "utf-8")
    with pytest.raises(WorkbookError, match="it was not read within 1 seconds of computing"):
        read_workbook(str(path), DataRecipe(), tmp_path)


def test_a_process_that_was_killed_between_two_files_is_replaced(book: str, tmp_path: Path) -> None:
    read_workbook(book, DataRecipe(), tmp_path)
    killed = reader().pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)
    assert len(read_workbook(book, DataRecipe(), tmp_path).frame) == 2


def test_a_process_that_is_killed_at_a_file_is_reported(book: str, tmp_path: Path) -> None:
    own = ReaderProcess()
    own.start()
    file = fetch_file(book, DataRecipe(), tmp_path)
    own.run("workbook", file, {"recipe": DataRecipe()})
    stopped = psutil.Process(own.pid)
    stopped.suspend()
    killer = subprocess.Popen(  # once the request lies in the pipe, nothing but this process would answer it
        [sys.executable, "-c", f"import os, time; time.sleep(1); os.kill({own.pid}, {signal.SIGKILL})"]
    )
    with pytest.raises(WorkbookError, match=r"died of its content \(SIGKILL\)"):
        own.run("workbook", file, {"recipe": DataRecipe()})
    assert killer.wait(GIVE_UP_S) == 0
    own.close()


def test_an_installation_that_lacks_something_is_no_fault_of_the_file(
    book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "fastexcel.py").write_text("raise ImportError('no fastexcel here')", "utf-8")
    own = ReaderProcess()
    with pytest.raises(RuntimeError, match=r"(?s)the reader process did not start: .*no fastexcel here"):
        own.run("workbook", fetch_file(book, DataRecipe(), tmp_path), {"recipe": DataRecipe()})


BUSY = """
from storyflower.data.reader_child import _end_with_the_parent
_end_with_the_parent(0)
print("busy", flush=True)
sum(range(10**15))  # one call of native code, in which no thread of Python runs
"""


def test_in_the_middle_of_native_code_it_ends_with_its_parent() -> None:
    busy = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert busy.stdin is not None
    assert busy.stdout is not None
    assert busy.stdout.readline() == b"busy\n"
    busy.stdin.close()  # as the kernel does when the parent dies
    assert busy.wait(GIVE_UP_S) == -signal.SIGIO
    busy.stdout.close()


def test_what_is_written_meanwhile_does_not_end_it(book: str, tmp_path: Path) -> None:
    """The kernel reports what is written to a pipe when the reader may have read it long since."""
    file = fetch_file(book, DataRecipe(), tmp_path)
    child = ReaderHandle.started()
    child.wait_until_ready()
    for _ in range(3):
        send_request(child.requests, Request("workbook", file, {"recipe": DataRecipe()}, "en", limits_for(file)))
    assert [receive_reply(child.replies).outcome for _ in range(3)] == ["done"] * 3
    child.end()
    child.forget()


PARENT = """
import sys, time
from storyflower.data.reader_process import reader
reader().start()
print(reader().pid, flush=True)
time.sleep(600)
"""


def test_between_two_files_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    process = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait(GIVE_UP_S)
    parent.stdout.close()
    process.wait(GIVE_UP_S)


FORKED = """
import os, sys
from pathlib import Path
from storyflower.data.reader_process import reader
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import DataRecipe
read = lambda: len(read_workbook(sys.argv[1], DataRecipe(), Path(sys.argv[2])).frame)
read()
before = reader().pid
if os.fork() == 0:
    read()
    os._exit(int(reader().pid == before))
_, status = os.wait()
read()
print(os.waitstatus_to_exitcode(status), reader().pid == before)
"""


def test_a_forked_copy_of_the_parent_has_a_process_of_its_own(book: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, book, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("0 True\n", "")


# A program that is started in the background of a shell without job control ignores SIGINT, and so do its children.
_INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from storyflower.cli.start import main
main()
"""


def _is_reader(process: psutil.Process) -> bool:
    return "storyflower.data.reader_child" in process.cmdline()


def test_ctrl_c_ends_both_with_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _INTERRUPTIBLE, "check"]
    path = hostile("many_columns", tmp_path)
    checking = subprocess.Popen(
        [*command, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    while not (children := [*filter(_is_reader, psutil.Process(checking.pid).children())]):
        assert checking.poll() is None
    children[0].suspend()  # so that the parent waits for it
    os.killpg(checking.pid, signal.SIGINT)
    out, err = checking.communicate(timeout=GIVE_UP_S)
    assert (checking.returncode, out, len(err.strip().splitlines())) == (130, "", 1), err
    children[0].wait(GIVE_UP_S)


def test_a_sound_file_of_the_generator_is_read(tmp_path: Path) -> None:
    from benchmarks.hostile_files.workbook import sound_parts

    path = tmp_path / "sound.xlsx"
    path.write_bytes(zipped(sound_parts()))
    assert read_workbook(str(path), DataRecipe(), tmp_path).frame["감정_대분류"].tolist() == ["기쁨", "슬픔"]
