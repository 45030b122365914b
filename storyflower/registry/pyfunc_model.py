"""The registered model, written as MLflow's models-from-code: this file travels with every version.

It is run by MLflow when a version is loaded, with the model directory as an artifact; no pickle is involved.
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
    """Answers texts with `label`, `confidence` and the probability of every label."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model directory once, when the version is loaded, after a look at its files.

        Raises:
            EncoderError: files are missing, or are not those that were registered.
            StoryFlowerError: `STORYFLOWER_DEVICE` names no device, or `cuda`, and PyTorch finds no GPU.
        """
        directory = Path(context.artifacts["model"])
        require_recorded(directory)
        self._predictor = load_predictor(directory, device_in_force())

    # Lists and JSON come as frames too, made by MLflow from the signature. It has no hint for frames as output.
    def predict(self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201, ARG002
        """One row a text: see `Predictor.predict`; `params={"threshold": 0.6}` asks for `불확실` below that.

        Raises:
            MlflowException: of an `InputError`; MLflow's scoring server answers it with status 400 and its words. Of
                an `AnswerError`, with status 500.
        """
        try:
            return self._predictor.predict(model_input, (params or {}).get("threshold"))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        except AnswerError as error:
            raise MlflowException(str(error)) from error


set_model(EmotionModel())
