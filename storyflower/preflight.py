"""The checks before a training is started: workbooks, encoder, device, disk.

PyTorch is imported only when the workbooks have been read: a path that is mistyped is refused within two seconds.
"""

import logging
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from storyflower.data.fetched_file import once_in_run
from storyflower.data.workbook import read_workbook
from storyflower.disk_errors import require_writable
from storyflower.errors import StorageError, StoryFlowerError, TrackingError
from storyflower.messages import problem
from storyflower.pipeline.manifests import ModelRef
from storyflower.pipeline.model_facts import FINETUNE_STAGE
from storyflower.pipeline.source import ROLES, CorpusSource, Role
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH, EncoderRecipe, TextRecipe
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.store_probe import why_silent
from storyflower.tracking.address import require_address

if TYPE_CHECKING:  # with it comes PyTorch
    from storyflower.model.devices import Device, Hardware

log = logging.getLogger(__name__)


_GIB = 2**30
_COPIES = 12
"""Copies of the fp32 weights while a checkpoint is written beside two others: in each the weights, both of AdamW's
moments, and the best epoch's weights."""
_ASSUMED_WEIGHTS = 370 * 2**20
"""Bytes of KoBERT's weights in fp32: for an encoder that is still to be downloaded."""


@dataclass(frozen=True)
class FoundWorkbook:
    """A workbook that can be read."""

    role: Role
    location: str
    rows: int | None
    """Rows of data, the bad ones among them; None where it could not be fetched for the moment."""


@dataclass(frozen=True)
class Preflight:
    """The results of the checks. `needed_gib` is an estimate; `examples` and `steps` are upper bounds, since bad rows
    and repeated texts are still among the rows.
    """

    workbooks: tuple[FoundWorkbook, ...]
    encoder: str
    hardware: "Hardware"
    precision: str
    free_gib: float
    needed_gib: float
    examples: int
    """Training examples of an epoch."""
    steps: int
    """Steps of all epochs."""

    def to_json(self) -> dict[str, Any]:
        """Return the results as JSON-able values, with the hardware as the text that is recorded of it."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "hardware"}
        books = [asdict(book) for book in self.workbooks]
        return values | {"workbooks": books, "device": self.hardware.recorded}


def preflight(home: Home, source: CorpusSource, recipe: TrainingRecipe, device: "Device") -> Preflight:
    """Look at everything that a training needs; nothing is written but an empty home folder.

    The recipe names its encoder (`TrainingRecipe.on_machine`).

    What could not be reached for the moment (`StoryFlowerError.retryable`) is left to the stage, which tries again. The
    result is kept within `fetched_once`: the command checks before it starts a server, and so does its flow.

    Raises:
        RecipeError: the validation rows come from nowhere, or from two places, or the texts do not fit the encoder, or
            several machines have no address to meet at.
        WorkbookError: a workbook is not found or cannot be read, or lacks a column.
        EncoderError: the encoder is not found, or is no encoder with weights and a vocabulary of its own.
        TrackingError: the tracking URI is none that can be used, the MLflow server does not answer at all, or the
            database that is the MLflow store cannot be used.
        StorageError: the home cannot be written, or its disk has too little room.
        StoryFlowerError: device, number of devices or precision are not to be had, or this machine does not have the
            address at which several are to meet.
    """
    key = ("preflight", home, source, recipe, device)
    return once_in_run(key, lambda: _preflight(home, source, recipe, device))


def _preflight(home: Home, source: CorpusSource, recipe: TrainingRecipe, device: "Device") -> Preflight:
    source.require_validation(recipe.corpus)
    source.require_adaptation(recipe.encoder)
    require_writable(home.folder)
    require_address(home)
    silent = why_silent(home.mlflow_uri)
    if silent is not None:
        raise problem(TrackingError, "mlflow_silent", home.mlflow_place, reason=silent)
    if home.uses_postgres:
        from storyflower.tracking.database import require_database

        require_database(home)
    workbooks = tuple(_found(source, recipe, home.downloads))
    _look_at_unlabelled(source, recipe, home.downloads)
    place, weights = _encoder(recipe.encoder, recipe.text)
    hardware, precision = _device(recipe, device)
    free = shutil.disk_usage(home.folder).free
    needed = _COPIES * weights
    if free < needed:
        raise problem(StorageError, "disk_small", str(home.folder), free=free / _GIB, needed=needed / _GIB)
    rows = sum(book.rows or 0 for book in workbooks if book.role == "training")
    examples = round(rows * (1 - (recipe.corpus.validation_share or 0)) * (1 - recipe.corpus.dev_share))
    steps = recipe.training.epochs_for(examples) * math.ceil(examples / recipe.training.batch_size)
    return Preflight(workbooks, place, hardware, precision, free / _GIB, needed / _GIB, examples, steps)


def require_trainable(home: Home, source: CorpusSource, recipe: TrainingRecipe, folds: int | None = None) -> None:
    """Judge the workbooks as the stages `ingest` and `normalize` do, for a run that ends before them; nothing is kept.

    They lie in the folder for temporary files meanwhile, as in the store: only one at a time is in memory.

    Raises:
        WorkbookError: a workbook cannot be read.
        DataContractError: the training would be refused: too many rows are bad, or too few texts are left, also for
            so many folds of a cross-validation.
    """
    from storyflower.data.checked_files import load_all_checked, save_all_checked
    from storyflower.data.folds import require_texts_in_folds
    from storyflower.data.planned_corpus import planned_corpus
    from storyflower.data.schema import require_acceptable, validate

    with _left_to_the_stage(), TemporaryDirectory() as folder:
        for role in ROLES:
            books = (read_workbook(location, recipe.data, home.downloads) for location in source.workbooks(role))
            save_all_checked((validate(book, recipe.data) for book in books), Path(folder, role))
        training, validation = (load_all_checked(Path(folder, role)) for role in ROLES)
        for checked in (*training, *validation):
            require_acceptable(checked, recipe.data)
        corpus = planned_corpus(training, validation, recipe.data, recipe.corpus)
        if folds is not None:
            require_texts_in_folds(corpus, folds)


def _found(source: CorpusSource, recipe: TrainingRecipe, downloads: Path) -> Iterator[FoundWorkbook]:
    """Every location first, so that a missing workbook is not waited for; then header and rows of each."""
    locations: list[tuple[Role, str]] = []
    for role in ROLES:
        with _left_to_the_stage():
            locations += [(role, location) for location in source.workbooks(role)]
    for role, location in locations:
        rows = None
        with _left_to_the_stage():
            rows = len(read_workbook(location, recipe.data, downloads).frame)
        yield FoundWorkbook(role, location, rows)


def _look_at_unlabelled(source: CorpusSource, recipe: TrainingRecipe, downloads: Path) -> None:
    """Read each file without labels as far as its first text."""
    for location in source.unlabelled_files:
        from storyflower.pipeline.unlabelled import texts_of

        with _left_to_the_stage():
            next(texts_of(location, recipe.data, downloads), None)


def _encoder(recipe: EncoderRecipe, text: TextRecipe) -> tuple[str, int]:
    """The place of the encoder, or the source of its download, and the size of its weights in fp32, in bytes."""
    from storyflower.model.architecture import parameters
    from storyflower.model.encoder import locate_encoder, require_fit, require_positions, scratch_architecture
    from storyflower.model.known_encoders import KNOWN_ENCODERS
    from storyflower.model.weights import fp32_bytes

    if recipe.encoder == SCRATCH:
        return SCRATCH, 4 * parameters(scratch_architecture(recipe, recipe.scratch_vocab_size))
    known = KNOWN_ENCODERS.get(recipe.encoder)
    if known is not None:  # it may not have been downloaded yet
        require_positions(known.positions, text, recipe.encoder)
    place = recipe.encoder
    with _left_to_the_stage():
        place = locate_encoder(recipe)
    if Path(place).is_dir():
        require_fit(Path(place), text, recipe.encoder)
        return place, fp32_bytes(Path(place))
    return place, _ASSUMED_WEIGHTS if known is None else 4 * known.parameters


def _device(recipe: TrainingRecipe, device: "Device") -> tuple["Hardware", str]:
    from storyflower.model.devices import choose_precision, find_hardware, require_devices
    from storyflower.training.rendezvous import rendezvous_of

    hardware = find_hardware(device)
    require_devices(hardware, recipe.training.devices)
    meeting = rendezvous_of(recipe.training)
    with _left_to_the_stage():
        meeting.require_address()
    return hardware, choose_precision(hardware, recipe.training.precision)


def expected_seconds(home: Home, found: Preflight, recipe: TrainingRecipe, folds: int | None = None) -> float | None:
    """The duration of the training steps of all epochs at the pace of a kept training of the same encoder on the same
    device; None where there is none.

    With so many folds of a cross-validation as well: each of them is left out of one training, so that they train on
    `folds` - 1 times the examples, beside the training that is registered.
    """

    def fits(kept: ModelRef) -> bool:
        return (kept.facts.encoder, kept.facts.device) == (recipe.encoder.encoder, found.hardware.recorded)

    kept = StageStore(home).find(ModelRef, FINETUNE_STAGE, fits)
    pace = kept.facts.examples_per_second if kept else None
    return None if pace is None else (folds or 1) * recipe.training.epochs_for(found.examples) * found.examples / pace


@contextmanager
def _left_to_the_stage() -> Iterator[None]:
    """Let a problem pass that may be gone in a moment: the stage meets it again, and has retries."""
    try:
        yield
    except StoryFlowerError as error:
        if not error.retryable:
            raise
        log.warning("%s", error)
