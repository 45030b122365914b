"""The MLflow run of a flow run."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.runtime import flow_run

from storyflower.manifests import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.registry.tracking import TrackedRun, tracked_run


@contextmanager
def tracked(source: CorpusSource, recipe: TrainingRecipe) -> Iterator[TrackedRun]:
    """Open the MLflow run of this flow run, with the recipe as its params; it is closed with the flow's outcome."""
    tags = {
        "flow_run_id": str(flow_run.id),
        "flow_run_name": str(flow_run.name),
        "recipe_digest": recipe.digest,
        "training_workbook": source.training,
        "validation_workbook": source.validation,
    }
    with tracked_run(str(flow_run.name), tags) as run:
        run.log_params(recipe.flat())
        yield run
