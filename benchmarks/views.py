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
    Column("whole s", "wall_s", "{:.1f}"),
    Column("macro-F1 (range)", "macro_f1"),
)
RERUN_COLUMNS = (
    NAME,
    Column("process s", "process_s", "{:.1f}"),
    Column("in the flow s", "flow_s", "{:.2f}"),
    Column("in the stages s", "stages_s", "{:.2f}"),
    Column("stages run", "stages_run", "{:.0f}"),
)
SERVING_COLUMNS = (
    NAME,
    Column("clients", "clients"),
    Column("requests/s", "rate", "{:,.1f}"),
    Column("p50 ms", "p50_ms", "{:,.1f}"),
    Column("p99 ms", "p99_ms", "{:,.1f}"),
    Column("cores idle", "idle", "{:.0%}"),
    Column("clients' share", "generator", "{:.0%}"),
    Column("peak MB", "peak_mb", "{:,.0f}"),
    Column("start s", "start_s", "{:.1f}"),
)
SCORING_COLUMNS = (
    NAME,
    Column("rows", "rows", "{:,}"),
    Column("rows/s", "rows_per_s", "{:,.0f}"),
    Column("peak MB", "peak_mb", "{:,.0f}"),
    Column("equal labels", "same_labels", "{:.2%}"),
    Column("largest difference", "difference", "{:.4f}"),
)


def finetune_view(report: Report) -> View:
    """The systems, then the ablations; one sentence for each peer that ran."""
    ablations = [row | {"name": f"without {row['without']}"} for row in report.get("ablations", [])]
    rows = [row | {"macro_f1": _spread(row["macro_f1"])} for row in (*report["systems"], *ablations)]
    about = (
        f"{report['encoder']} on {report['device']}: {report['rows']:,} rows of {report['mean_tokens']:.1f} tokens on "
        f"average, {report['epochs']} epochs, {report['seeds']} seeds."
    )
    if "dev_rows" in report:
        about += (
            f" {report['dev_rows']:,} rows to choose the best epoch by; `whole s` with checkpoints and evaluations."
        )
    if report["baseline_steps"]:
        about += f" Notebook and Trainer train {report['baseline_steps']} steps, over texts of the same lengths."
    ratios = [_ratios_in_words(name, report) for name, ratio in report["ratio"].items() if ratio is not None]
    left_out = [f"{name} was left out: {reason}" for name, reason in report.get("left_out", {}).items()]
    return View(FINETUNE_COLUMNS, rows, [about, *ratios, *left_out])


def _ratios_in_words(peer: str, report: Report) -> str:
    """One sentence; reports of earlier versions count compiling over the steps that each system happened to run."""
    line = f"StoryFlower is {report['ratio'][peer]:.2f} × as fast as {_in_words(peer, report)}, and "
    line += f"{report['ratio_with_compile'][peer]:.2f} × "
    if "examples_compared" not in report:
        return line + "with the compiling of this run counted."
    line += f"with compiling counted, over {report['examples_compared']:,} examples each"
    as_shipped = report["ratio_as_shipped"][peer]
    return line + (f"; as shipped {as_shipped:.2f} ×." if as_shipped else ".")


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


def serving_view(report: Report) -> View:
    """A row for each system and number of clients; then how many times a peer's rate, and the share of its latency."""
    about = (
        f"{report['model']}, one text a request, {report['cores']} cores for server and clients alike; medians of "
        f"{report['rounds']} rounds of {report['seconds']:g} s, {report['texts']:,} texts in turn; load of the machine "
        f"at the end {report['load']:.1f}."
    )
    ratios = [
        f"With {ratio['clients']} clients {ratio['rate']:.2f} × the requests/s of {ratio['peer']}, at "
        f"{ratio['p50']:.2f} of its median latency and {ratio['p99']:.2f} of its p99."
        for ratio in report["ratio"]
    ]
    labels = ", ".join(f"{name} {share:.0%}" for name, share in report["same_labels"].items())
    return View(SERVING_COLUMNS, report["systems"], [about, *ratios, f"Labels equal to those of the first: {labels}."])


def scoring_view(report: Report) -> View:
    """A row for each system and number of rows."""
    about = f"{report['model']}; medians of {report['rounds']} rounds; load of the machine at the end "
    about += f"{report['load']:.1f}. Labels and probabilities are compared with those of the pyfunc, in fp32."
    ratios = [
        f"Of {ratio['rows']:,} rows `storyflower score` is {ratio['ratio']:.2f} × as fast as {ratio['peer']}."
        for ratio in report["ratio"]
    ]
    return View(SCORING_COLUMNS, report["systems"], [about, *ratios])


def soak_view(report: Report) -> View:
    """What was done, and what came of it."""
    refused = ", ".join(f"{count:,} × {status}" for status, count in report["refused"].items())
    versions = ", ".join(f"{count:,} by version {version}" for version, count in report["by_version"].items())
    figures = {
        "requests answered rightly": f"{report['answered']:,} ({versions})",
        "requests dropped": f"{len(report['dropped'])}",
        "replies that were wrong": f"{len(report['wrong'])}",
        "bad requests refused rightly": refused,
        "clients that left before the reply": f"{report['hung_up']:,}",
        "promotions and rollbacks": f"{report['promotions']}",
        "MLflow server killed": f"{report['kills']}",
        "latency p50, p99": f"{report['p50_ms']:,.0f} ms, {report['p99_ms']:,.0f} ms",
        "memory, first third and last": f"{report['memory_first_mb']:,.0f} MB, {report['memory_last_mb']:,.0f} MB",
        "exit status after SIGTERM under load": f"{report['exit_status']}",
    }
    about = f"{report['model']}, {report['clients']} clients of one to four texts, {report['minutes']:g} minutes; "
    about += f"load of the machine at the end {report['load']:.1f}. {'Passed' if report['passed'] else 'Failed'}."
    rows = [{"name": name, "figure": figure} for name, figure in figures.items()]
    return View((NAME, Column("", "figure")), rows, [about, *report["dropped"], *report["wrong"]])


VIEWS = {
    **{"finetune": finetune_view, "ingest": ingest_view, "tokens": tokens_view, "rerun": rerun_view},
    **{"serving": serving_view, "scoring": scoring_view, "soak": soak_view},
}


def _in_words(peer: str, report: Report) -> str:
    return f"Trainer ({report['trainer_variant']})" if peer == "trainer" else f"the {peer}"


def _spread(scores: Sequence[float]) -> str | None:
    return f"{mean(scores):.4f} ({min(scores):.4f}–{max(scores):.4f})" if scores else None
