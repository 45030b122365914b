"""Packages a version: the model directory, the code that it needs for predictions, and the model card."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import storyflower
from storyflower import text
from storyflower.model.directory import read_format
from storyflower.model.integrity import CARD_FILE, DIGESTS_FILE, file_digests
from storyflower.registry.interface import example_frame, interface
from storyflower.registry.local_store import MODEL_FOLDER
from storyflower.registry.requirements import pinned
from storyflower.serving.inputs import accepted_inputs

REQUIREMENTS = (
    "mlflow",
    "torch",
    "transformers",
    "safetensors",
    *text.PACKAGES,
    "huggingface-hub",
    "numpy",
    "pandas",
    "regex",
)
"""Packages that a version needs for predictions."""
SERVED_CODE = (
    "__init__.py",
    "atomic.py",
    "cleaning.py",
    "errors.py",
    "digests.py",
    "recipe_bounds.py",
    "recipe_data.py",
    "recipe_parts.py",
    "redaction.py",
    "utterances.py",
    "messages",
    "text",
    "model",
    "serving",
)
"""The part of this package that is stored with a version, so that it loads where StoryFlower is not installed."""


@contextmanager
def served_code() -> Iterator[Path]:
    """Yield a temporary folder `storyflower` with only the modules that predictions need."""
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
def packed(model_directory: Path, labels: Sequence[str], card: str = "") -> Iterator[dict[str, Any]]:
    """Yield the arguments of MLflow's `log_model` and `save_model` for a version.

    The digests of the model's files and the card, if there is one, are added to a copy of the model directory.
    """
    text_columns = read_format(model_directory).text_columns
    with served_code() as code, _with_companions(model_directory, card) as files:
        yield {
            "python_model": str(Path(__file__).with_name("pyfunc_model.py")),
            "artifacts": {"model": str(files)},
            "code_paths": [str(code)],
            "signature": interface(labels, text_columns),
            "input_example": example_frame(text_columns),
            "metadata": {"input_forms": accepted_inputs(text_columns, "en")},
            "pip_requirements": pinned(REQUIREMENTS),
        }


@contextmanager
def _with_companions(model_directory: Path, card: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="storyflower-model-") as temporary:
        copy = Path(temporary) / MODEL_FOLDER
        shutil.copytree(model_directory, copy, copy_function=_link_or_copy)
        (copy / DIGESTS_FILE).write_text(json.dumps(file_digests(model_directory), indent=1), "utf-8")
        if card:
            (copy / CARD_FILE).write_text(card, "utf-8")
        yield copy


def _link_or_copy(source: str, target: str) -> None:
    """Make a hard link; copy the file if the folders are on different file systems."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
