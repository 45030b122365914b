"""What the stages hand to each other: references with digests and counts, one type for each kind of content."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storyflower.data.locations import expand_locations, is_path, require_file, require_no_secret
from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.model.integrity import model_digest_of
from storyflower.recipe_parts import CorpusRecipe
from storyflower.stages import StageRef

_NOTHING_TO_HIDE = r"^(?!.*://[^/?#@]*:[^@]*@)(?!.*https?://[^/?#]*@)(?!.*://[^?]*\?)(?!.*https?://[^#]*#)"
"""What Prefect's API and form hold a location against before they store it; `require_no_secret` parses it."""
Location = Annotated[
    str, Field(min_length=1, json_schema_extra={"pattern": _NOTHING_TO_HIDE}), AfterValidator(require_no_secret)
]
Locations = Location | Annotated[tuple[Location, ...], Field(min_length=1)]
"""One location or several: workbooks, folders, globs such as `data/*_Training.xlsx`, URIs."""
Role = Literal["training", "validation"]
"""What workbooks are for."""
ROLES: tuple[Role, ...] = get_args(Role)


def _without_default(schema: dict[str, Any]) -> None:
    """Prefect's form then offers a text field that may stay empty, in the place of a chosen `None`."""
    schema.pop("default", None)


class CorpusSource(BaseModel):
    """The workbooks of a training run: paths, folders, globs, or URIs such as `s3://bucket/open_Training.xlsx`.

    Prefect stores them, so an address with a secret in it is refused (WorkbookError); `${NAME}` stands for one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    training: Locations = Field(
        description="Training workbooks (.xlsx): one location or a list; a row that stands in several counts once."
    )
    validation: Locations | None = Field(
        default=None,
        description="Validation workbooks (.xlsx), likewise; touched once, at the end. Without them, the recipe's "
        "`corpus.validation_share` of the training texts is held out instead.",
        json_schema_extra=_without_default,
    )

    def workbooks(self, role: Role) -> list[str]:
        """One location a workbook of this role; none for validation where it is held out of training.

        Raises:
            WorkbookError: a folder or glob holds no workbook, or the storage of an address cannot be reached.
        """
        return expand_locations(getattr(self, role) or ())

    def require_files(self, folder: Path | None = None) -> None:
        """Look whether there are workbooks at every location; files at addresses are not asked for.

        Args:
            folder: Where relative paths begin; the working folder when None.

        Raises:
            WorkbookError: a folder or glob holds no workbook, a file is missing, or a storage cannot be reached.
        """
        for role in ROLES:
            given = getattr(self, role) or ()
            within = [_within(folder, location) for location in ([given] if isinstance(given, str) else given)]
            for location in expand_locations(within):
                if is_path(location):
                    require_file(location)

    def require_validation(self, corpus: CorpusRecipe) -> None:
        """Raise RecipeError unless validation rows come from one place: workbooks, or a share of the training texts."""
        if self.validation is None and corpus.validation_share is None:
            raise problem(RecipeError, "validation_missing", "validation")
        if self.validation is not None and corpus.validation_share is not None:
            raise problem(RecipeError, "validation_twice", "validation", share=corpus.validation_share)


def _within(folder: Path | None, location: str) -> str:
    """A path seen from `folder`; an address, or a path that begins with `~`, stays as it is."""
    if folder is None or not is_path(location) or location.startswith("~"):
        return location
    return str(folder / location)


class WorkbooksRef(StageRef):
    """Usable rows of every workbook, and the rows set aside."""


class CorpusRef(StageRef):
    """Texts, labels, splits and provenance."""

    @property
    def digest(self) -> str:
        """Digest of texts, labels and splits: the same when only the rows' places in the workbook differ."""
        return str(self.facts["content_digest"])


class EncoderRef(BaseModel):
    """A BERT directory with its vocabulary: the user's own, downloaded, or made from the corpus."""

    model_config = ConfigDict(frozen=True)

    directory: Path
    name: str
    revision: str
    """The hub's commit, or `local`."""
    digest: str
    """Of configuration, weights and vocabulary."""


class TokensRef(StageRef):
    """Token ids of every example of the corpus, in its order."""


class QualityRef(StageRef):
    """The data-quality report."""


class ModelRef(StageRef):
    """A fine-tuned Hugging Face directory, `model/`, and its training history."""

    @property
    def digest(self) -> str:
        """Digest of the model alone: the history holds timings."""
        return model_digest_of(self.model_files)

    @property
    def model_files(self) -> dict[str, str]:
        """The SHA-256 of the files of the model directory, by their names in it."""
        prefix = "model/"
        return {name.removeprefix(prefix): sha for name, sha in self.files.items() if name.startswith(prefix)}


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
    awaits_approval: bool = False
    """It has passed every check, and the policy asks for a person's word, which nobody has given."""
    reason: str
    test: Score
    baseline: Score
    stages: dict[str, StageReport] = {}

    @property
    def told(self) -> str:
        """One line: which version, whether it is champion now, and why."""
        return say("version_told", version=self.model_version, outcome=say(self.outcome), reason=self.reason)

    @property
    def outcome(self) -> Literal["promoted", "awaiting", "not_promoted"]:
        """Whether it is champion now."""
        return "promoted" if self.promoted else "awaiting" if self.awaits_approval else "not_promoted"

    def with_stages(self, stages: dict[str, StageReport]) -> "RegisteredVersion":
        """A copy that tells how each stage ended."""
        return self.model_copy(update={"stages": dict(stages)})


class Retraining(BaseModel):
    """What a scheduled retraining found, and what it did."""

    state: Literal["skipped", "trained"]
    reason: str
    """What has changed since the champion was trained, or that nothing has."""
    version: RegisteredVersion | None = None
    """The challenger, judged; None when nothing was trained."""
    drift: str | None = None
    """One line: how the new training text differs from the champion's; None where there is nothing to compare."""
    pruned: str
    """One line: what was removed because it is old and nobody needs it."""

    @property
    def summary(self) -> str:
        """One line for the page of the run."""
        return f"{self.reason}; {self.version.told}" if self.version else self.reason
