"""The registered model as MLflow's model-from-code: this file is stored with every version.

MLflow runs it when a version is loaded, with the model directory as an artifact; no pickle is involved.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from storyflower.errors import AnswerError, InputError
from storyflower.model.devices import device_in_force
from storyflower.model.integrity import require_recorded
from storyflower.serving.predictor import load_predictor


class EmotionModel(PythonModel):
    """Predicts `label`, `confidence` and the probability of every label for texts."""

    def load_context(self, context: PythonModelContext) -> None:
        """Verify the model directory and load it, once, when the version is loaded.

        Raises:
            EncoderError: files are missing, or are not those that were registered.
            StoryFlowerError: `STORYFLOWER_DEVICE` is no device, or is `cuda` and PyTorch finds no GPU.
        """
        directory = Path(context.artifacts["model"])
        require_recorded(directory)
        self._predictor = load_predictor(directory, device_in_force())

    # MLflow converts lists and JSON to frames by the signature. It supports no type hint for frames as output.
    def predict(self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201, ARG002
        """Return one row per text, as `Predictor.predict` does, with the index of the frame.

        With `params={"threshold": 0.6}`, the label is `불확실` if the confidence is lower.

        Raises:
            MlflowException: for an `InputError`, which MLflow's scoring server reports with status 400 and its
                message, and for an `AnswerError`, with status 500.
        """
        try:
            return self._predictor.predict(model_input, (params or {}).get("threshold"))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        except AnswerError as error:
            raise MlflowException(str(error)) from error


set_model(EmotionModel())
