"""The sweep flow: its trials below its run in MLflow, its report, and the chosen recipe trained and judged."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from flows.sweep import sweep
from flows.train import train
from storyflower.cli.app import app
from storyflower.errors import RecipeError
from storyflower.pipeline.results import SweepResult
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY, TrainingRecipe
from storyflower.recipe_file import read_recipe_file, write_recipe_file
from storyflower.storage.home import Home
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.space import Range, SearchSpace
from storyflower.tracking.store import client

PLAN = SweepPlan(
    SearchSpace({"training.learning_rate": Range(1e-3, 1e-2, log=True)}), trials=2, folds=2, finalists=2, more_seeds=1
)


def artifacts_of(store: MlflowClient, run: str, folder: str) -> set[str]:
    return {Path(file.path).name for file in store.list_artifacts(run, folder)}


@pytest.mark.usefixtures("in_english")
def test_a_plan_that_cannot_be_is_refused_before_anything_starts(source: CorpusSource, home: Path) -> None:
    """Parameters of the deployment, which come from a form or from `prefect deployment run`."""
    plan = {"space": {"fields": {"training.class_weights": {"values": [True, 1]}}}}
    with pytest.raises(RecipeError, match="would be read as True"):
        sweep(source=source, recipe=TINY, plan=plan)  # type: ignore[arg-type]
    assert not (home / "stages").exists()


def test_a_sweep_is_recorded_trial_by_trial_and_its_winner_is_registered(
    source: CorpusSource, recipe: TrainingRecipe, home: Path
) -> None:
    recipe = recipe.with_changes({"epochs": 1})
    result = sweep(source=source, recipe=recipe, plan=PLAN)

    store = client(Home(home))
    parent = store.get_run(result.sweep_run_id)
    runs = store.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{result.sweep_run_id}'", order_by=["start_time"]
    )
    assert [run.info.run_name for run in runs[:2]] == ["trial 1", "trial 2"]
    assert {run.info.run_name for run in runs[2:]} == {"finalist 1", "finalist 2"}
    for run, trial in zip(runs, result.selection.trials, strict=False):
        assert run.info.status == "FINISHED"
        assert run.data.tags["trial_state"] == trial.state == "complete"
        assert float(run.data.params["training.learning_rate"]) == trial.values["training.learning_rate"]
        assert run.data.metrics["macro_f1"] == trial.score
        assert len(store.get_metric_history(run.info.run_id, "fold_2/epoch/dev_macro_f1")) == 1
    assert artifacts_of(store, result.sweep_run_id, "sweep") == {"best.toml", "history.png", "sweep.html", "sweep.json"}
    assert parent.data.metrics["sweep/score"] == result.selection.winner.score

    chosen = read_recipe_file(result.recipe_file)
    winner = result.selection.trials[result.selection.winner.number - 1]
    assert chosen.training.learning_rate == winner.values["training.learning_rate"]
    version = result.version
    assert version.run_id != result.sweep_run_id
    card = Path(store.download_artifacts(version.run_id, "model_card/README.md")).read_text("utf-8")
    assert f"시도 {len(result.selection.trials)}개" in card
    assert f"{result.selection.expected:.4f}" in card

    again = train(source=source, recipe=chosen)  # what `train --recipe best.toml` does
    assert again.model_version == version.model_version
    assert again.stages["finetune"].state == "cached"


@pytest.mark.usefixtures("in_english")
def test_the_result_is_printed_though_the_recipe_cannot_be_copied(
    source: CorpusSource, recipe: TrainingRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of `--out`, made and probed at the start, is removed while the sweep runs."""
    monkeypatch.setattr("storyflower.cli.sweep.flow_process", lambda *_: nullcontext())  # the tests have a server
    write_recipe_file(tmp_path / "small.toml", recipe.with_changes({"epochs": 1}))
    (tmp_path / "search.toml").write_text('["training.learning_rate"]\nlow = 1e-3\nhigh = 1e-2\nlog = true\n', "utf-8")
    to = tmp_path / "new" / "best.toml"

    def swept(**arguments: Any) -> SweepResult:
        result = sweep(**arguments)
        to.parent.rmdir()
        return result

    monkeypatch.setattr("flows.sweep.sweep", swept)
    given = ["--train", str(source.training), "--validation", str(source.validation)]
    options = ["--recipe", str(tmp_path / "small.toml"), "--search", str(tmp_path / "search.toml")]
    command = ["sweep", *given, *options, "--trials", "1", "--folds", "2", "--out", str(to), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2, done.output
    assert read_recipe_file(Path(json.loads(done.stdout)["recipe_file"])).name == recipe.name
    assert f"{to}: the recipe file cannot be written" in done.stderr
