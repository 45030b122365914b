"""The facts of the stage `quality` as tables in Markdown."""

from storyflower.messages import say
from storyflower.pipeline.facts import QualityFacts
from storyflower.reports.markdown import markdown_table


def quality_markdown(facts: QualityFacts) -> str:
    """Two tables: the rows of the workbooks by what became of them, and the examples of each label by split."""
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
