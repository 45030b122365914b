"""The protocol of MLflow's scoring server: the forms in which it takes texts, and its shape of answers.

It is JSON alone. MLflow's server refuses CSV for a registered model of ours, whose columns are of any type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from storyflower.app.answers import Answer, Answered, answers_of
from storyflower.app.bodies import cleaned, json_of
from storyflower.app.limits import Limits
from storyflower.app.replies import Refusal, refused
from storyflower.errors import InputError
from storyflower.serving.inputs import texts_of

FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")


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
    given, threshold = _parts(json_of(body))
    try:
        texts = texts_of(given, text_columns)
    except InputError as error:
        raise Refusal(400, "input_refused", error) from None
    return Invocation(cleaned(texts, "texts", limits, 400), threshold)


def rows(answered: Answered, threshold: float | None) -> list[dict[str, Any]]:
    """The answers as the registered model's frame has them, row by row."""
    return [_row(answer) for answer in answers_of(answered, threshold)]


def _row(answer: Answer) -> dict[str, Any]:
    guess = {} if answer.best_guess is None else {"best_guess": answer.best_guess}
    return {"label": answer.label, "confidence": answer.confidence, **guess, **answer.probabilities}


def _parts(value: Any) -> tuple[Any, float | None]:
    forms = [name for name in FORMS if name in value] if isinstance(value, dict) else []
    if len(forms) != 1:
        raise refused(400, "invocation_form", "", known=", ".join(FORMS))
    form, given = forms[0], value[forms[0]]
    return _given(form, given), _threshold(value.get("params"))


def _given(form: str, value: Any) -> Any:
    if form == "dataframe_split":
        return _split(value)
    if form == "dataframe_records" and not _are_records(value):
        raise refused(400, "records_form", form)
    return pd.DataFrame(value) if _are_records(value) else value


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _split(value: Any) -> pd.DataFrame:
    parts = value if isinstance(value, dict) else {}
    try:
        return pd.DataFrame(parts["data"], columns=parts.get("columns"), dtype=object)
    except (ValueError, TypeError, KeyError):
        raise refused(400, "split_form", "dataframe_split") from None


def _threshold(params: Any) -> float | None:
    threshold = params.get("threshold") if isinstance(params, dict) else None
    if threshold is None:
        return None
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise refused(400, "threshold_unfit", "params.threshold")
    return float(threshold)
