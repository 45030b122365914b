"""Standard output that cannot be written, or not in every character: real programs, on a device that is full."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storyflower.sample.corpus import write_sample_workbooks

FULL = Path("/dev/full")
PROGRAM = [sys.executable, "-c", "from storyflower.cli.start import main; main()"]
ASCII, KOREAN = {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp949"}
UNWRITABLE = "✗ standard output cannot be written: No space left on device\n→ Send the output elsewhere"


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_sample_workbooks(tmp_path_factory.mktemp("books"), training_rows=200, validation_rows=60)[0])


def storyflower(*arguments: str, stdout: int, **env: str) -> subprocess.CompletedProcess[bytes]:
    values = {**os.environ, "STORYFLOWER_LANG": "en", **env}
    return subprocess.run([*PROGRAM, *arguments], env=values, stdout=stdout, stderr=subprocess.PIPE, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "--json", "WORKBOOK"), 2),
        (("check", "WORKBOOK"), 2),  # 1 would say that there are findings
        (("train", "--fields", "--json"), 1),
        (("registry", "list", "--json"), 1),
        (("--version",), 1),
    ],
)
def test_a_full_device_is_one_error_that_names_standard_output(
    arguments: tuple[str, ...], code: int, workbook: str
) -> None:
    given = [workbook if argument == "WORKBOOK" else argument for argument in arguments]
    with FULL.open("wb") as full:
        done = storyflower(*given, stdout=full.fileno())
    shown = done.stderr.decode()
    assert shown.startswith(UNWRITABLE), shown
    assert (done.returncode, shown.count("✗"), "home" in shown) == (code, 1, False)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_an_error_is_shown_where_standard_output_does_not_take_its_json() -> None:
    with FULL.open("wb") as full:
        done = storyflower("check", "--json", "missing.xlsx", stdout=full.fileno())
    first, second = done.stderr.decode().split("✗ ")[1:]
    assert first.startswith("missing.xlsx: there is no such file")
    assert second.startswith("standard output cannot be written")
    assert done.returncode == 2


def test_a_reader_that_is_gone_gets_no_message() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = storyflower("train", "--fields", "--json", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("env", [ASCII, KOREAN, ASCII | {"PYTHONUNBUFFERED": "1"}])
def test_characters_that_the_encoding_lacks_are_escaped(env: dict[str, str], workbook: str, tmp_path: Path) -> None:
    file = shutil.copy(workbook, tmp_path / "기쁨 😀é.xlsx")
    shown = storyflower("check", str(file), stdout=subprocess.PIPE, **env)
    assert "Traceback" not in shown.stderr.decode("utf-8", "replace")
    encoding = env["PYTHONIOENCODING"]
    assert "\\ud83d\\ude00\\u00e9.xlsx" in shown.stdout.decode(encoding).replace("\n", "")
    as_json = storyflower("check", "--json", str(file), stdout=subprocess.PIPE, **env)
    (book,) = json.loads(as_json.stdout.decode(encoding))["workbooks"]
    assert book["path"] == str(file)
