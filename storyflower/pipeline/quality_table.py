"""The facts of the stage `quality` as tables in Markdown."""

from storyflower.messages import say
from storyflower.pipeline.facts import QualityFacts
from storyflower.reports.markdown import markdown_table
from storyflower.reports.row_table import RARE_COLUMNS, label_table, rare_label_table, row_table


def quality_markdown(facts: QualityFacts) -> str:
    """Return the tables of the workbooks' rows, of the examples by label and split, and of rare labels if any."""
    accounts = ((line.name, *(f"{count:,}" for count in line.counts)) for line in row_table(facts.workbooks.values()))
    lines = (line for line in label_table(facts.balance) if not line.is_sum)
    labels = ((line.name, *(f"{count:,}" for count in line.counts)) for line in lines)
    rare = rare_label_table(facts.rare_labels)
    return "\n\n".join(
        [
            markdown_table(("", *(say(f"summary.{role}") for role in facts.workbooks)), accounts),
            markdown_table((say("page.emotion"), *(say(f"split.{split}") for split in facts.balance)), labels),
            *([f"{say('rare_labels')}:", markdown_table([say(name) for name in RARE_COLUMNS], rare)] if rare else []),
        ]
    )
