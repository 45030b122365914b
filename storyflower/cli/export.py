"""`storyflower export`: a registered version as a folder that predicts without PyTorch."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home


def export(
    to: Annotated[Path, typer.Option("--out", metavar="FOLDER", help=say("export_out"))],
    model: Annotated[str, typer.Option(metavar="NAME@ALIAS", help=say("export_model"))] = "@champion",
    format: Annotated[Literal["onnx"], typer.Option("--format", help=say("export_format"))] = "onnx",
    as_json: JsonOption = False,
) -> None:
    """Export a version; the help stands in `export_help`."""
    with errors_as_messages(as_json):
        prepare_libraries()
        from storyflower.registry.export import REQUIREMENTS_FILE, export_version
        from storyflower.registry.references import ModelReference

        home = Home.of(settings())
        exported = export_version(home, ModelReference.parse(model, home.model), to)
        if as_json:
            print_json(asdict(exported) | {"folder": str(exported.folder), "format": format})
            return
        lines = (
            say("export.done", name=exported.name, version=exported.version, folder=exported.folder),
            say("export.facts", size=exported.size / 1e6, opset=exported.opset, difference=exported.largest_difference),
            say("export.install", requirements=to / REQUIREMENTS_FILE),
        )
        for line in lines:
            out.print(Text(line), soft_wrap=True)


export.__doc__ = say("export_help")
