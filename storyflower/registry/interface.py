"""The MLflow signature of a version, with its input and output columns, and the input example."""

from collections.abc import Sequence

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

from storyflower.serving.inputs import TEXT_COLUMN
from storyflower.serving.predictor import BEST_GUESS

EXAMPLE = ["오늘 친구가 생일을 챙겨 줘서 정말 고마웠어.", "내일 면접인데 잠이 안 와."]
"""Two sentences that every model must be able to predict."""

_OF_A_LIST = 0
"""The name that MLflow gives to the only column of the frame that it makes from a list of texts."""
_OF_NESTED_LISTS = 1
"""The name of the next column, for nested lists: it is in the signature so that it reaches the model, which refuses it.
"""


def interface(labels: Sequence[str], text_columns: Sequence[str]) -> ModelSignature:
    """Return the signature: every form of input that a model accepts, the columns of its output, and the threshold.

    MLflow drops columns that a signature does not contain, and turns a list of texts into a frame with a column 0.
    Therefore all columns are in the signature, as optional columns of any type, because MLflow would otherwise convert
    numbers to texts. The model itself validates its input (`texts_of`).
    """
    names = [_OF_A_LIST, *dict.fromkeys((*text_columns, TEXT_COLUMN)), _OF_NESTED_LISTS]
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(AnyType(), name, required=False)  # type: ignore[arg-type, no-untyped-call]  # MLflow calls it so
        for name in names
    ]
    answers: list[ColSpec | TensorSpec] = [
        ColSpec("string", "label"),
        ColSpec("double", "confidence"),
        *(ColSpec("double", name) for name in labels),
        ColSpec("string", BEST_GUESS, required=False),
    ]
    params = ParamSchema([ParamSpec("threshold", "double", default=None)])
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(answers), params=params)


def example_frame(text_columns: Sequence[str]) -> pd.DataFrame:
    """Return the input example, a frame with the `EXAMPLE` sentences as first utterances or as whole texts."""
    columns = list(text_columns) or [TEXT_COLUMN]
    rows = [[text, *[None] * (len(columns) - 1)] for text in EXAMPLE]
    if len(columns) > 1:
        rows[0][1] = "덕분에 하루 종일 웃었어."
    return pd.DataFrame(rows, columns=columns, dtype="str")
