"""The help of every command."""

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from storyflower.cli.app import app

WITHOUT_JSON = ("serve", "cluster up", "cluster env")


def commands(group: object, *above: str) -> Iterator[str]:
    """The names of all commands, with the groups above them."""
    if isinstance(group, TyperGroup):
        for name, command in group.commands.items():
            yield from commands(command, *above, name)
    else:
        yield " ".join(above)


@pytest.mark.parametrize("command", list(commands(typer.main.get_command(app))))
def test_every_command_has_help_and_output_as_json(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert done.exit_code == 0, done.output
    assert ("--json" in done.stdout) is (command not in WITHOUT_JSON)
