"""Stage `evaluate`: measures the model and a baseline on the validation workbook, which no other stage uses."""

import json

from storyflower.evaluation.assessment import FIGURES_FILE, read_assessment
from storyflower.evaluation.predictions import PREDICTIONS_FILE
from storyflower.messages import say
from storyflower.model.devices import Device
from storyflower.pipeline.evaluate import evaluate_model
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef
from storyflower.promotion.results_page import log_results_page
from storyflower.reports.markdown import results_markdown
from storyflower.reports.report import LABEL_ERRORS_FILE, PLOTS, TABLE_FILE
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import EVALUATION_FOLDER, TrackedRun
from tasks.publishing import publish_of_run
from tasks.stage import stage


@stage("evaluate")
def evaluate(run: TrackedRun, corpus: CorpusRef, model: ModelRef, device: Device) -> Outcome[EvaluationRef]:
    """Evaluate the model on texts, as its users call it, and log figures, predictions, plots and a page."""
    outcome = evaluate_model(run.home, corpus, model, device=device)
    _publish(run, outcome.value)
    log_results_page(run, corpus, outcome.value)
    return outcome


def _publish(run: TrackedRun, evaluation: EvaluationRef) -> None:
    """Log figures, plots, predictions and likely label errors to MLflow; publish the table of results to Prefect."""
    for prefix, score in (("test", evaluation.facts.test), ("baseline", evaluation.facts.baseline)):
        run.log_metrics({f"{prefix}/{name}": value for name, value in score.model_dump().items()})
    kept = (FIGURES_FILE, PREDICTIONS_FILE, TABLE_FILE, LABEL_ERRORS_FILE)
    for name in (*kept, *(f"{plot}.png" for plot in PLOTS)):
        run.log_file(evaluation.path(name), EVALUATION_FOLDER)
    run.set_tags(
        {"mlflow.loggedArtifacts": json.dumps([{"path": f"{EVALUATION_FOLDER}/{TABLE_FILE}", "type": "table"}])}
    )
    assessment = read_assessment(evaluation.directory)
    run.log_metrics({f"test/f1/{score.label}": score.f1 for score in assessment.model.per_label})
    publish_of_run(run, results_markdown(assessment), key="results", description=say("results.artifact"))
