"""The protocol of MLflow's scoring server: the forms in which it takes texts, and its shape of answers.

It is JSON alone. MLflow's server refuses CSV for a registered model of ours, whose columns are of any type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from storyflower.app.answers import Answered, answers_of
from storyflower.app.bodies import cleaned, json_of
from storyflower.app.limits import Limits
from storyflower.app.replies import Refusal, refused
from storyflower.cleaning import clean
from storyflower.errors import InputError
from storyflower.serving.inputs import TEXT_COLUMN, texts_of

FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")


_SHOWN_COLUMNS = 20


class _Split(BaseModel):
    """A table as pandas' `to_dict("split")` gives it; its index does not matter."""

    columns: list[str | int] | None = None
    data: list[list[Any]]


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
        return _of_split(given), threshold
    if isinstance(given, list) and given and all(isinstance(record, dict) for record in given):
        return _of_records(given, text_columns), threshold
    if form == "dataframe_records":
        raise refused(400, "records_form", form)
    return given, threshold


def _of_split(value: Any) -> pd.DataFrame:
    """A table given by its columns and rows, all of one length: a frame of others could be far larger than the body."""
    try:
        split = _Split.model_validate(value)
    except ValidationError:
        raise refused(400, "split_form", "dataframe_split") from None
    lengths = {len(row) for row in split.data}
    if len(lengths) > 1 or (split.columns is not None and lengths - {len(split.columns)}):
        raise refused(400, "split_form", "dataframe_split")
    return pd.DataFrame(split.data, columns=split.columns, dtype=object)


def _of_records(records: list[dict[str, Any]], text_columns: Sequence[str]) -> pd.DataFrame:
    """A table given by its rows, of which the columns that the model reads matter.

    Of rows without any, the first columns of the first one are taken, to be read or named in the refusal. A frame of
    all columns could be far larger than the body.
    """
    names = dict.fromkeys(name for record in records for name in record)
    read = [name for name in names if clean(name) in (*text_columns, TEXT_COLUMN)]
    return pd.DataFrame(records, columns=read or list(records[0])[:_SHOWN_COLUMNS], dtype=object)


def _threshold(params: Any) -> float | None:
    if not isinstance(params, dict | None):
        raise refused(400, "params_form", "params")
    threshold = (params or {}).get("threshold")
    if threshold is None:
        return None
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise refused(400, "threshold_unfit", "params.threshold")
    return float(threshold)
