"""The output of `storyflower check` on a terminal."""

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from storyflower.cleaning import clean
from storyflower.data.contract import reasons_of
from storyflower.data.holdout import hold_out
from storyflower.data.inspection import Inspection
from storyflower.data.schema import REPAIRS, CheckedWorkbook, label_advice
from storyflower.data.workbook import EXCEL_ROW
from storyflower.errors import DataContractError
from storyflower.messages import say
from storyflower.recipe_data import CorpusRecipe
from storyflower.reports.row_table import treatment_of

_LISTED = 20
_VALUE_LENGTH = 60


def show(inspection: Inspection, console: Console, report: Path | None) -> None:
    """Print a table for every workbook, what they repeat of each other, and the first findings."""
    for checked in inspection.workbooks:
        console.print(Text(checked.workbook.where, style="bold"), soft_wrap=True)
        for note in checked.workbook.notes:
            console.print(Text(str(note)), soft_wrap=True)
        console.print(_counts(inspection, checked), _labels(inspection, checked))
        if refused := inspection.refusal_of(checked):
            console.print(say("would_refuse", problem=refused.problem), markup=False, style="red", soft_wrap=True)
        if advice := label_advice(checked):
            console.print(advice, markup=False, style="red", soft_wrap=True)
    over_all = _table(say("over_all"), "")
    over_all.columns[1].justify = "right"
    for key in ("duplicates", "conflicting_labels", "validation_rows_in_training"):
        over_all.add_row(say(key), f"{getattr(inspection, key):,}")
    console.print(over_all)
    if inspection.all_training_in_validation:
        console.print(say("all_in_validation"), style="red", soft_wrap=True)
    if inspection.is_clean:
        console.print(say("clean"), style="green")
    else:
        console.print(_findings(inspection))
        if len(inspection.findings) > _LISTED:
            more = say("and_more", more=len(inspection.findings) - _LISTED)
            console.print(more if report else f"{more} {say('use_report')}", soft_wrap=True)
    if report is not None:
        written = say("report_written", path=report, rows=len(inspection.set_aside()))
        console.print(written, markup=False, soft_wrap=True)
        if not all(checked.workbook.mendable for checked in inspection.workbooks):
            console.print(say("report_unmendable"), markup=False, soft_wrap=True)


def show_training(
    inspection: Inspection, split: CorpusRecipe, refused: DataContractError | None, console: Console
) -> None:
    """Print what a training would do with the usable rows: refuse them, leave labels out, hold texts out."""
    held_out = split.validation_share is not None
    if refused:
        key = "would_refuse" if inspection.has_validation(split) else "would_refuse_alone"
        verdict = say(key, problem=f"{refused.problem} {refused.remedy}")
        console.print(verdict, markup=False, style="red", soft_wrap=True)
    if rare := inspection.label_plan(held_out=held_out).rare:
        planned = ", ".join(f"{label.name} ({label.texts:,}): {treatment_of(label)}" for label in rare)
        console.print(say("would_plan_labels", labels=planned), markup=False, soft_wrap=True)
    if split.validation_share is not None and not refused and inspection.n_training:
        _show_hold_out(inspection, split.validation_share, split.split_seed, console)


def _show_hold_out(inspection: Inspection, share: float, seed: int, console: Console) -> None:
    plan = inspection.label_plan(held_out=True)
    labels = plan.label_map
    _, held = hold_out(plan.apply(inspection.workbooks[: inspection.n_training]), share, seed, labels)
    found = pd.concat([part.usable["label"] for part in held]).value_counts()
    counted = ", ".join(f"{name} {found.get(name, 0):,}" for name in labels.names)
    console.print(say("would_hold_out", rows=int(found.sum()), labels=counted), markup=False, soft_wrap=True)


def _counts(inspection: Inspection, checked: CheckedWorkbook) -> Table:
    table = _table(say("release"), say(checked.workbook.release))
    table.columns[1].justify = "right"
    for key in ("rows", "usable"):
        table.add_row(say(key), f"{checked.counts[key]:,}")
    for heading, keys in (("rejected", reasons_of(inspection.recipe)), ("repaired", REPAIRS)):
        for key in keys:
            table.add_row(f"{say(heading)}: {say(key)}", f"{checked.counts[key]:,}")
    return table


def _labels(inspection: Inspection, checked: CheckedWorkbook) -> Table:
    table = _table(say("label"), say("count"), say("share"))
    table.columns[1].justify = table.columns[2].justify = "right"
    for name, count in inspection.labels_of(checked).items():
        table.add_row(Text(name), f"{count:,}", f"{count / max(len(checked.usable), 1):.1%}")
    return table


def _findings(inspection: Inspection) -> Table:
    """The first findings; the workbook is named only where several were given."""
    several = len(inspection.workbooks) > 1
    table = _table(*(say(key) for key in ("workbook", "sheet", EXCEL_ROW, "column", "value", "reason")[not several :]))
    table.title = f"{say('findings')} ({len(inspection.findings):,})"
    shown = inspection.findings.head(_LISTED).fillna({"value": "", "text": ""}).astype("str")
    for finding in shown.to_dict("records"):
        value = clean(": ".join(filter(None, (finding["value"], finding["text"]))))
        short = value if len(value) <= _VALUE_LENGTH else f"{value[:_VALUE_LENGTH]}…"
        name = finding["workbook"].rpartition("/")[2]
        cells = [name, finding["sheet"], finding[EXCEL_ROW], finding["column"], short, say(finding["reason"])]
        table.add_row(*(Text(cell) for cell in cells[not several :]))
    return table


def _table(*headings: str) -> Table:
    table = Table(header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
