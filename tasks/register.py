"""Stage `register`: the model becomes a version, and the champion if it passes every check."""

from prefect.runtime import flow_run

from storyflower.messages import say
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef, TokensRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.promotion.approval import Approval
from storyflower.promotion.decisions import as_rows
from storyflower.promotion.registering import Registration, TrainedModel, register_model, registered_version
from storyflower.promotion.results_page import log_results_page
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.links import run_link
from storyflower.tracking.runs import TrackedRun
from tasks.publishing import publish_table
from tasks.stage import stage


@stage("register", retries=2)
def register(
    run: TrackedRun,
    corpus: CorpusRef,
    tokens: TokensRef,
    model: ModelRef,
    evaluation: EvaluationRef,
    recipe: TrainingRecipe,
    approval: Approval | None = None,
) -> Outcome[RegisteredVersion]:
    """Register the model unless it is registered already, and promote it if it is better than the champion.

    With a person's `approval` of an earlier decision the checks run again, because the champion may have changed.
    """
    trained = TrainedModel(corpus, tokens, model, evaluation)
    by = f"Prefect {flow_run.name}, MLflow {run.run_id}"
    registration = register_model(run, trained, recipe, by=by, approval=approval)
    _publish_checks(run, registration)
    registered = registered_version(run, registration, evaluation.facts)
    log_results_page(run, corpus, evaluation, registered)
    return Outcome(registered, cached=registration.was_registered, summary=registered.summary)


def _publish_checks(run: TrackedRun, registration: Registration) -> None:
    """The table of checks among the flow run's artifacts."""
    version, decision = registration.version, registration.decision
    if decision.checks:
        heading = say("registry.of_model", model=version.name, version=version.version)
        description = f"**{heading}**: {decision.reason}\n\n{run_link(run)}"
        publish_table(as_rows(decision), key="promotion-checks", description=description)
