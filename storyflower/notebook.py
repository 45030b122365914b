"""What a notebook needs beside the stages: a beginning, tables, the registration, and a server for a moment.

`docs/notebooks/storyflower.ipynb` uses it. Everything else in a notebook is the library itself, as in scripts. MLflow
is imported by the functions that need it, because `begin` sets the variables that it reads when it is imported.
"""

import logging
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import httpx
import pandas as pd

from storyflower.cli.console import prepare_libraries
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef, TokensRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import BEST, TINY, TrainingRecipe
from storyflower.redaction import redacted
from storyflower.sample.corpus import TRAINING_FILE, VALIDATION_FILE, write_sample_workbooks
from storyflower.settings import DEMO_MODEL, settings
from storyflower.storage.home import Home
from storyflower.tracking.terminal import ProgressLines

__all__ = ["Beginning", "ProgressLines", "begin", "label_counts", "register", "scores", "serving"]

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_RUN_NAME = "notebook"
_SERVE = "from storyflower.cli.start import main; main()"


@dataclass(frozen=True)
class Beginning:
    """What every stage of a notebook is given."""

    home: Home
    source: CorpusSource
    recipe: TrainingRecipe


def begin(workbooks: str | Path = "", *, epochs: int | None = None) -> Beginning:
    """Prepare the libraries, show log lines under the cells, and choose workbooks and recipe.

    Args:
        workbooks: a folder with one workbook whose name contains `Training` and one whose name contains `Validation`,
            as AI Hub names them, trained on by the recipe `best`. If it is empty, the sample workbooks are written
            into the home unless they are there, and trained on by the recipe `tiny`; their model is registered under
            the name of the demo.
        epochs: replaces the recipe's.

    Raises:
        WorkbookError: the folder lacks one of the two workbooks.
        RecipeError: the epochs are outside their bounds, or a `STORYFLOWER_*` variable cannot work.
    """
    prepare_libraries()
    warnings.filterwarnings("ignore", "IProgress not found")  # tqdm's, where ipywidgets are missing: bars are text then
    _show_log_lines()
    machine = settings()
    home = Home.of(machine)
    if workbooks:
        folder = Path(workbooks).expanduser()
        source = CorpusSource(training=str(folder / "*Training*"), validation=str(folder / "*Validation*"))
        recipe = BEST.on_machine(machine)
    else:
        home, source, recipe = home.with_model(DEMO_MODEL), _sample(home), TINY
    source.require_files()
    return Beginning(home, source, recipe if epochs is None else recipe.with_changes({"epochs": epochs}))


def label_counts(corpus: CorpusRef) -> pd.DataFrame:
    """Examples by label (rows) and split (columns `train`, `dev`, `validation`)."""
    from storyflower.data.corpus import SPLITS
    from storyflower.pipeline.corpus import read_corpus

    loaded = read_corpus(corpus)
    names = list(loaded.label_map.names)
    counts = pd.crosstab(loaded.frame["label"].map(dict(enumerate(names))), loaded.frame["split"])
    return counts.reindex(index=names, columns=list(SPLITS), fill_value=0).rename_axis(index=None, columns=None)


def scores(evaluation: EvaluationRef) -> pd.DataFrame:
    """Accuracy and macro-F1 on the validation workbook, one a row: score, both ends of the 95 % interval, baseline."""
    from storyflower.evaluation.assessment import read_assessment
    from storyflower.reports.results_table import results_table

    table = results_table(read_assessment(evaluation.directory))
    figures = {say("results.accuracy"): table.accuracy, "macro-F1": table.macro_f1}
    columns = [say(f"notebook.{name}") for name in ("score", "low", "high", "baseline")]
    rows = [[each.score, each.interval.low, each.interval.high, each.baseline] for each in figures.values()]
    return pd.DataFrame(rows, index=list(figures), columns=columns).round(4)


def register(
    start: Beginning, corpus: CorpusRef, tokens: TokensRef, model: ModelRef, evaluation: EvaluationRef
) -> RegisteredVersion:
    """Register the model with an MLflow run of its own, and promote it if it passes every check; see `register_model`.

    The run carries the digests of the inputs, so that `storyflower retrain` knows what the version was made of.

    Raises:
        TrackingError: the store does not answer, or the version does not load.
    """
    from storyflower.promotion.lineage import lineage_of
    from storyflower.promotion.registering import TrainedModel, register_model, registered_version
    from storyflower.promotion.results_page import log_results_page
    from storyflower.tracking.runs import tracked_run

    tags = lineage_of(start.home, start.source, start.recipe).tags
    with tracked_run(start.home, _RUN_NAME, tags) as run:
        run.log_params(start.recipe.flat())
        registration = register_model(run, TrainedModel(corpus, tokens, model, evaluation), start.recipe, by=_RUN_NAME)
        registered = registered_version(run, registration, evaluation.facts)
        log_results_page(run, corpus, evaluation, registered)
    return registered


@contextmanager
def serving(home: Home, model: str = "@champion") -> Iterator[httpx.Client]:
    """Run `storyflower serve` on a free port of the loopback, and yield a client of it; the server ends with the block.

    Args:
        home: in whose registry the model is.
        model: the version or alias, of `home.model` unless it names another; see `ModelReference.parse`.

    Raises:
        StoryFlowerError: the server did not start; the message is the server's own.
    """
    with TemporaryFile() as log, _served(home, model, log) as process:
        address = _address_of(process)
        if address is None:
            process.wait()
            log.seek(0)
            raise problem(StoryFlowerError, "notebook_not_served", model, reason=log.read().decode("utf-8", "replace"))
        key = settings().api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            yield client


@contextmanager
def _served(home: Home, model: str, log: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """The process of the server, which answers what it has taken before it ends."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--model", model]
    # The server works on the same home as this process.
    ours = {"STORYFLOWER_HOME": str(home.folder), "STORYFLOWER_MODEL": home.model, "PYTHONIOENCODING": "utf-8"}
    if home.tracking_uri:
        ours["STORYFLOWER_TRACKING_URI"] = home.tracking_uri
    process = subprocess.Popen(command, env=os.environ | ours, stdout=subprocess.PIPE, stderr=log)  # noqa: S603
    with process:  # waits for its end
        try:
            yield process
        finally:
            process.terminate()


def _address_of(process: subprocess.Popen[bytes]) -> str | None:
    """The address that the server prints when it is ready; None if it ends before."""
    if process.stdout is None:
        raise TypeError("the server's standard output is no pipe")
    for line in process.stdout:
        found = _ADDRESS.search(line.decode("utf-8", "replace"))
        if found:
            return found[0]
    return None


def _sample(home: Home) -> CorpusSource:
    """The sample workbooks of the home."""
    training, validation = home.sample / TRAINING_FILE, home.sample / VALIDATION_FILE
    if not (training.is_file() and validation.is_file()):
        training, validation = write_sample_workbooks(home.sample)
    return CorpusSource(training=str(training), validation=str(validation))


class _CellLines(logging.Handler):
    """Prints log messages under the cell that runs; standard error would be shown as an error."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(f"{redacted(record.getMessage())}\n")
        sys.stdout.flush()


def _show_log_lines() -> None:
    """Print StoryFlower's log messages; once, however often the cell runs."""
    logger = logging.getLogger("storyflower")
    if not any(isinstance(handler, _CellLines) for handler in logger.handlers):
        logger.addHandler(_CellLines())
    logger.setLevel(logging.INFO)
    logger.propagate = False
