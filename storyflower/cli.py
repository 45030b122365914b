"""The command line: one file a command, in `storyflower/commands`."""

import sys

import typer

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

try:
    from storyflower.commands.announce import announce
    from storyflower.commands.check import check
    from storyflower.commands.demo import demo
    from storyflower.commands.doctor import doctor
    from storyflower.commands.mend import mend
    from storyflower.commands.predict import predict
    from storyflower.commands.prune import prune
    from storyflower.commands.reconcile import reconcile
    from storyflower.commands.registry import registry
    from storyflower.commands.retrain import retrain
    from storyflower.commands.train import train
except ModuleNotFoundError as missing:
    if (missing.name or "storyflower").partition(".")[0] == "storyflower":
        raise
    sys.exit(str(problem(StoryFlowerError, "package_missing", package=missing.name)))

app = typer.Typer(
    name="storyflower",
    help="Workbooks of Korean dialogue in, a registered and proven emotion classifier out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, check, mend, train, retrain, announce, predict, doctor, reconcile, prune):
    app.command()(command)
app.add_typer(registry, name="registry")


def main() -> None:
    """Entry point of `storyflower`."""
    app()
