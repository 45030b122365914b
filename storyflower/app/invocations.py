"""The protocol of MLflow's scoring server: the forms in which it takes texts, and its shape of answers.

It is JSON alone. MLflow's server refuses CSV for a registered model of ours, whose columns are of any type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from storyflower.app.answers import Answered, answers_of
from storyflower.app.bodies import cleaned, json_of
from storyflower.app.limits import Limits
from storyflower.app.replies import Refusal, refused
from storyflower.errors import InputError
from storyflower.messages import problem, say
from storyflower.quoting import listed
from storyflower.serving.inputs import TEXT_COLUMN, accepted_inputs, texts_of

FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")

_OF_A_LIST = (0, 1)
"""The first columns of a table without names. A model reads the first, and refuses a table that has both."""


class _Split(BaseModel):
    """A table as pandas' `to_dict("split")` gives it; of its index the length alone matters."""

    model_config = ConfigDict(extra="forbid")

    columns: list[str | int] | None = None
    index: list[Any] | None = None
    data: list[Any] | None


@dataclass(frozen=True)
class Invocation:
    """What is asked, without its form."""

    texts: list[str]
    threshold: float | None


def invocation(body: bytes, text_columns: Sequence[str], limits: Limits) -> Invocation:
    """The texts of a body, cleaned and joined as in training, and the threshold among its `params`.

    Raises:
        Refusal: the body does not hold texts (400).
    """
    given, threshold = _parts(json_of(body), text_columns)
    try:
        texts = texts_of(given, text_columns)
    except InputError as error:
        raise Refusal(400, "input_refused", error) from None
    return Invocation(cleaned(texts, "texts", limits, 400), threshold)


def rows(answered: Answered, threshold: float | None) -> list[dict[str, Any]]:
    """The answers as the registered model's frame has them, row by row."""
    found = []
    for answer in answers_of(answered, threshold):
        guess = {} if answer.best_guess is None else {"best_guess": answer.best_guess}
        found.append({"label": answer.label, "confidence": answer.confidence, **guess, **answer.probabilities})
    return found


def _parts(value: Any, text_columns: Sequence[str]) -> tuple[Any, float | None]:
    forms = [name for name in FORMS if name in value] if isinstance(value, dict) else []
    if len(forms) != 1:
        raise refused(400, "invocation_form", "", known=", ".join(FORMS))
    form, given = forms[0], value[forms[0]]
    threshold = _threshold(value.get("params"))
    if form == "dataframe_split":
        return _of_split(given, text_columns), threshold
    is_row = isinstance(given, dict) and given.keys() <= {*text_columns, TEXT_COLUMN}
    if form != "dataframe_records" and given and is_row and not any(map(_is_nested, given.values())):
        given = [given]
    kinds = {type(row) if _is_nested(row) else str for row in given} if isinstance(given, list) else set()
    if form == "dataframe_records" and len(kinds) != 1:
        raise refused(400, "records_form", form)
    if kinds == {dict}:
        if form == "instances" and any(record.keys() != given[0].keys() for record in given):
            raise refused(400, "instances_form", form)
        return _of_records(given, text_columns), threshold
    return _of_rows(given, None, text_columns) if kinds == {list} else given, threshold


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _of_split(value: Any, text_columns: Sequence[str]) -> pd.DataFrame:
    """A table given by its columns and rows; a row of one cell may be the cell itself."""
    try:
        split = _Split.model_validate(value)
    except ValidationError:
        raise refused(400, "split_form", "dataframe_split") from None
    rows = [row if isinstance(row, list) else [row] for row in split.data or []]
    widths = {len(row) for row in rows}
    if len(widths) > 1 or (split.columns is not None and widths - {len(split.columns)}):
        raise refused(400, "split_form", "dataframe_split")
    if split.index is not None and len(split.index) != len(rows):
        raise refused(400, "split_form", "dataframe_split")
    return _of_rows(rows, split.columns, text_columns)


def _of_rows(rows: list[list[Any]], names: Sequence[str | int] | None, text_columns: Sequence[str]) -> pd.DataFrame:
    """A table of rows, of which the cells that are missing at the end are blank, with the columns that a model gets."""
    if names is None:
        names = _OF_A_LIST[: max(map(len, rows), default=0)]
    places = [place for place, name in enumerate(names) if name in (*_OF_A_LIST, *text_columns, TEXT_COLUMN)]
    if names and not places:
        raise _unread(names, text_columns)
    cells = [[row[place] if place < len(row) else None for place in places] for row in rows]
    return pd.DataFrame(cells, columns=[names[place] for place in places], dtype=object)


def _of_records(records: list[dict[str, Any]], text_columns: Sequence[str]) -> pd.DataFrame:
    """A table given by its rows, with the columns that a model gets: one of all could be far larger than the body."""
    names = dict.fromkeys(name for record in records for name in record)
    read = [name for name in names if name in (*text_columns, TEXT_COLUMN)]
    if not read:
        raise _unread(list(names), text_columns)
    return pd.DataFrame(records, columns=read, dtype=object)


def _unread(names: Sequence[str | int], text_columns: Sequence[str]) -> Refusal:
    """The refusal of a table without any column of the registered model's signature."""
    found = say("frame_with_columns", columns=listed([str(name) for name in names]))
    accepted = accepted_inputs(text_columns)
    return Refusal(400, "input_refused", problem(InputError, "input_form", found=found, accepted=accepted))


def _threshold(params: Any) -> float | None:
    if not isinstance(params, dict | None):
        raise refused(400, "params_form", "params")
    threshold = (params or {}).get("threshold")
    if threshold is None:
        return None
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise refused(400, "threshold_unfit", "params.threshold")
    return float(threshold)
