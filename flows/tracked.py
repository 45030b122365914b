"""The MLflow run of a flow run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath

from prefect.runtime import flow_run

from flows.reconcile import reconcile
from storyflower.model.devices import Device
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import preflight
from storyflower.promotion.lineage import code_digest
from storyflower.quoting import shown
from storyflower.recipe import TrainingRecipe
from storyflower.storage.home import Home
from storyflower.tracking.runs import FLOW_RUN_TAG, TrackedRun, tracked_run


@contextmanager
def tracked(home: Home, source: CorpusSource, recipe: TrainingRecipe, device: Device) -> Iterator[TrackedRun]:
    """Open the MLflow run of this flow run, with the recipe as its params; it is closed with the flow's outcome.

    First `preflight` checks what the training needs, and runs that dead processes have left open are closed.

    Raises:
        StoryFlowerError: something that the training needs is missing; no run is opened.
    """
    preflight(home, source, recipe, device)
    reconcile(home)
    tags = {
        FLOW_RUN_TAG: str(flow_run.id),
        "flow_run_name": str(flow_run.name),
        "recipe_digest": recipe.digest,
        "code_digest": code_digest(),
        "training_workbook": _named(source.training),
        "validation_workbook": _named(source.validation or ()),
    }
    workbook = PurePosixPath(_named(source.training).partition(",")[0]).name
    name = f"{workbook} {datetime.now().astimezone():%Y-%m-%d %H:%M} ({flow_run.name})"
    with tracked_run(home, name, tags) as run:
        run.log_params(recipe.flat())
        yield run


def _named(locations: str | Sequence[str]) -> str:
    """The locations as given, without secrets."""
    return ", ".join(map(shown, [locations] if isinstance(locations, str) else locations))
