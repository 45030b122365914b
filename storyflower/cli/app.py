"""The program `storyflower`: its commands and its own options."""

import sys
from typing import Annotated

import typer

from storyflower import __version__
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say

try:
    from storyflower.cli.announce import announce
    from storyflower.cli.check import check
    from storyflower.cli.cluster import cluster
    from storyflower.cli.demo import demo
    from storyflower.cli.doctor import doctor
    from storyflower.cli.export import export
    from storyflower.cli.init import init
    from storyflower.cli.mend import mend
    from storyflower.cli.predict import predict
    from storyflower.cli.prune import prune
    from storyflower.cli.reconcile import reconcile
    from storyflower.cli.registry import registry
    from storyflower.cli.retrain import retrain
    from storyflower.cli.score import score
    from storyflower.cli.sentences import SentenceCommand
    from storyflower.cli.serve import serve
    from storyflower.cli.sweep import sweep
    from storyflower.cli.train import train
except ModuleNotFoundError as missing:
    if (missing.name or "storyflower").partition(".")[0] == "storyflower":
        raise
    sys.exit(str(problem(StoryFlowerError, "package_missing", package=missing.name)))

app = typer.Typer(
    name="storyflower",
    help=say("app_help"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo,
    init,
    check,
    mend,
    train,
    sweep,
    predict,
    score,
    serve,
    export,
    retrain,
    announce,
    doctor,
    reconcile,
    prune,
):
    app.command(cls=SentenceCommand if command is predict else None)(command)
app.add_typer(registry, name="registry")
app.add_typer(cluster, name="cluster")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"storyflower {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=say("option_version"))
    ] = False,
) -> None:
    """The options of the program itself."""


_options.__doc__ = say("app_help")
