"""Time and peak memory of every stage as the corpus grows: made-up rows, each stage in a process of its own.

    python benchmarks/scale.py                          58,271 rows (AI Hub's size), and ten times as many
    python benchmarks/scale.py --factors 1 10 100 --stages ingest normalize tokenize train

The rows are CSV files of up to 500,000, with an eighth as many for validation. `train` are the
first steps of a fine-tuning with the recipe `tiny`: what is measured is the memory for the whole corpus and the time
until training is under way. `evaluate` predicts the validation rows with a model that was trained on a sample.
Scoring has its own script, `scoring.py --rows`.

Memory is that of the stage's process and of those it starts, without pages of mapped files (see `tree_memory`). With
`--memory-mb` each of them may allocate no more than that beyond its libraries; texts and token ids of the corpus are
reported, so that a corpus larger than that can be seen to fit.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import ROOT, describe_machine
from benchmarks.material import AI_HUB_ROWS
from benchmarks.peak import Peak
from benchmarks.script import print_report, run_plainly
from benchmarks.table import Column, View
from benchmarks.tree_memory import limit_memory, memory_mb
from storyflower.data.corpus_files import read_texts
from storyflower.data.labels import MAJORS
from storyflower.model.devices import Hardware
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.evaluate import evaluate_model
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, ModelRef, TokensRef, WorkbooksRef
from storyflower.pipeline.normalize import normalize_corpus
from storyflower.pipeline.source import CorpusSource
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.recipe import TINY, TrainingRecipe
from storyflower.sample.corpus import TRAINING_FILE, VALIDATION_FILE, write_sample_workbooks
from storyflower.sample.events import events
from storyflower.storage.home import Home
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

VALIDATION_SHARE = 1 / 8
STAGES = ("ingest", "normalize", "tokenize", "train", "evaluate")
STEPS = 50
_SEED = 2026
_WORDS_OF_A_TEXT = (9, 15)
_ROWS_AT_ONCE = 50_000
_ROWS_A_FILE = 500_000

COLUMNS = (
    Column("", "name"),
    Column("rows", "rows", "{:,}"),
    Column("seconds", "seconds", "{:.1f}"),
    Column("rows/s", "rows_per_s", "{:,.0f}"),
    Column("peak MB", "peak_mb", "{:,.0f}"),
    Column("bytes a row", "bytes_a_row", "{:,.0f}"),
)


class _EnoughError(Exception):
    """Raised once the steps that are measured have been made."""


class _FirstSteps:
    """An observer that ends a training after `STEPS` steps."""

    def started(self, plan: TrainingPlan) -> None: ...

    def stepped(self, progress: StepProgress) -> None:
        if progress.step >= STEPS:
            raise _EnoughError

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None: ...


@dataclass(frozen=True)
class Material:
    """What a stage is measured on: a folder with `corpus` (CSV files) and `sample` (workbooks) in it."""

    folder: Path
    corpus: Path

    @property
    def home(self) -> Home:
        """Of the corpus: the stages before the measured one are in it."""
        return Home(self.corpus / "home")

    @property
    def recipe(self) -> TrainingRecipe:
        """The recipe `tiny` on the encoder of the sample, which does not know all of the made-up words."""
        changes = {"encoder": str(self.folder / "encoder"), "max_uncompressed_mb": 65_536, "log_every": 1}
        return TINY.with_changes(changes | {"max_unk_share": 1.0})

    def workbooks(self) -> WorkbooksRef:
        """The result of `ingest`."""
        source = CorpusSource(
            training=str(self.corpus / "training-*.csv"), validation=str(self.corpus / "validation-*.csv")
        )
        return ingest_workbooks(self.home, source, self.recipe.data).value

    def normalized(self) -> CorpusRef:
        """The result of `normalize`."""
        return normalize_corpus(self.home, self.workbooks(), self.recipe).value

    def tokenized(self) -> tuple[CorpusRef, EncoderRef, TokensRef]:
        """The result of `tokenize`, and what it is made of."""
        corpus = self.normalized()
        encoder = prepare_encoder(self.home, corpus, self.recipe).value
        return corpus, encoder, tokenize_corpus(self.home, corpus, encoder, self.recipe).value


def main() -> None:
    """Measure, and print a table or one JSON object; with `--measure`, one stage in this process."""
    options = _options()
    if options.measure:
        folder, corpus, stage = options.measure
        print(json.dumps(_measured(Material(Path(folder), Path(corpus)), stage, options.memory_mb)))
        return
    with TemporaryDirectory(dir=options.scratch) as scratch:
        report = _report(options, Path(scratch))
    print_report(report, view_of, as_json=options.json)


def _report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    _prepare_sample(folder)
    for factor in options.factors:
        corpus = folder / f"{factor}"
        corpus.mkdir()
        count = options.rows * factor
        held = round(count * VALIDATION_SHARE)
        write_files(corpus / "training", count - held, seed=_SEED)
        write_files(corpus / "validation", held, seed=_SEED + 1)
        for stage in STAGES[: 1 + max(STAGES.index(name) for name in options.stages)]:
            found = _in_own_process(folder, corpus, stage, options.memory_mb)
            counted = held if stage == "evaluate" else count
            rows.append(
                {
                    "name": f"{stage} × {factor}",
                    "stage": stage,
                    "factor": factor,
                    "rows": counted,
                    "rows_per_s": None if stage == "train" else counted / found["seconds"],
                    "bytes_a_row": (found["peak_mb"] - found["start_mb"]) * 1e6 / counted,
                    **found,
                }
            )
            print(f"{stage} × {factor}: {found['seconds']:.1f} s, {found['peak_mb']:,.0f} MB", file=sys.stderr)
        print(f"× {factor}: {_corpus_mb(corpus):,.0f} MB of texts and token ids", file=sys.stderr)
    return {"stages": rows, "steps": STEPS, "load": os.getloadavg()[0], "machine": describe_machine()}


def view_of(report: dict[str, Any]) -> View:
    """A row for each stage and size."""
    lines = [
        f"`train`: the first {report['steps']} steps. Bytes a row: what the peak is above the memory of the process "
        f"once its libraries are loaded. Load of the machine at the end {report['load']:.1f}."
    ]
    return View(COLUMNS, report["stages"], lines)


def _corpus_mb(corpus: Path) -> float:
    """Megabytes of the texts (UTF-8) and token ids of the corpus."""
    home = corpus / "home" / "stages"
    texts = (text for path in home.glob("normalize/*/examples.parquet") for text in read_texts(path.parent))
    letters = sum(len("".join(some).encode()) for some in texts)
    return (letters + sum(path.stat().st_size for path in home.glob("tokenize/*/*.npy"))) / 1e6


def write_files(begin: Path, count: int, *, seed: int) -> None:
    """Write so many rows to CSV files whose names begin so; each has other numbers in its texts."""
    for number, start in enumerate(range(0, count, _ROWS_A_FILE)):
        path = begin.with_name(f"{begin.name}-{number:03}.csv")
        write_rows(path, min(_ROWS_A_FILE, count - start), seed=seed + 2 * number, first=start)


def write_rows(path: Path, count: int, *, seed: int, first: int = 0) -> None:
    """Write a CSV file of so many different made-up dialogues, of which the words depend on the label."""
    random = np.random.default_rng(seed)
    words = np.array(sorted({word for event in events() for word in event.phrase.split()}))
    label_of_word = random.integers(0, len(MAJORS), len(words))
    by_label = [np.concatenate([words[label_of_word == label], words[::7]]) for label in range(len(MAJORS))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["감정_대분류", "사람문장1", "사람문장2"])
        for begin in range(0, count, _ROWS_AT_ONCE):
            for number, label in enumerate(
                random.integers(0, len(MAJORS), min(_ROWS_AT_ONCE, count - begin)), first + begin
            ):
                chosen = random.choice(by_label[label], random.integers(*_WORDS_OF_A_TEXT))
                half = len(chosen) // 2
                writer.writerow([MAJORS[label], " ".join(chosen[:half]), f"{' '.join(chosen[half:])} {number}번째"])


def _in_own_process(folder: Path, corpus: Path, stage: str, limit_mb: int | None) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", str(folder), str(corpus), stage]
    command += [] if limit_mb is None else ["--memory-mb", str(limit_mb)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{stage} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(material: Material, stage: str, limit_mb: int | None) -> dict[str, float]:
    """Seconds and memory of one stage; those before it come from the home."""
    work = _WORK[stage](material)
    if limit_mb is not None:
        limit_memory(limit_mb)
    with Peak(memory_mb) as memory:
        began = perf_counter()
        work()
        seconds = perf_counter() - began
    return {"seconds": seconds, "start_mb": memory.start, "peak_mb": memory.highest}


def _normalize(material: Material) -> Callable[[], object]:
    workbooks = material.workbooks()
    return lambda: normalize_corpus(material.home, workbooks, material.recipe)


def _tokenize(material: Material) -> Callable[[], object]:
    corpus = material.normalized()
    encoder = prepare_encoder(material.home, corpus, material.recipe).value
    return lambda: tokenize_corpus(material.home, corpus, encoder, material.recipe)


def _train(material: Material) -> Callable[[], object]:
    corpus, encoder, tokens = material.tokenized()

    def train() -> None:
        with suppress(_EnoughError):
            finetune_encoder(
                *(material.home, corpus, tokens, encoder, material.recipe),
                hardware=Hardware("cpu"),
                observers=[_FirstSteps()],
                compiling="off",
            )

    return train


def _evaluate(material: Material) -> Callable[[], object]:
    corpus = material.normalized()
    model = _model_of_sample(material.folder)
    return lambda: evaluate_model(material.home, corpus, model, device="cpu")


_WORK: dict[str, Callable[[Material], Callable[[], object]]] = {
    "ingest": lambda material: material.workbooks,
    "normalize": _normalize,
    "tokenize": _tokenize,
    "train": _train,
    "evaluate": _evaluate,
}
"""By stage: makes ready what the stage needs, and returns its work."""


def _prepare_sample(folder: Path) -> None:
    """Give the encoder that is trained on the sample workbooks a directory of its own."""
    write_sample_workbooks(folder / "sample", training_rows=2000, validation_rows=200)
    corpus = _corpus_of_sample(folder)
    copytree(prepare_encoder(_home_of_sample(folder), corpus, TINY).value.directory, folder / "encoder")


def _model_of_sample(folder: Path) -> ModelRef:
    """A model that was trained on the sample workbooks for an epoch."""
    home, corpus, recipe = _home_of_sample(folder), _corpus_of_sample(folder), TINY.with_changes({"epochs": 1})
    encoder = prepare_encoder(home, corpus, recipe).value
    tokens = tokenize_corpus(home, corpus, encoder, recipe).value
    return finetune_encoder(home, corpus, tokens, encoder, recipe, hardware=Hardware("cpu")).value


def _corpus_of_sample(folder: Path) -> CorpusRef:
    books = {"training": TRAINING_FILE, "validation": VALIDATION_FILE}
    source = CorpusSource(**{role: str(folder / "sample" / name) for role, name in books.items()})
    home = _home_of_sample(folder)
    return normalize_corpus(home, ingest_workbooks(home, source, TINY.data).value, TINY).value


def _home_of_sample(folder: Path) -> Home:
    return Home(folder / "sample" / "home")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", type=int, default=sum(AI_HUB_ROWS), help=f"of factor 1 (default {sum(AI_HUB_ROWS):,})"
    )
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 10], help="times the rows (default 1 10)")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES, help="up to the last of them")
    parser.add_argument("--scratch", type=Path, help="folder for the rows and results (default: the system's)")
    parser.add_argument("--memory-mb", type=int, help="that a process may allocate beyond its libraries")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    run_plainly(main)
