"""What the stages hand to each other: references with digests and counts, one type for each kind of content."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from storyflower.digests import digest_of
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

    @property
    def digest(self) -> str:
        """Digest of texts, labels and splits: the same when only the rows' places in the workbook differ."""
        return str(self.facts["content_digest"])


class EncoderRef(BaseModel):
    """A BERT directory with `spiece.model`: the user's own, downloaded, or made from the corpus."""

    model_config = ConfigDict(frozen=True)

    directory: Path
    name: str
    revision: str
    """The hub's commit, or `local`."""
    digest: str
    """Of configuration, weights and vocabulary."""

    @property
    def spiece(self) -> Path:
        """The SentencePiece vocabulary."""
        return self.directory / "spiece.model"


class TokensRef(StageRef):
    """Token ids of every example of the corpus, in its order."""


class QualityRef(StageRef):
    """The data-quality report."""


class ModelRef(StageRef):
    """A fine-tuned Hugging Face directory, `model/`, and its training history."""

    @property
    def digest(self) -> str:
        """Digest of the model alone: the history holds timings."""
        return digest_of({name: sha256 for name, sha256 in self.files.items() if name.startswith("model/")})


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

    def with_stages(self, stages: dict[str, StageReport]) -> "RegisteredVersion":
        """A copy that tells how each stage ended."""
        return self.model_copy(update={"stages": dict(stages)})
