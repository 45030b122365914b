"""`storyflower score` from its arguments to what it prints."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.entities.model_registry import ModelVersion
from typer.testing import CliRunner

from storyflower.cli.app import app
from tests.unit.fixtures.registered import run, versions
from tests.unit.fixtures.workbooks import write_sheet

__all__ = ["run", "versions", "write_sheet"]


def test_a_workbook_is_scored_shown_and_found_up_to_date(
    versions: list[ModelVersion], write_sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sheet([["문장", "감정"], ["오늘 정말 기뻤어", "기쁨"], [None, "슬픔"], ["친구가 떠나서 슬퍼", "슬픔"]])
    command = ["score", str(path), "--model", "1", "--threshold", "0.9", "--label", "감정"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    for words in ("3행 중 2행", "'감정' 대신 '감정 (2)'", "문장이 비어 있음 1", "라벨이 있는 2행", "정밀도"):
        assert words in shown.stdout
    printed = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert (printed["up_to_date"], printed["scored"], printed["not_scored"]) == (True, 2, {"no_text": 1})
    assert (printed["version"], printed["evaluation"]["rows"]) == ("1", 2)

    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    shown = CliRunner().invoke(app, [*command, "--out", str(path.with_name("e.xlsx"))])
    assert "2 of 3 rows scored" in shown.stdout
    assert "confidence (1)" not in shown.stdout
    assert "header of the text columns: 문장." in shown.stdout
    assert "Columns added: emotion, confidence, second emotion, unsure." in shown.stdout

    for arguments, code, words in (
        ([str(path.with_name("none.xlsx"))], 2, "none.xlsx"),
        ([str(path.parent)], 2, "folder"),
        ([""], 2, "an empty path"),
        ([str(path.with_name("\udcb0.xlsx"))], 2, "not UTF-8"),
        ([str(path), "--out", str(path)], 2, "replace the source"),
        ([str(path), "--column", "메모"], 2, "문장, 감정"),
        ([str(path), "--model", "9"], 1, "9"),
        ([str(path), "--threshold", "2"], 2, "threshold"),
    ):
        refused = CliRunner().invoke(app, ["score", "--model", "1", *arguments])
        assert refused.exit_code == code, refused.output
        assert words in refused.output
        assert "Traceback" not in refused.output
