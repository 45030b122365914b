"""What `train --fields` and `train --dry-run` print, in both languages, on a narrow terminal."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.data.labels import MAJORS
from storyflower.errors import DataContractError
from storyflower.messages.fields import MEANINGS
from storyflower.model.known_encoders import KNOWN_ENCODERS
from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.normalize import normalize_corpus
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import KOBERT, TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home
from tests.homes import current_home
from tests.unit.fixtures.workbooks import write_dialogues, write_sheet

__all__ = ["write_dialogues", "write_sheet"]

Dialogues = list[tuple[str, str]]
ENOUGH: Dialogues = [(major, f"{major} {number}") for major in MAJORS for number in range(4)]
ALMOST: Dialogues = [*ENOUGH[:-4], ("상처", "하나"), ("상처", "둘")]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_field_stands_whole_on_a_line_of_its_own(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(app, ["train", "--fields", "--set", "epochs=3"])
    assert done.exit_code == 0
    names = re.findall(r"^([a-z_]+\.[a-z_]+) = ", done.stdout, re.MULTILINE)
    assert names == [dotted for dotted in KOBERT.flat() if dotted != "name"]
    assert "training.epochs = 3" in done.stdout
    known = re.findall(r"^(\S+/\S+) \((?:bert|roberta|electra)\)$", done.stdout, re.MULTILINE)
    assert known == [*KNOWN_ENCODERS]
    assert "NSMC 90.63 %" in done.stdout
    assert "…" not in done.stdout


def test_every_field_has_a_meaning_in_korean() -> None:
    assert MEANINGS.keys() == KOBERT.flat().keys() - {"name"}


@pytest.mark.parametrize(("lang", "message"), [("ko", "학습은 하지 않았습니다"), ("en", "nothing was trained")])
def test_a_dry_run_is_wholly_in_one_language(
    tmp_path: Path, lang: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    monkeypatch.setenv("COLUMNS", "80")
    training, validation = write_sample_workbooks(tmp_path / "books", training_rows=200, validation_rows=60)
    command = ["train", "--recipe", "tiny", "--dry-run", "--train", str(training), "--validation", str(validation)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert list(current_home().folder.iterdir()) == []
    assert message in done.stdout
    assert bool(re.search("[가-힣]", done.stdout)) is (lang == "ko")
    assert "…" not in done.stdout
    output = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert [book["rows"] for book in output["workbooks"]] == [200, 60]
    assert (output["examples"], output["expected_seconds"]) == (180, None)
    folds = CliRunner().invoke(app, [*command, "--folds", "5"])
    assert {"ko": "학습 5번 추가", "en": "5 trainings more"}[lang] in folds.stdout
    assert bool(re.search("[가-힣]", folds.stdout)) is (lang == "ko")
    assert json.loads(CliRunner().invoke(app, [*command, "--folds", "5", "--json"]).stdout)["folds"] == 5


def test_a_dry_run_lists_the_adaptation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    books = write_sample_workbooks(tmp_path / "books", training_rows=200, validation_rows=60)
    texts = tmp_path / "texts.txt"
    texts.write_text("오늘은 날씨가 좋다\n", "utf-8")
    command = ["train", "--recipe", "tiny", "--dry-run", "--train", str(books[0]), "--validation", str(books[1])]
    command += ["--set", "adapt_epochs=2"]
    assert "2 epochs of the training texts;" in CliRunner().invoke(app, command).stdout
    further = CliRunner().invoke(app, [*command, "--unlabelled", str(texts)])
    assert "2 epochs of the training texts and 1 file(s)" in further.stdout
    assert "adaptation" not in CliRunner().invoke(app, command[:-2]).stdout


REFUSED: dict[str, tuple[Dialogues, Dialogues, str]] = {
    "no label is known": ([("joy", f"{number}") for number in range(9)], [("기쁨", "가")], "are unusable"),
    "validation is bad": (ENOUGH, [("기쁨", "가"), ("joy", "나")], "are unusable"),
    "one text of a label": (ALMOST[:-1], [("기쁨", "가")], "상처 (1)"),
    "two of three texts to hold one out": (ALMOST, [], "상처 (2)"),
    "validation contradicts itself": (ALMOST, [("기쁨", "같은 글"), ("슬픔", "같은 글!")], "no usable row"),
    "the same workbook twice": (ENOUGH, ENOUGH, "stand in validation too"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_dry_run_refuses_the_data_that_a_training_refuses(
    case: str, write_dialogues: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    training, validation, words = REFUSED[case]
    source = CorpusSource(
        training=str(write_dialogues(training, name="t.xlsx")),
        validation=str(write_dialogues(validation, name="v.xlsx")) if validation else None,
    )
    options = ["--validation", str(source.validation)] if validation else ["--validation-share", "0.2"]
    command = ["train", "--recipe", "tiny", "--dry-run", "--json", "--train", str(source.training), *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1, done.output
    refused = json.loads(done.stdout)["error"]
    assert words in refused["problem"]
    assert list(current_home().folder.iterdir()) == []

    recipe = TINY if validation else TINY.with_changes({"validation_share": 0.2})
    home = Home(tmp_path / "home")
    with pytest.raises(DataContractError) as raised:
        normalize_corpus(home, ingest_workbooks(home, source, recipe.data).value, recipe)
    assert (refused["where"], refused["problem"]) == (raised.value.where, raised.value.problem)


def test_a_dry_run_refuses_folds_for_which_there_are_too_few_texts(
    write_dialogues: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    rows = [(major, f"{major} {number}") for major in MAJORS for number in range(2)]
    books = write_dialogues(rows, name="t.xlsx"), write_dialogues([("기쁨", "가")], name="v.xlsx")
    command = ["train", "--recipe", "tiny", "--dry-run", "--json", "--train", str(books[0])]
    command += ["--validation", str(books[1]), "--folds"]
    refused = CliRunner().invoke(app, [*command, "2"])
    assert refused.exit_code == 1, refused.output
    error = json.loads(refused.stdout)["error"]
    assert "기쁨 (2), 슬픔 (2), 분노 (2), 불안 (2), 당황 (2), 상처 (2)" in error["problem"]
    advised = re.search(r"--folds (\d+)", error["remedy"])
    assert advised
    assert CliRunner().invoke(app, [*command, advised[1]]).exit_code == 0


def test_exit_codes_are_those_of_the_help(tmp_path: Path) -> None:
    missing = ["--train", "/nowhere/a.xlsx", "--validation", "/nowhere/b.xlsx"]
    for command in (
        ["train"],
        ["train", *missing],
        ["retrain", *missing],
        ["train", "--set", "epoch=2"],
        ["train", "-x"],
    ):
        assert CliRunner().invoke(app, command).exit_code == 2, command
    books = write_sample_workbooks(tmp_path / "books", training_rows=200, validation_rows=60)
    encoder = ["train", "--train", str(books[0]), "--validation", str(books[1]), "--encoder", "./nowhere"]
    assert CliRunner().invoke(app, encoder).exit_code == 2
