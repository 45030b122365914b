"""What the stages hand to each other: references with digests and counts, one type for each kind of content."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from storyflower.stages import StageRef


class CorpusSource(BaseModel):
    """The two workbooks of a training run: paths, or URIs such as `s3://bucket/open_Training.xlsx`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: str = Field(description="Training workbook (.xlsx).", min_length=1)
    validation: str = Field(description="Validation workbook (.xlsx); touched once, at the end.", min_length=1)


class WorkbooksRef(StageRef):
    """Usable rows of both workbooks, and the rows set aside."""


class CorpusRef(StageRef):
    """Texts, labels, splits and provenance."""


class EncoderRef(StageRef):
    """A BERT directory with `spiece.model`, local or downloaded."""


class TokensRef(StageRef):
    """Token ids of every example of the corpus, in its order."""


class ModelRef(StageRef):
    """A fine-tuned Hugging Face directory and its training history."""


class EvaluationRef(StageRef):
    """Figures, predictions, plots and pages of a model on the validation workbook."""


class Score(BaseModel):
    """Two headline figures on the validation workbook, 0 to 1."""

    accuracy: float
    macro_f1: float


class StageReport(BaseModel):
    """How a stage ended, and how long it took."""

    state: Literal["ran", "cached"]
    seconds: float


class RegisteredVersion(BaseModel):
    """What a training run leaves behind."""

    run_id: str
    model_name: str
    model_version: str
    promoted: bool
    reason: str
    test: Score
    baseline: Score
    stages: dict[str, StageReport] = {}
