"""What a version says of itself to MLflow: the columns it reads and answers, and an example."""

from collections.abc import Sequence

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

from storyflower.serving.inputs import TEXT_COLUMN
from storyflower.serving.predictor import BEST_GUESS

EXAMPLE = ["오늘 친구가 생일을 챙겨 줘서 정말 고마웠어.", "내일 면접인데 잠이 안 와."]
"""Two sentences that every model is asked, to see that it answers."""

_OF_A_LIST = 0
"""What MLflow calls the only column of the frame that it makes of a list of texts."""
_OF_NESTED_LISTS = 1
"""Its next column, where the lists were nested: named so that it reaches the model, which refuses it."""


def interface(labels: Sequence[str], text_columns: Sequence[str]) -> ModelSignature:
    """The signature: every form of input that a model takes, the columns of its answers, and the threshold.

    MLflow drops the columns that a signature does not name, and turns a list of texts into a frame with a column 0.
    So all columns are named and optional, and of any type: MLflow would otherwise turn numbers into texts. The model
    itself looks at what it is given (`texts_of`).
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
    """An input in the form of a frame: the `EXAMPLE` sentences as first utterances, or as whole texts."""
    columns = list(text_columns) or [TEXT_COLUMN]
    rows = [[text, *[None] * (len(columns) - 1)] for text in EXAMPLE]
    if len(columns) > 1:
        rows[0][1] = "덕분에 하루 종일 웃었어."
    return pd.DataFrame(rows, columns=columns, dtype="str")
