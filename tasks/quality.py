"""Stage `quality`: the data-quality page, with the rows of the workbooks, those set aside, and the model's input."""

from storyflower import pipeline
from storyflower.messages import say
from storyflower.pipeline.facts import QualityFacts
from storyflower.pipeline.manifests import CorpusRef, QualityRef, TokensRef
from storyflower.pipeline.quality import FILES
from storyflower.reports.markdown import markdown_table
from storyflower.storage.stages import Outcome
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun
from tasks.publishing import publish_markdown
from tasks.results import run_link
from tasks.stage import stage


@stage("quality")
def report_quality(run: TrackedRun, corpus: CorpusRef, tokens: TokensRef) -> Outcome[QualityRef]:
    """The data-quality report: JSON, plots and a page in MLflow, a table in Prefect; and a profile to see drift by."""
    outcome = pipeline.report_quality(run.home, corpus, tokens)
    for name in FILES:
        run.log_file(outcome.value.path(name), DATA_FOLDER)
    table = f"{_as_markdown(outcome.value.facts)}\n\n{run_link(run)}\n"
    publish_markdown(table, key="data-quality", description=say("quality.artifact"))
    return outcome


def _as_markdown(facts: QualityFacts) -> str:
    training, validation = facts.workbooks["training"], facts.workbooks["validation"]
    rows = [(say("rows"), training.rows, validation.rows), (say("usable"), training.usable, validation.usable)]
    for reason, count in training.set_aside.items():
        rows.append((say("summary.set_aside", reason=say(reason)), count, validation.set_aside[reason]))
    for kind, count in training.repaired.items():
        rows.append((say("summary.repaired", reason=say(kind)), count, validation.repaired[kind]))
    accounts = ((name, f"{of_training:,}", f"{of_validation:,}") for name, of_training, of_validation in rows)
    splits = facts.balance.values()
    labels = ((label, *(f"{split[label]:,}" for split in splits)) for label in facts.balance["train"])
    return "\n\n".join(
        [
            markdown_table(("", say("summary.training"), say("summary.validation")), accounts),
            markdown_table((say("page.emotion"), *(say(f"split.{split}") for split in facts.balance)), labels),
        ]
    )
