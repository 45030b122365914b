"""A scoring as it is asked for by the command line and by the form of the deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from storyflower.model.devices import Device
from storyflower.redaction import without_secrets
from storyflower.scoring.engines import LocalEngine
from storyflower.scoring.job import Progress
from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.ray_engine import RayEngine, ray_cluster
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.run import score
from storyflower.scoring.shards import Engine
from storyflower.storage.home import Home
from storyflower.storage.storable_location import Location


class ScoreRequest(BaseModel):
    """Which file is scored, with which model, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    file: Location = Field(
        title="File",
        description="Workbook (.xlsx), CSV or Parquet file: a path, an s3://, gs:// or https:// address, or ${NAME}.",
    )
    out: str = Field(
        "",
        title="Result",
        description="File to write (.xlsx, .csv, .parquet); empty: NAME.scored.SUFFIX beside the source.",
    )
    model: str = Field(
        "@champion", title="Model", description="@champion, a version's number, NAME@champion or NAME/VERSION."
    )
    columns: tuple[str, ...] = Field(
        (), title="Text columns", description="Joined with a blank; empty: those that the model was trained on."
    )
    threshold: float | None = Field(
        None, ge=0, le=1, title="Threshold", description="Confidence (0 to 1) below which an answer counts as unsure."
    )
    all_labels: bool = Field(False, title="All labels", description="Add a column of probabilities for every label.")
    evaluate: bool = Field(False, title="Evaluate", description="Compare with the labels beside the texts.")
    label: str = Field("", title="Label column", description="Of the true labels; empty: 감정_대분류.")
    ray: str = Field(
        "", title="Ray", description="Address of a Ray cluster, or `local`; empty: compute in this process."
    )

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return PurePosixPath(without_secrets(self.file)).name

    @property
    def options(self) -> ScoreOptions:
        """The part that the answers' columns depend on."""
        evaluate = self.evaluate or bool(self.label)
        return ScoreOptions(self.columns, self.threshold, self.all_labels, evaluate, self.label)


def scored(
    home: Home, model: ScoringModel, request: ScoreRequest, *, device: Device, progress: Progress | None = None
) -> ScoreReport:
    """Do what is asked for, in this process or on the cluster; the answers are the same, bit for bit.

    Raises:
        StoryFlowerError: see `score` and `ray_cluster`.
    """
    out = Path(request.out) if request.out else None
    with _engine(model, request, Compute.here(device)) as engine:
        return score(home, model, engine, request.file, out=out, options=request.options, progress=progress)


@contextmanager
def _engine(model: ScoringModel, request: ScoreRequest, compute: Compute) -> Iterator[Engine]:
    if not request.ray:
        yield LocalEngine(model, compute)
        return
    with ray_cluster(request.ray):
        yield RayEngine(model, compute)
