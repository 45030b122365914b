"""The model that all systems answer with, and the texts that they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.material import RECIPE, read_all, texts_of
from storyflower.data.labels import MAJORS
from storyflower.model.classifier import new_classifier
from storyflower.model.directory import ModelFormat, read_format, write_model
from storyflower.registry.versions import register_version
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home
from storyflower.text.loading import load_tokenizer
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client

MAX_LEN = 64


@dataclass(frozen=True)
class ServedModel:
    """One classifier, as a directory for Transformers and as version 1, the champion, of a home's registry."""

    directory: Path
    home: Home
    labels: tuple[str, ...]

    @property
    def uri(self) -> str:
        """As MLflow names the version."""
        return f"models:/{self.home.model}/1"


def classifier_of(encoder: Path, directory: Path, texts: Sequence[str], *, seed: int) -> None:
    """Write a model directory: the encoder with a new head, since speed does not depend on what was learned."""
    model = new_classifier(encoder, MAJORS, dropout=0.1, seed=seed)
    form = ModelFormat(MAX_LEN, MAJORS, text_columns=RECIPE.text_columns)
    write_model(directory, model, load_tokenizer(encoder), form, recipe={}, texts=texts[:100])


def registered_versions(directories: Sequence[Path], folder: Path) -> Home:
    """A new home in `folder` in which each model directory is a version; the first is the champion."""
    home = Home(folder / "home")
    with tracked_run(home, "benchmark", {}) as run:
        for number, directory in enumerate(directories):
            register_version(run, directory, read_format(directory).labels, {"model_digest": f"benchmark-{number}"})
    client(home).set_registered_model_alias(home.model, "champion", "1")
    return home


def texts_to_ask(workbook: Path | None) -> list[str]:
    """The texts of a workbook in AI Hub's layout; of the sample corpus without one."""
    scratch = Path(mkdtemp(prefix="storyflower-texts-"))
    chosen = workbook or write_sample_workbooks(scratch, training_rows=100, validation_rows=2000)[1]
    return texts_of(read_all([str(chosen)], scratch))
