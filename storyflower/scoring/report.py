"""The report of a scoring: what was scored, with which model, and what came out of it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from storyflower.messages import say


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class LabelCount(_Part):
    """The answers with one label."""

    label: str
    rows: int
    share: float
    """Of all scored rows (0 to 1)."""
    mean_confidence: float | None
    """0 to 1; None where no row has the label."""


class PartScored(_Part):
    """A sheet, or the table of a file without sheets."""

    sheet: str
    text_columns: tuple[str, ...]
    added_columns: tuple[str, ...]
    rows: int
    """That are not blank."""
    scored: int


class PartLeft(_Part):
    """A sheet that stayed as it was."""

    sheet: str
    reason: str
    """Code of `say`."""


class RowNotScored(_Part):
    """A row without an answer."""

    sheet: str
    row: int
    reason: str
    """Code of `say`; one of `NOT_SCORED`."""


class LabelFigures(_Part):
    """The figures of one label against the true labels (0 to 1)."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class EvaluationFigures(_Part):
    """The answers against the true labels beside the texts."""

    rows: int
    """With a text and a label that the model knows."""
    unlabelled: int
    """Scored rows without such a label."""
    accuracy: float
    accuracy_interval: tuple[float, float]
    """95 %, by bootstrap."""
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    per_label: tuple[LabelFigures, ...]


class ScoreReport(_Part):
    """The whole report; `--json` prints it."""

    source: str
    out: str
    model: str
    version: str
    model_digest: str
    model_created: datetime | None
    demo: bool
    scored_at: datetime
    threshold: float | None
    rows: int
    scored: int
    unsure: int | None
    """Scored rows below the threshold; None without one."""
    mean_confidence: float | None
    labels: tuple[LabelCount, ...]
    parts: tuple[PartScored, ...]
    left: tuple[PartLeft, ...]
    not_scored: dict[str, int]
    """Number of rows by reason."""
    not_scored_rows: tuple[RowNotScored, ...]
    """The first `MOST_LISTED` of them."""
    evaluation: EvaluationFigures | None
    shards: int
    computed_shards: int
    """The others had been computed before."""
    up_to_date: bool = False
    """Whether the output was there already, and nothing was done."""

    @property
    def summary(self) -> str:
        """One line for people."""
        if self.up_to_date:
            return say("score.up_to_date", out=self.out)
        named = {"name": self.model, "version": self.version}
        return say("score.written", None, out=self.out, rows=self.rows, scored=self.scored, **named)
