"""What flows and commands are given beside the recipe: where the workbooks lie, and the number of folds."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.recipe_data import CorpusRecipe
from storyflower.recipe_parts import EncoderRecipe
from storyflower.storage.locations import expand_locations, is_path, require_file
from storyflower.storage.storable_location import Location

Locations = Location | Annotated[tuple[Location, ...], Field(min_length=1)]
"""One location or several: workbooks, folders, globs such as `data/*_Training.xlsx`, URIs."""
Role = Literal["training", "validation"]
"""What workbooks are for."""
ROLES: tuple[Role, ...] = get_args(Role)
FEWEST_FOLDS, MOST_FOLDS = 2, 20
"""Bounds of the folds of a cross-validation."""


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

    unlabelled: Locations | None = Field(
        default=None,
        description="Files of further texts without labels, on which the encoder is adapted beside the training texts "
        "(`encoder.adapt_epochs`): .txt with a text a line, or .csv, .xlsx or .parquet with a column of texts.",
        json_schema_extra=_without_default,
    )

    @property
    def unlabelled_files(self) -> tuple[str, ...]:
        """The locations of the files without labels."""
        return (self.unlabelled,) if isinstance(self.unlabelled, str) else self.unlabelled or ()

    @property
    def labelled(self) -> "CorpusSource":
        """The workbooks alone, for a recipe that does not adapt the encoder."""
        return self.model_copy(update={"unlabelled": None})

    def workbooks(self, role: Role) -> list[str]:
        """One location a workbook of this role; none for validation where it is held out of training.

        Raises:
            WorkbookError: a folder or glob holds no workbook, or the storage of an address cannot be reached.
        """
        return expand_locations(getattr(self, role) or ())

    def require_files(self, folder: Path | None = None) -> None:
        """Check that there are workbooks at every location; addresses of single files are not requested.

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
        for location in self.unlabelled_files:
            if is_path(location):
                require_file(_within(folder, location))

    def require_adaptation(self, encoder: EncoderRecipe) -> None:
        """Raise RecipeError if there are files without labels, and the encoder is not adapted."""
        if self.unlabelled is not None and not encoder.adapt_epochs:
            raise problem(RecipeError, "unlabelled_without_adaptation", "unlabelled")

    def require_validation(self, corpus: CorpusRecipe) -> None:
        """Raise RecipeError unless validation rows come from one place: workbooks, or a share of the training texts."""
        if self.validation is None and corpus.validation_share is None:
            raise problem(RecipeError, "validation_missing", "validation")
        if self.validation is not None:
            require_one_validation(corpus)


def require_one_validation(corpus: CorpusRecipe) -> None:
    """Raise RecipeError if a share of the training texts is to be held out although there are validation workbooks."""
    if corpus.validation_share is not None:
        raise problem(RecipeError, "validation_twice", "validation", share=corpus.validation_share)


def require_folds(folds: int) -> None:
    """Raise RecipeError unless `folds` is within its bounds."""
    if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
        raise problem(RecipeError, "folds_out_of_bounds", "--folds", folds=folds, low=FEWEST_FOLDS, high=MOST_FOLDS)


def _within(folder: Path | None, location: str) -> str:
    """A path seen from `folder`; an address, or a path that begins with `~`, stays as it is."""
    if folder is None or not is_path(location) or location.startswith("~"):
        return location
    return str(folder / location)
