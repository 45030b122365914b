"""The object that `storyflower check --json` prints: the findings about all workbooks."""

from typing import Any

import pandas as pd

from storyflower.data.contract import reasons_of
from storyflower.data.inspection import Inspection
from storyflower.data.schema import REPAIRS, CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW
from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.recipe_data import CorpusRecipe


def inspection_json(found: Inspection, split: CorpusRecipe, refused: StoryFlowerError | None) -> dict[str, Any]:
    """Return the object; `refused` is what `found.refusal(split)` gave."""
    return {
        "workbooks": [_workbook(found, checked) for checked in found.workbooks],
        "duplicates": found.duplicates,
        "conflicting_labels": found.conflicting_labels,
        "validation_rows_in_training": found.validation_rows_in_training,
        "rare_labels": _rare_labels(found, split.validation_share is not None),
        "refused": refused and _error(refused),
        "findings": [
            {
                "workbook": finding["workbook"],
                "sheet": finding["sheet"],
                "row": finding[EXCEL_ROW],
                "column": finding["column"],
                "value": finding["value"] if pd.notna(finding["value"]) else None,
                "reason": finding["reason"],
                "message": say(finding["reason"]),
            }
            for finding in found.findings.to_dict("records")
        ],
        "errors": [_error(error) for error in found.unreadable],
    }


def _error(error: StoryFlowerError) -> dict[str, str]:
    return {"where": error.where, "problem": error.problem, "remedy": error.remedy}


def _workbook(found: Inspection, checked: CheckedWorkbook) -> dict[str, Any]:
    refused = found.refusal_of(checked)
    return {
        "path": checked.workbook.location,
        "release": checked.workbook.release,
        "sheet": checked.workbook.sheet,
        "notes": list(map(str, checked.workbook.notes)),
        "rows": checked.counts["rows"],
        "rows_left": checked.workbook.rows_left,
        "usable": checked.counts["usable"],
        "rejected": {reason: checked.counts[reason] for reason in reasons_of(found.recipe)},
        "repaired": {repair: checked.counts[repair] for repair in REPAIRS},
        "labels": found.labels_of(checked),
        "refused": refused and _error(refused),
    }


def _rare_labels(found: Inspection, held_out: bool) -> list[dict[str, Any]]:
    """The labels with too few training texts, and what a training would do with each."""
    refused = found.refused_labels(held_out=held_out)
    return [
        *({"label": name, "texts": texts, "treatment": "refused"} for name, texts in refused.items()),
        *(
            {"label": rare.name, "texts": rare.texts, "treatment": "left_out"}
            if rare.merged_into is None
            else {"label": rare.name, "texts": rare.texts, "treatment": "merged", "merged_into": rare.merged_into}
            for rare in found.label_plan(held_out=held_out).rare
        ),
    ]
