"""What a change of the recipe is worth: macro-F1 on folds of a training workbook, beside the `kobert` recipe.

    python benchmarks/levers.py --training open_Training.xlsx --encoder kobert-mini --home FOLDER \\
        --sample small --lever learning_rate=2e-4 --lever learning_rate=2e-4,distillation=0.5

Every lever is a list of fields of the recipe. It is trained on each fold with several seeds, and stands in three rows:
the most probable label; the label of `decision=macro_f1`, with weights of the development split; and the blend with the
TF-IDF baseline at prediction time, decided likewise, which is the upper mark of what a distillation can reach. Gains
are against the recipe as it is (`kobert`, or what `--base` makes of it) and against the balanced baseline, with paired
intervals over examples and seeds. Answers are kept in the home, so that a run can be broken off and continued, and a
lever added. The validation workbook is not read.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import describe_machine
from benchmarks.quality.measures import Gain, Labels, Marks, blend, gain, marks_of, plain, weighted
from benchmarks.quality.runs import Answers, Fold, FoldCorpora, baseline_answers, model_answers, seeds_of, truth_of
from benchmarks.quality.samples import SAMPLES
from benchmarks.script import print_report, run_plainly
from benchmarks.table import Column, View
from storyflower.cli.recipe_options import resolve_recipe
from storyflower.storage.home import Home
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

COLUMNS = (
    Column("", "name"),
    Column("macro-F1", "macro_f1"),
    Column("accuracy", "accuracy", "{:.3f}"),
    Column("ECE", "ece", "{:.3f}"),
    Column("against the recipe", "gain"),
    Column("against the baseline", "over_baseline"),
)
BASELINE = "TF-IDF, balanced"
Decide = Callable[[Answers, Fold], Labels]


def main() -> None:
    """Train what is missing, and print a table or one JSON object."""
    options = _options()
    corpora = FoldCorpora(Home(options.home), options.training, options.sample, options.folds)
    corpus_of = [corpora.corpus(fold) for fold in range(options.use_folds or options.folds)]
    folds = [truth_of(corpus) for corpus in corpus_of]
    balanced, unweighted = (
        [baseline_answers(corpora.home, corpus, balanced=way) for corpus in corpus_of] for way in (True, False)
    )
    marks = {
        BASELINE: _marks([balanced], folds, plain),
        "TF-IDF": _marks([unweighted], folds, plain),
        "TF-IDF, weighted": _marks([unweighted], folds, weighted),
    }
    base = [*options.base.split(",")] if options.base else []
    for lever in ("", *options.lever):
        recipe = resolve_recipe("kobert", [*base, *filter(None, lever.split(","))], encoder=options.encoder)
        found = []
        for seeded in seeds_of(recipe, options.seeds):
            began = perf_counter()
            observer = _Epochs(f"{lever or 'recipe'}, seed {seeded.training.seed}")
            found.append([model_answers(corpora.home, corpus, seeded, observer) for corpus in corpus_of])
            _note(f"{observer.training}: {perf_counter() - began:.0f} s")
        mixed = [
            [blend(model, other, fold) for model, other, fold in zip(of_seed, unweighted, folds, strict=True)]
            for of_seed in found
        ]
        name = lever or "recipe"
        marks[name] = _marks(found, folds, plain)
        marks[f"{name}, weighted"] = _marks(found, folds, weighted)
        marks[f"{name}, blended and weighted"] = _marks(mixed, folds, weighted)
    report = {
        "systems": [_row(name, of_system, marks) for name, of_system in marks.items()],
        "sample": options.sample,
        "base": options.base,
        "encoder": Path(options.encoder).name,
        "folds": [len(folds), options.folds],
        "seeds": options.seeds,
        "examples": sum(len(fold.labels) for fold in folds),
        "machine": describe_machine(),
    }
    print_report(report, view_of, as_json=options.json)


class _Epochs:
    """An observer that prints a line an epoch."""

    def __init__(self, training: str) -> None:
        self.training = training

    def started(self, plan: TrainingPlan) -> None: ...

    def stepped(self, progress: StepProgress) -> None: ...

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None:
        _note(
            f"{self.training}: epoch {record.epoch}, macro-F1 {record.dev_macro_f1:.3f} on the development split, "
            f"{record.examples_per_second:.0f} examples/s"
        )


def view_of(report: Mapping[str, Any]) -> View:
    """The table for a terminal."""
    rows = [
        {
            "name": row["name"],
            "macro_f1": _spread(row["macro_f1"]),
            "accuracy": row["accuracy"],
            "ece": row["ece"],
            "gain": _signed(row["gain"]),
            "over_baseline": _signed(row["over_baseline"]),
        }
        for row in report["systems"]
    ]
    used, of = report["folds"]
    about = f"{report['sample']} sample, {report['encoder']}, recipe kobert {report['base'] or ''}".rstrip()
    return View(
        COLUMNS, rows, [f"{about}; {used} of {of} folds, {report['examples']:,} examples, {report['seeds']} seeds."]
    )


def _marks(found: Sequence[Sequence[Answers]], folds: Sequence[Fold], decide: Decide) -> Marks:
    decisions = [[decide(answers, fold) for answers, fold in zip(of, folds, strict=True)] for of in found]
    return marks_of(decisions, found, folds)


def _row(name: str, of_system: Marks, marks: Mapping[str, Marks]) -> dict[str, Any]:
    return {
        "name": name,
        "macro_f1": of_system.macro_f1.tolist(),
        "accuracy": of_system.accuracy,
        "ece": of_system.ece,
        "gain": None if name == "recipe" else _plain(gain(of_system, marks["recipe"])),
        "over_baseline": None if name == BASELINE else _plain(gain(of_system, marks[BASELINE])),
    }


def _plain(found: Gain) -> list[float]:
    return [found.mean, found.interval.low, found.interval.high]


def _spread(scores: Sequence[float]) -> str:
    mean = sum(scores) / len(scores)
    return f"{mean:.3f}" if len(scores) == 1 else f"{mean:.3f} ({min(scores):.3f}–{max(scores):.3f})"


def _signed(found: Sequence[float] | None) -> str | None:
    return f"{found[0]:+.3f} [{found[1]:+.3f}, {found[2]:+.3f}]" if found else None


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--training", required=True, help="the training workbook")
    parser.add_argument("--encoder", required=True, help="directory or hub id")
    parser.add_argument("--home", required=True, type=Path, help="folder of what is kept from run to run")
    parser.add_argument("--sample", choices=tuple(SAMPLES), default="small", help="what is drawn from the workbook")
    parser.add_argument("--folds", type=int, default=5, help="parts into which the sample is divided (default 5)")
    parser.add_argument("--use-folds", type=int, metavar="N", help="measure on the first N of them alone")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each fold (default 5)")
    parser.add_argument("--base", default="", metavar="FIELDS", help="changes of the recipe for all, field=value,…")
    parser.add_argument(
        "--lever", action="append", default=[], metavar="FIELDS", help="a change to measure; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    run_plainly(main)
