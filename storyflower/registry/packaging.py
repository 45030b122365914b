"""What goes into a version beside the weights: the code that answers, and the model card."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import storyflower

CARD_FILE = "README.md"
"""Where Hugging Face's hub looks for a model card."""
SERVED_CODE = (
    "__init__.py",
    "errors.py",
    "digests.py",
    "recipe_bounds.py",
    "recipe_parts.py",
    "messages",
    "data/cleaning.py",
    "data/utterances.py",
    "text",
    "model",
    "serving",
)
"""The part of this package that a version carries, so that it loads where StoryFlower is not installed."""


@contextmanager
def served_code() -> Iterator[Path]:
    """A folder `storyflower` with just the modules that answering needs."""
    package = Path(storyflower.__file__).parent
    with tempfile.TemporaryDirectory(prefix="storyflower-code-") as temporary:
        target = Path(temporary) / "storyflower"
        for name in SERVED_CODE:
            source, copy = package / name, target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy)
                copy.with_name("__init__.py").touch()
        yield target


@contextmanager
def with_card(model_directory: Path, card: str) -> Iterator[Path]:
    """The model's files with its card among them; the directory itself stays as training left it."""
    if not card:
        yield model_directory
        return
    with tempfile.TemporaryDirectory(prefix="storyflower-card-") as temporary:
        copy = Path(temporary) / "model"
        shutil.copytree(model_directory, copy, copy_function=_link_or_copy)
        (copy / CARD_FILE).write_text(card, "utf-8")
        yield copy


def _link_or_copy(source: str, target: str) -> None:
    """A second name for the same bytes: copied only where the folders lie on different file systems."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
