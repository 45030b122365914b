"""`storyflower doctor`: missing packages, a champion whose files are gone, a home that was moved."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.testing import CliRunner

from storyflower.cli import doctor_stores
from storyflower.cli.app import app
from storyflower.cli.doctor import LOOKS
from storyflower.cli.installed import Finding
from storyflower.data.labels import MAJORS
from storyflower.registry.versions import register_version
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

WITHOUT = """
import importlib.metadata, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
found = importlib.metadata.Distribution.from_name
def from_name(name):
    if name in {missing!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return found(name)
importlib.metadata.Distribution.from_name = from_name
sys.argv = ["storyflower", *{arguments!r}]
from storyflower.cli.start import main
main()
"""


def doctor(
    *arguments: str, missing: tuple[str, ...] = (), lang: str = "en", **given: str
) -> subprocess.CompletedProcess[str]:
    script = WITHOUT.format(missing=missing, arguments=("doctor", *arguments))
    env = {**os.environ, "STORYFLOWER_LANG": lang, "COLUMNS": "200", "PREFECT_HOME": os.environ["STORYFLOWER_HOME"]}
    env.pop("PREFECT_API_URL", None)
    env |= given
    return subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def looked(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in this process; its libraries are prepared already."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("storyflower.cli.doctor.prepare_libraries", lambda: None)
    return lambda *arguments: CliRunner().invoke(app, ["doctor", *arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    "packages", [("torch",), ("mlflow",), ("fastapi", "pandas", "pandera", "prefect", "safetensors", "sqlalchemy")]
)
def test_each_missing_package_is_one_line_with_the_remedy(packages: tuple[str, ...]) -> None:
    done = doctor("--json", missing=packages)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    problems = [finding for finding in json.loads(done.stdout)["findings"] if finding["state"] == "problem"]
    assert sorted((finding["name"], finding["value"], finding["remedy"]) for finding in problems) == [
        (package, "not installed", "Run `make setup`.") for package in packages
    ]


@pytest.mark.parametrize("package", ["pydantic", "rich"])
def test_where_no_command_can_start_the_package_is_named(package: str) -> None:
    done = doctor(missing=(package,))
    assert done.returncode == 1
    assert done.stderr == f"the package '{package}' is not installed.\n→ Run `make setup`.\n"


@pytest.mark.usefixtures("in_english")
def test_the_champions_files_are_looked_for(
    own_home: Path, model_directory: Path, monkeypatch: pytest.MonkeyPatch, looked: Callable[..., Result]
) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    client(current_home()).set_registered_model_alias(current_home().model, "champion", version.version)
    moved = Path(shutil.move(own_home, own_home.with_name("moved")))
    monkeypatch.setenv("STORYFLOWER_HOME", str(moved))
    whole = looked("--json")
    assert whole.exit_code == 0, whole.output
    values = {finding["value"] for finding in json.loads(whole.stdout)["findings"]}
    assert any(str(own_home) in value and str(moved) in value for value in values)
    (weights,) = (moved / "artifacts" / "models").rglob("model.safetensors")
    weights.unlink()
    lost = looked("--json")
    assert lost.exit_code == 1
    (problem,) = (finding for finding in json.loads(lost.stdout)["findings"] if finding["state"] == "problem")
    folder = next((moved / "artifacts" / "models").iterdir()) / "artifacts"
    assert problem["name"] == "champion"
    assert problem["value"].startswith(f"{folder}: files of version 1 are not those that were registered")
    assert problem["value"].endswith("missing: artifacts/model/model.safetensors")
    assert "registry rollback" in problem["remedy"]


def findings_of(done: subprocess.CompletedProcess[str] | Result) -> dict[str, Finding]:
    """The last finding of each name: `prefect` is the name of the package too, which comes first."""
    assert done.stderr == ""
    return {finding["name"]: Finding(**finding) for finding in json.loads(done.stdout)["findings"]}


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize("below", ["", "below"])
def test_a_home_that_is_a_file_is_a_finding_among_the_others(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked: Callable[..., Result]
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("STORYFLOWER_HOME", str(file / below))
    done = looked("--json")
    found = findings_of(done)
    for name in ("home", "mlflow store"):
        assert (found[name].state, found[name].value.startswith(f"{file}: this is a file")) == ("problem", True)
    assert {"torch", "encoder", "prefect"} <= found.keys()
    assert done.exit_code == 1


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("url", "state", "words"),
    [
        (" ", "ok", "no server set"),
        ("foo", "problem", "this is no address of a Prefect server"),
        ("http://127.0.0.1:9/api", "problem", "does not answer"),
    ],
)
def test_the_prefect_server_of_the_environment_is_looked_at(url: str, state: str, words: str) -> None:
    with temporary_settings({PREFECT_API_URL: url}):
        (found,) = doctor_stores.prefect()
    assert (found.state, words in found.value) == (state, True)


def test_the_prefect_server_of_the_profile_is_looked_at(own_home: Path) -> None:
    own_home.mkdir()
    profile = '[profiles.mine]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n'
    (own_home / "profiles.toml").write_text(f'active = "mine"\n{profile}', "utf-8")
    found = findings_of(doctor("--json"))["prefect"]  # the folder of Prefect is the home here
    assert (found.state, found.value.startswith("http://127.0.0.1:9/api: the Prefect server")) == ("problem", True)


def test_all_of_its_text_is_korean() -> None:
    shown = doctor(lang="ko").stdout
    for word in ("항목", "상태", "해결 방법", "장치", "정밀도", "홈 폴더", "인코더", "챔피언", "아직 없음"):
        assert word in shown
    for word in ("what", "found", "device", "champion", "none yet", "free"):
        assert word not in shown


@pytest.mark.server
def test_the_shared_store_is_looked_at(
    shared_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    assert doctor_stores.shared_store() == []
    monkeypatch.setenv("STORYFLOWER_STORE", shared_store)
    assert doctor_stores.shared_store() == [Finding("shared store", "ok", shared_store)]
    monkeypatch.setenv("STORYFLOWER_STORE", tmp_path.as_uri())
    (found,) = doctor_stores.shared_store()
    assert (found.state, "a folder" in found.value) == ("ok", True)
    monkeypatch.setenv("STORYFLOWER_STORE", (tmp_path / "missing").as_uri())
    (found,) = doctor_stores.shared_store()
    assert (found.state, "check that it is mounted" in found.remedy) == ("problem", True)
    assert doctor_stores.shared_store in LOOKS
