"""The tables and summaries of reports, for a terminal and for the page of results."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from benchmarks.table import Column, View

Report = Mapping[str, Any]

NAME = Column("", "name")
SECONDS = Column("seconds", "seconds", "{:.3f}")

FINETUNE_COLUMNS = (
    NAME,
    Column("examples/s", "examples_per_s", "{:,.1f}"),
    Column("tokens/s", "tokens_per_s", "{:,.0f}"),
    Column("of the peak", "mfu", "{:.1%}"),
    Column("peak MB", "peak_mb", "{:,.0f}"),
    Column("compile s", "compile_s", "{:.1f}"),
    Column("examples", "examples", "{:,}"),
    Column("training s", "training_s", "{:.1f}"),
    Column("macro-F1 (range)", "macro_f1"),
)
RERUN_COLUMNS = (
    NAME,
    Column("process s", "process_s", "{:.1f}"),
    Column("in the flow s", "flow_s", "{:.2f}"),
    Column("in the stages s", "stages_s", "{:.2f}"),
    Column("stages run", "stages_run", "{:.0f}"),
)


def finetune_view(report: Report) -> View:
    """The systems, then the ablations; one sentence for each peer that ran."""
    ablations = [row | {"name": f"without {row['without']}"} for row in report.get("ablations", [])]
    rows = [row | {"macro_f1": _spread(row["macro_f1"])} for row in (*report["systems"], *ablations)]
    about = (
        f"{report['encoder']} on {report['device']}: {report['rows']:,} rows of {report['mean_tokens']:.1f} tokens on "
        f"average, {report['epochs']} epochs, {report['seeds']} seeds."
    )
    if report["baseline_steps"]:
        about += f" Notebook and Trainer are cut short after {report['baseline_steps']} steps."
    ratios = [
        f"StoryFlower is {ratio:.2f} × as fast as {_in_words(name, report)}, and "
        f"{report['ratio_with_compile'][name]:.2f} × with the compiling of this run counted."
        for name, ratio in report["ratio"].items()
        if ratio is not None
    ]
    return View(FINETUNE_COLUMNS, rows, [about, *ratios])


def ingest_view(report: Report) -> View:
    """Both readers."""
    line = f"{report['rows']:,} rows; StoryFlower is {report['ratio']:.1f} × as fast, and "
    line += f"{report['differing_cells']} of {report['cells']:,} cells differ."
    return View((NAME, SECONDS, Column("rows/s", "rows_per_s", "{:,.0f}")), report["systems"], [line])


def tokens_view(report: Report) -> View:
    """Both tokenizers."""
    line = f"{report['texts']:,} texts; StoryFlower is {report['ratio']:.2f} × as fast, and the ids of "
    line += f"{report['differing_texts']} texts differ, where two segmentations have the same score."
    return View((NAME, SECONDS, Column("texts/s", "texts_per_s", "{:,.0f}")), report["systems"], [line])


def rerun_view(report: Report) -> View:
    """The cold run and those after it."""
    return View(RERUN_COLUMNS, report["systems"], ["The train flow with the recipe `tiny`."])


VIEWS = {"finetune": finetune_view, "ingest": ingest_view, "tokens": tokens_view, "rerun": rerun_view}


def _in_words(peer: str, report: Report) -> str:
    return f"Trainer ({report['trainer_variant']})" if peer == "trainer" else f"the {peer}"


def _spread(scores: Sequence[float]) -> str | None:
    return f"{mean(scores):.4f} ({min(scores):.4f}–{max(scores):.4f})" if scores else None
