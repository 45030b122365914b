"""The MLflow run of a flow run."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.runtime import flow_run

from storyflower.manifests import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.registry.tracking import TrackedRun, tracked_run
from storyflower.settings import settings


@contextmanager
def tracked(source: CorpusSource, recipe: TrainingRecipe) -> Iterator[tuple[TrackedRun, TrainingRecipe]]:
    """Open the MLflow run of this flow run, log the recipe as it applies on this machine, and hand both out."""
    applied = recipe.on_machine(settings())
    tags = {
        "flow_run_id": str(flow_run.id),
        "flow_run_name": str(flow_run.name),
        "recipe_digest": applied.digest,
        "training_workbook": source.training,
        "validation_workbook": source.validation,
    }
    with tracked_run(str(flow_run.name), tags) as run:
        run.log_params(applied.flat())
        yield run, applied
