"""Stage `quality`: reports on the workbooks' rows, on those set aside, and on the model's input."""

from storyflower import pipeline
from storyflower.messages import say
from storyflower.pipeline.manifests import CorpusRef, QualityRef, TokensRef
from storyflower.pipeline.quality import FILES
from storyflower.pipeline.quality_table import quality_markdown
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun
from tasks.publishing import publish_of_run
from tasks.stage import stage


@stage("quality")
def report_quality(run: TrackedRun, corpus: CorpusRef, tokens: TokensRef) -> Outcome[QualityRef]:
    """Log the data-quality report and the drift profile to MLflow, and publish a table to Prefect."""
    outcome = pipeline.report_quality(run.home, corpus, tokens)
    for name in FILES:
        run.log_file(outcome.value.path(name), DATA_FOLDER)
    publish_of_run(run, quality_markdown(outcome.value.facts), key="data-quality", description=say("quality.artifact"))
    return outcome
