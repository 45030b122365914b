"""`storyflower registry`, on two registered models that answer differently."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from storyflower.cli.registry import registry
from storyflower.cli.registry_view import _show_paired, versions_table
from storyflower.data.labels import MAJORS
from storyflower.evaluation.compare import compare_predictions
from storyflower.messages.sentences import Sentence, as_written
from storyflower.promotion.alias import champion_number
from storyflower.promotion.browse import VersionFacts
from storyflower.promotion.checks import Check
from storyflower.promotion.decisions import MEASURED_RUN, write_decision
from storyflower.promotion.gate import Decision
from storyflower.registry.versions import register_version
from storyflower.reports.report import PREDICTIONS_FILE
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import EVALUATION_FOLDER, TrackedRun, tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

Ask = Callable[..., Result]


@pytest.fixture
def ask(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("PREFECT_HOME", str(own_home / "prefect"))
    monkeypatch.setattr("storyflower.cli.registry.prepare_libraries", lambda: None)  # it sets the process's own

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(registry, list(arguments), catch_exceptions=False)

    return run


@pytest.fixture
def answered(ask: Ask) -> Callable[..., dict[str, object]]:
    def parsed(*arguments: str) -> dict[str, object]:
        done = ask(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    return parsed


def test_the_list_fits_a_terminal_and_marks_figures_of_other_sentences() -> None:
    def version(number: str, measured_on: str, *aliases: str) -> VersionFacts:
        reason = "not better: macro-F1 0.5396 against 0.1651 of champion version 1 on the same validation workbook"
        figures = {"macro_f1": 0.5396, "baseline_macro_f1": 0.4181, "accuracy": 0.55}
        created, tags = "2026-11-29T09:30:00+00:00", {"validation_digest": measured_on}
        return VersionFacts(number, aliases, created, False, reason, figures, "run", "source", tags)

    shown = StringIO()
    versions = [version("2", "other"), version("1", "same", "champion")]
    Console(width=80, file=shown).print(versions_table(DEFAULT_MODEL, versions))
    second, first = [line for line in shown.getvalue().splitlines() if "0.5396" in line]
    assert ("0.5396 *" in second, "0.5396 *" in first) == (True, False)
    assert "│ not " in second
    assert "champion" in first
    assert "measured on other validation sentences" in shown.getvalue()
    assert "against" not in shown.getvalue()


def log_predictions(run: TrackedRun, labels: list[str], predicted: list[str]) -> None:
    """Log the predictions as the evaluation of the run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / PREDICTIONS_FILE
        frame = pd.DataFrame({"label": labels, "predicted": predicted} | {f"p_{name}": 0.5 for name in MAJORS})
        frame.to_parquet(file)
        run.log_file(file, EVALUATION_FOLDER)


@pytest.fixture
def two_versions(two_models: tuple[Path, Path]) -> None:
    """Both evaluated on the same 40 sentences: the second has five more of them right."""
    labels = [MAJORS[number % 6] for number in range(40, 0, -1)]
    for number, directory in enumerate(two_models):
        with tracked_run(
            current_home(), "test", {"validation_digest": "data-1", "encoder": f"encoder-{number}"}
        ) as run:
            run.log_params({"training.epochs": number + 1, "training.seed": 42})
            predicted = [MAJORS[(40 - i + (i >= 20 + 5 * number)) % 6] for i in range(40)]
            log_predictions(run, labels, predicted)
            run.log_metrics({"test/accuracy": 0.5 + number / 8})
            tags = {"model_digest": str(number), "macro_f1": "0.5", "accuracy": str(0.5 + number / 8)}
            version = register_version(run, directory, MAJORS, tags)
            checks = (Check("calibration", 0.2, "<=", 0.15, Sentence("meaning.calibration")),)
            write_decision(
                run, version, Decision(False, as_written("refused: calibration 0.2 (required: ≤ 0.15)"), checks)
            )


def measured_anew(number: str, *, accuracy: float) -> None:
    """Evaluate a version on 20 other sentences, all of which it has right, as after a change of the validation rows."""
    with tracked_run(current_home(), "test", {"validation_digest": "data-2"}) as run:
        labels = [MAJORS[place % 6] for place in range(20)]
        log_predictions(run, labels, labels)
        run.log_metrics({"test/accuracy": accuracy})
        client(current_home()).set_model_version_tag(DEFAULT_MODEL, number, MEASURED_RUN, run.run_id)


@pytest.mark.slow
def test_the_registry_is_read_and_changed(
    ask: Ask, answered: Callable[..., dict[str, object]], two_versions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answered("promote", "1", "-m", "첫 모델")["to"] == "1"
    assert answered("promote", "2")["former"] == "1"

    listed = answered("list")["versions"]
    assert [(version["version"], version["aliases"]) for version in listed] == [("2", ["champion"]), ("1", [])]  # type: ignore[index, attr-defined]
    assert answered("show", "@champion")["version"] == "2"
    assert "0.625" in ask("list").stdout

    why = answered("why", "@champion")
    assert not why["promoted"]
    assert why["checks"][0]["verdict"] == "failed"  # type: ignore[index]
    shown = ask("why", "2").stdout
    assert "calibration" in shown
    assert "≤ 0.15" in shown
    assert "no reason given" in shown
    monkeypatch.setenv("STORYFLOWER_LANG", "ko")
    shown = ask("why", "2").stdout
    assert all(word in shown for word in ("승격하지 않음", "보정", "미달", "0.15 이하", "보정 오차"))
    assert "챔피언이 아님" not in shown  # it is, by hand: what is shown is the decision
    monkeypatch.setenv("STORYFLOWER_LANG", "en")

    compared = answered("compare", "2", "1")
    assert compared["comparison"]["only_model_right"] == 5  # type: ignore[index]
    assert [recall["label"] for recall in compared["comparison"]["recalls"]] == list(MAJORS)  # type: ignore[index]
    assert compared["comparison"]["accuracy_difference"] == pytest.approx(5 / 40)  # type: ignore[index]
    assert compared["recipe"] == {"training.epochs": ["2", "1"]}
    assert compared["made_of"] == {"encoder": ["encoder-1", "encoder-0"]}
    assert "on the same 40 sentences" in ask("compare", "2", "1").stdout

    measured_anew("1", accuracy=1.0)
    client(current_home()).set_model_version_tag(DEFAULT_MODEL, "1", "accuracy", "1.0")
    compared = answered("compare", "2", "1")  # by the former measurement of version 1, on the sentences of version 2
    assert compared["comparison"]["only_model_right"] == 5  # type: ignore[index]
    assert compared["other"]["figures"]["accuracy"] == 0.5  # type: ignore[index]
    assert compared["made_of"] == {"encoder": ["encoder-1", "encoder-0"]}
    measured_anew("2", accuracy=1.0)
    compared = answered("compare", "2", "1")
    assert compared["comparison"]["only_model_right"] == 0  # type: ignore[index]
    assert compared["other"]["figures"]["accuracy"] == 1.0  # type: ignore[index]

    assert answered("rollback", "-m", "불안만 답함")["to"] == "1"
    assert champion_number(current_home()) == "1"
    moved = answered("history")["moves"]
    assert [move["kind"] for move in moved] == ["promotion", "promotion", "rollback"]  # type: ignore[index, attr-defined]
    assert "첫 모델" in ask("history").stdout
    assert answered("rollback", "--to", "2")["to"] == "2"


def test_an_empty_registry_is_no_error(ask: Ask, answered: Callable[..., dict[str, object]]) -> None:
    assert answered("list") == {"model": DEFAULT_MODEL, "versions": []}
    assert answered("history") == {"moves": []}
    for arguments in (["show", "3"], ["why", "@champion"], ["promote", "1"], ["rollback"], ["compare", "1", "2"]):
        done = ask(*arguments)
        assert done.exit_code == 1, arguments
        problem = json.loads(ask(*arguments, "--json").stdout)["error"]
        assert problem["type"] == "TrackingError"


def test_a_store_that_is_away_is_not_an_empty_registry(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://someone:s3cret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")  # set from the address, for this process
    for arguments in (["list"], ["show", "3"], ["why", "@champion"], ["history"], ["rollback"], ["compare", "1", "2"]):
        done = ask(*arguments, "--json")
        assert done.exit_code == 1, arguments
        problem = json.loads(done.stdout)["error"]
        assert "the MLflow store does not answer" in problem["problem"]
        assert problem["where"] == "http://127.0.0.1:9"
        assert "s3cret" not in done.output


def test_labels_that_look_like_markup_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    answers = np.array([0, 1])
    _show_paired("1", "2", compare_predictions(answers, answers, answers, ("[/기쁨]", "[red]슬픔")))
    shown = capsys.readouterr().out
    assert "[/기쁨]" in shown
    assert "[red]슬픔" in shown


def test_figures_are_numbers_of_python() -> None:
    """What is printed as JSON holds no numpy."""
    assert json.dumps(Check("gain", round(float(np.float64(0.1)), 6), ">", 0.0, as_written("")).to_json())
