"""Names with control sequences are printed so that a terminal does not carry them out."""

import io
import json
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.cli.console import json_text
from storyflower.cli.visible import VisibleConsole
from storyflower.sample.corpus import write_sample_workbooks

HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b31m\x7f.xlsx"
SHOWN = "␛]0;title␛[2J\ufffd31m␡.xlsx"  # Rich itself removes the bell


@pytest.mark.parametrize("terminal", [True, False])
def test_texts_tables_and_markup_show_control_characters(terminal: bool) -> None:
    written = io.StringIO()
    colours = "standard" if terminal else None
    console = VisibleConsole(file=written, force_terminal=terminal, color_system=colours, width=80, highlight=False)
    table = Table("name")
    table.add_row(Text(HOSTILE, style="bold"))
    console.print(HOSTILE, Text(HOSTILE), style="red", markup=False)
    console.print(table)
    printed = written.getvalue()
    assert printed.count(SHOWN[:13]) == 3
    assert not {"\x07", "\x9b", "\x7f"} & set(printed)
    assert "\x1b]" not in printed
    assert "\x1b[2J" not in printed
    assert ("\x1b[" in printed) is terminal  # the console's own colours


def test_json_holds_no_raw_control_character() -> None:
    text = json_text({HOSTILE: HOSTILE})
    assert json.loads(text) == {HOSTILE: HOSTILE}
    assert all(character == "\n" or character.isprintable() for character in text)


def test_a_name_that_is_not_utf8_can_be_printed(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        VisibleConsole(file=file, highlight=False).print(Text("a\udcb0.xlsx"))
        file.write(json_text("a\udcb0.xlsx"))
    assert (tmp_path / "out").read_text("utf-8") == 'a\ufffd.xlsx\n"a\\udcb0.xlsx"'


def test_check_prints_no_control_sequence_of_a_file_name(tmp_path: Path) -> None:
    training, validation = write_sample_workbooks(tmp_path, training_rows=200, validation_rows=60)
    hostile = training.rename(training.with_name("\x1b[31mred\x07.xlsx"))
    done = CliRunner().invoke(app, ["check", str(hostile), str(validation)])
    assert "␛[31mred.xlsx" in done.output
    assert not {"\x1b", "\x07"} & set(done.output)
