"""The scheduled retraining: it trains only if something has changed, and promotes only through the gate.

If workbooks, recipe, encoder and code are those of the champion, the flow ends at once, without an MLflow run; else it
trains a challenger with the `train` flow, which compares it with the champion.
"""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.reconcile import ENDINGS, reconcile
from flows.train import train
from storyflower.data.fetched_file import fetched_once
from storyflower.pipeline.results import Retraining
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import preflight
from storyflower.recipe import RECIPE_PARAMETER, TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home
from tasks.retraining import look_for_change, prune_home, report_drift


@flow(
    name="retrain",
    flow_run_name="retrain-{recipe.name}",
    description="A challenger against the champion, when workbooks, recipe, encoder or code have changed.",
    **ENDINGS,
)
def retrain(source: CorpusSource, recipe: TrainingRecipe = RECIPE_PARAMETER) -> State[Retraining]:
    """A challenger against the champion, when workbooks, recipe, encoder or code have changed.

    If workbooks are missing, the run ends as Failed, and its message names them.

    Args:
        source: Where the workbooks lie: folders, globs or URIs, looked at anew each time.
        recipe: A preset, and what is changed of it; a field left empty has the preset's value.
    """
    source.require_files()
    machine = settings()
    home, recipe = Home.of(machine), recipe.on_machine(machine)
    keep = {"keep_days": machine.keep_days, "keep_rejected": machine.keep_rejected}
    with fetched_once():
        preflight(home, source, recipe, machine.device)
        change = look_for_change(home, source, recipe)
        version = train(source, recipe) if change.found else None
    if version is None:
        reconcile(home)  # as `train` does: a run that was left open would keep the pruning from refused versions
        return _ended(Retraining(state="skipped", reason=change.reason, pruned=prune_home(home, **keep).summary))
    drift = report_drift(home, version, change.champion) if change.champion else None
    pruned = prune_home(home, **keep).summary
    return _ended(Retraining(state="trained", reason=change.reason, version=version, drift=drift, pruned=pruned))


def _ended(outcome: Retraining) -> State[Retraining]:
    """Return the state Completed, with the summary as the message that Prefect's pages show."""
    return Completed(message=outcome.summary, data=outcome)
