"""`storyflower sweep` refuses what cannot be swept before anything starts."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.cli.sweep import seconds_of
from storyflower.errors import RecipeError

TRAIN = ["sweep", "--train", "a.xlsx", "--validation", "b.xlsx", "--recipe", "tiny"]


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("30m", 1800.0), ("2h", 7200.0), (" 1.5d ", 129_600.0)])
def test_a_length_of_time_is_a_number_with_a_unit(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "-1h", "0s", "2w", "1h30m"])
def test_anything_else_is_no_length_of_time(text: str) -> None:
    with pytest.raises(RecipeError):
        seconds_of(text)


def refusal(arguments: list[str]) -> tuple[int, str]:
    found = CliRunner().invoke(app, [*TRAIN, *arguments, "--json"])
    return found.exit_code, json.loads(found.stdout)["error"]["problem"]


@pytest.mark.usefixtures("in_english")
def test_wrong_usage_starts_nothing(tmp_path: Path, own_home: Path) -> None:
    search, taken = tmp_path / "search.toml", tmp_path / "taken.toml"
    search.write_text("[seed]\nlow = 1\nhigh = 2", "utf-8")
    taken.touch()
    for arguments, problem in (
        (["--search", str(search)], "no model is chosen by the field training.seed"),
        (["--search", str(tmp_path / "none.toml")], "cannot be read"),
        (["--trials", "0"], "0 trials are outside of 1 to 10000"),
        (["--folds", "1"], "folds"),
        (["--parallel", "0"], "0 trials at a time are outside of 1 to 256"),
        (["--timeout", "soon"], "'soon' is no length of time"),
        (["--out", str(taken)], "the file exists already"),
        (["--out", str(tmp_path / "best.json")], "ends in .toml"),
        (["--out", str(taken / "best.toml")], "the recipe file cannot be written"),
    ):
        code, said = refusal(arguments)
        assert code == 2, arguments
        assert problem in said
    assert not own_home.exists()


@pytest.mark.usefixtures("in_english")
def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    found = CliRunner().invoke(app, TRAIN)
    assert found.exit_code == 1
    assert "pip install -c constraints.txt -e '.[sweep]'" in found.stderr
