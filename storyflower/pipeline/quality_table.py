"""The facts of the stage `quality` as tables in Markdown."""

from storyflower.messages import say
from storyflower.pipeline.facts import QualityFacts
from storyflower.reports.markdown import cell


def quality_markdown(facts: QualityFacts) -> str:
    """Two tables: the rows of the workbooks by what became of them, and the examples of each label by split."""
    training, validation = facts.workbooks["training"], facts.workbooks["validation"]
    rows = [(say("rows"), training.rows, validation.rows), (say("usable"), training.usable, validation.usable)]
    for reason, count in training.set_aside.items():
        rows.append((say("summary.set_aside", reason=say(reason)), count, validation.set_aside[reason]))
    for kind, count in training.repaired.items():
        rows.append((say("summary.repaired", reason=say(kind)), count, validation.repaired[kind]))
    lines = [f"| | {say('summary.training')} | {say('summary.validation')} |", "|---|---:|---:|"]
    lines += [f"| {name} | {of_training:,} | {of_validation:,} |" for name, of_training, of_validation in rows]
    lines += ["", _header("page.emotion", *(f"split.{split}" for split in facts.balance)), "|---|---:|---:|---:|"]
    for label in facts.balance["train"]:
        counts = " | ".join(f"{split[label]:,}" for split in facts.balance.values())
        lines.append(f"| {cell(label)} | {counts} |")
    return "\n".join(lines)


def _header(*codes: str) -> str:
    return f"| {' | '.join(say(code) for code in codes)} |"
