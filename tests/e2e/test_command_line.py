"""The command line as a person and a script meet it, in processes of their own."""

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from storyflower import __version__
from storyflower.cli.app import app
from storyflower.data.labels import MAJORS
from storyflower.sample.corpus import write_sample_workbooks
from tests.waiting import GIVE_UP_S

CHAMPION = "storyflower-demo@champion"

pytestmark = [pytest.mark.server, pytest.mark.slow]

NOISE = ("Traceback", "Warning", "warning:")
SMALL = ("--set", "scratch_hidden_size=32", "--set", "scratch_vocab_size=600", "--set", "scratch_layers=1")


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_sample_workbooks(tmp_path_factory.mktemp("books"), training_rows=400, validation_rows=120)


@pytest.fixture(scope="module")
def demo(world: Any) -> dict[str, Any]:
    done = world.run("storyflower", "demo", "--json")
    assert_quiet(done)
    return dict(json.loads(done.stdout))


def assert_quiet(done: subprocess.CompletedProcess[str]) -> None:
    for word in NOISE:
        assert word not in done.stdout + done.stderr, f"{word} in\n{done.stdout}\n{done.stderr}"


def test_the_demo_trains_registers_and_answers(demo: dict[str, Any]) -> None:
    assert demo["promoted"]
    assert demo["model_version"] == "1"
    assert {report["state"] for report in demo["stages"].values()} == {"ran"}
    assert 0.5 < demo["test"]["macro_f1"] < 0.99
    assert demo["test"]["macro_f1"] > demo["baseline"]["macro_f1"] > 0.5
    assert len(demo["predictions"]) == 3
    for answer in demo["predictions"]:
        assert sum(answer["probabilities"].values()) == pytest.approx(1)


def test_the_demo_answers_the_sentences_of_the_readme(world: Any, demo: dict[str, Any]) -> None:
    """Its model beats the baseline beyond chance, is champion under its own name, and answers as the README shows."""
    assert demo["model_name"] == "storyflower-demo"
    assert [answer["label"] for answer in demo["predictions"]] == ["기쁨", "불안", "상처"]
    sentences = {"내일 면접인데 너무 떨려.": "불안", "오늘 합격 소식을 들었어!": "기쁨", "오늘 정말 고마웠어.": "기쁨"}
    done = world.run("storyflower", "predict", "--model", CHAMPION, "--json", *sentences)
    assert done.returncode == 0, done.stderr
    assert [answer["label"] for answer in json.loads(done.stdout)["predictions"]] == list(sentences.values())
    why = json.loads(world.run("storyflower", "registry", "why", "1", "--model", demo["model_name"], "--json").stdout)
    baseline = next(check for check in why["checks"] if check["name"] == "baseline")
    assert baseline["verdict"] == "passed"
    assert baseline["what"]["values"]["low"] > 0
    usual = world.run("storyflower", "predict", "오늘 정말 고마웠어.", check=False)
    assert usual.returncode == 1
    assert f"--model {CHAMPION}" in usual.stderr


def test_a_second_demo_reuses_everything_and_reports_it(world: Any, demo: dict[str, Any]) -> None:
    done = dataclasses.replace(world, env=world.env | {"PYTHONPROFILEIMPORTTIME": "1"}).run("storyflower", "demo")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert {"torch", "mlflow", "prefect"} <= imported
    # Only who builds a network, or draws a plot, waits for them.
    assert not {"transformers", "torch._dynamo", "matplotlib"} & imported
    assert_quiet(done)
    assert "실행한 단계: 없음" in done.stdout
    assert "바뀐 것이 없어 재사용한 단계" in done.stdout
    assert f"버전 {demo['model_version']}" in done.stdout
    assert all(name in done.stdout for name in MAJORS)


def test_predict_from_arguments_and_standard_input(world: Any, demo: dict[str, Any]) -> None:
    command = ("storyflower", "predict", "--model", CHAMPION, "--json")
    output = json.loads(world.run(*command, "정말 고마워", "너무 무서워").stdout)
    assert [answer["text"] for answer in output["predictions"]] == ["정말 고마워", "너무 무서워"]
    assert set(output["predictions"][0]["probabilities"]) == set(MAJORS)
    piped = subprocess.run(
        command,
        input="정말 고마워\n\n너무 무서워\n",
        env=world.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(piped.stdout) == output


def test_the_registry_reports_why_the_demo_is_champion(world: Any, demo: dict[str, Any]) -> None:
    output = json.loads(world.run("storyflower", "registry", "why", CHAMPION, "--json").stdout)
    assert output["version"] == demo["model_version"]
    assert {check["name"] for check in output["checks"] if check["verdict"] == "passed"} >= {"calibration", "answers"}
    assert output["moves"][0]["by"].startswith("Prefect ")
    listed = world.run("storyflower", "registry", "list", "--model", demo["model_name"])
    assert_quiet(listed)
    assert "champion" in listed.stdout


def test_no_registered_model_is_one_clear_error(world: Any, tmp_path: Path) -> None:
    empty = dict(world.env) | {"STORYFLOWER_HOME": str(tmp_path / "empty")}
    done = subprocess.run(["storyflower", "predict", "안녕"], env=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "make demo" in done.stderr
    assert_quiet(done)


def test_doctor_reports_what_is_here(world: Any) -> None:
    output = json.loads(world.run("storyflower", "doctor", "--json").stdout)
    found = {finding["name"]: finding for finding in output["findings"]}
    assert output["healthy"]
    assert {"torch", "device", "precision", "home", "encoder", "mlflow store", "prefect"} <= set(found)
    assert "skt/kobert-base-v1" in found["encoder"]["value"]


def test_an_announcement_that_triggers_nothing_is_one_clear_error(world: Any) -> None:
    done = world.run("storyflower", "announce", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["where"] == "PREFECT_API_URL"
    assert_quiet(done)


def test_prune_leaves_a_fresh_home_as_it_is(world: Any, demo: dict[str, Any]) -> None:
    for options in (("--dry-run",), ()):
        output = json.loads(world.run("storyflower", "prune", "--json", *options).stdout)
        assert output["pruned"] == []
        assert output["dry_run"] is bool(options)


def test_a_broken_workbook_is_one_clear_error(world: Any, workbooks: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "open_Training.xlsx"
    broken.write_bytes(workbooks[0].read_bytes()[:5000])
    done = world.run(
        *("storyflower", "train", "--recipe", "tiny", "--train", str(broken), "--validation", str(workbooks[1])),
        *("--json",),
        check=False,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["where"] == str(broken)
    assert_quiet(done)


@pytest.mark.parametrize("command", ["train", "retrain"])
def test_a_missing_workbook_starts_nothing(world: Any, command: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = world.env | {"STORYFLOWER_HOME": str(home)}
    arguments = ["--train", "/nowhere/a.xlsx", "--validation", "/nowhere/b.xlsx", "--json"]
    done = subprocess.run(["storyflower", command, *arguments], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["where"].startswith("/nowhere/a.xlsx")
    assert list(home.iterdir()) == []  # no store, no server's folder
    assert_quiet(done)


def test_version_and_completion(world: Any) -> None:
    assert world.run("storyflower", "--version").stdout.strip() == f"storyflower {__version__}"
    assert "--install-completion" in CliRunner().invoke(app, ["--help"]).stdout


def test_too_many_bad_rows_are_refused_with_a_list_to_repair(
    world: Any, workbooks: tuple[Path, Path], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(workbooks[0])
    column = [cell.value for cell in book.active[1]].index("감정_대분류") + 1
    for row in range(2, 60):
        book.active.cell(row, column).value = "기분"
    book.save(tmp_path / "bad.xlsx")
    done = world.run(
        *("storyflower", "train", "--recipe", "tiny", "--train", str(tmp_path / "bad.xlsx")),
        *("--validation", str(workbooks[1])),
        check=False,
    )
    assert done.returncode == 1
    (export,) = (world.home / "reports").glob("rejected-*.xlsx")
    assert export.name in done.stderr
    assert_quiet(done)


def test_two_at_once_share_the_work(world: Any, workbooks: tuple[Path, Path], tmp_path: Path) -> None:
    """Both start in an empty home: one does each stage, the other waits for it; one version comes out."""
    env = world.env | {"STORYFLOWER_HOME": str(tmp_path / "home"), "PREFECT_HOME": str(tmp_path / "prefect")}
    command = ["storyflower", "train", "--recipe", "tiny", "--train", str(workbooks[0])]
    command += ["--validation", str(workbooks[1]), *SMALL, "--set", "epochs=2", "--json"]
    both = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    output = [process.communicate(timeout=GIVE_UP_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], output
    results = [json.loads(out) for out, _ in output]
    assert {result["model_version"] for result in results} == {"1"}
    assert sorted(result["stages"]["finetune"]["state"] for result in results) == ["cached", "ran"]
    for _, errors in output:
        assert not any(word in errors for word in NOISE), errors
