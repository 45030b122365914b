"""The wrong predictions of the highest confidence as a workbook for mending: many of them are wrong labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from storyflower.data.repair_report import LabelField, RepairLine, write_report
from storyflower.evaluation.predictions import likely_label_errors
from storyflower.messages import say

_TEXT_WIDTH, _CONFIDENCE_WIDTH = 70, 9


@dataclass(frozen=True)
class LabelOrigin:
    """The column and the workbooks that the labels come from."""

    label: LabelField
    workbooks: Mapping[str, str]
    """Locations of the workbooks by their SHA-256."""


def write_label_errors(path: Path, predictions: pd.DataFrame, origin: LabelOrigin) -> None:
    """Write the likely label errors to an .xlsx to be mended: see `repair_report`.

    The model's answer stands as the suggested value.
    """
    lines = [
        RepairLine(
            workbook=origin.workbooks[row["workbook_sha256"]],
            workbook_sha256=row["workbook_sha256"],
            sheet=row["sheet"],
            excel_row=row["excel_row"],
            column=origin.label.column,
            value=row["label"],
            reason=say("model_disagrees"),
            suggested_value=row["predicted"],
            context=(row["text"], round(row["confidence"], 4)),
        )
        for row in likely_label_errors(predictions).to_dict("records")
    ]
    context = {say("text"): _TEXT_WIDTH, say("confidence"): _CONFIDENCE_WIDTH}
    write_report(path, say("label_errors_sheet"), lines, origin.label, context)
