"""`storyflower reconcile` on a real store, with names that look like markup and a server that has just ended."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.processes import this_process
from storyflower.tracking.runs import PROCESS_TAG
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")


@linux
def test_foreign_names_are_shown_and_a_server_that_another_command_ended_is_no_error(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setattr("storyflower.cli.reconcile.orphaned_servers", lambda: [ended.pid])
    monkeypatch.setattr("storyflower.cli.reconcile.prepare_libraries", lambda: None)  # it sets the process's own
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    mark = replace(this_process(), began="another-boot:1")
    client(current_home()).create_run(experiment_id(current_home()), run_name="[/left]", tags={PROCESS_TAG: str(mark)})
    done = CliRunner().invoke(app, ["reconcile"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "[/left]" in done.output
    assert "KILLED" in done.output
    assert "1 runs closed" in done.output


def test_retrain_says_that_the_home_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    done = CliRunner().invoke(app, ["retrain", "--train", "a", "--validation", "b"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "this is a file, where the home folder should be" in done.output


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PREFECT_API_URL", "http://[::1", "http://[::1: this is no address of a Prefect server."),
        ("PREFECT_API_URL", "foo", "foo: this is no address of a Prefect server."),
        ("PREFECT_API_REQUEST_TIMEOUT", "soon", "the settings of Prefect cannot be used: request_timeout: must be a"),
    ],
)
def test_settings_of_prefect_that_cannot_be_used_are_one_error(variable: str, value: str, words: str) -> None:
    """In programs of their own: Prefect reads its settings while it is imported."""
    env = os.environ | {"STORYFLOWER_LANG": "en", variable: value}
    main = "from storyflower.cli.start import main; main()"
    for command in (["-c", main, "reconcile"], ["-m", "flows.access", "true"]):
        done = subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
        assert f"✗ {words}" in done.stderr
