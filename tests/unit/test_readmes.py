"""Both READMEs show the same commands in the same order, and every command and package there is."""

import re
from pathlib import Path

import typer.main

from storyflower.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
READMES = tuple((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ko.md"))
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
_ROW = re.compile(r"^\| `storyflower (\w+)` \|", re.MULTILINE)
_MAP = re.compile(r"^```\n(flows/.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^ *(\S+?)/? {2,}", re.MULTILINE)


def test_both_readmes_show_the_same_commands() -> None:
    english, korean = ([_COMMENT.sub("", block) for block in _CONSOLE.findall(text)] for text in READMES)
    assert english
    assert english == korean


def test_every_command_has_a_row_in_the_same_order() -> None:
    english, korean = (_ROW.findall(text) for text in READMES)
    assert english == korean
    assert sorted(english) == sorted(typer.main.get_group(app).commands)


def test_the_map_of_files_names_every_package_and_every_module_at_the_top() -> None:
    english, korean = (_MAP.findall(text)[0] for text in READMES)
    assert _PLACE.findall(english) == _PLACE.findall(korean)
    for folder in ("storyflower", "flows"):
        for path in (ROOT / folder).iterdir():
            if path.stem.startswith("__") or not (path.suffix == ".py" or (path / "__init__.py").is_file()):
                continue
            for text in (english, korean):
                assert re.search(rf"\b{path.stem}\b", text, re.ASCII), path.name
