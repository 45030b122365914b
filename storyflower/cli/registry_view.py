"""The registry on a terminal, in the language in force and in local time."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Column, Table
from rich.text import Text

from storyflower.cli.console import out
from storyflower.evaluation.compare import Comparison
from storyflower.messages import say
from storyflower.promotion.browse import FIGURES, MEASURED_ON, VersionComparison, VersionFacts, other_models
from storyflower.promotion.gate import Decision
from storyflower.promotion.history import Move
from storyflower.storage.home import Home

_STYLE = {"passed": "green", "failed": "red", "not asked": "dim"}
_DATE = len("2026-01-01")


def show_versions(home: Home, versions: Sequence[VersionFacts]) -> None:
    """One line a version under the model's name, or that there is none, and which other models there are."""
    if versions:
        out.print(versions_table(home.model, versions))
        return
    others = other_models(home)
    hint = say("registry.others", names=", ".join(others)) if others else ""
    out.print(Text(say("registry.none", model=home.model, others=hint)), soft_wrap=True)


def versions_table(model: str, versions: Sequence[VersionFacts]) -> Table:
    """One line a version, the scores beside the baseline's; those on other sentences than the champion's are marked."""
    when = Column(say("registry.registered"), min_width=_DATE)
    names = (say("registry.version"), say("registry.alias"), "macro-F1", say("registry.baseline"))
    table = Table(*names, say("registry.accuracy"), when, say("registry.decision"), title=model, title_justify="left")
    champion = next((version for version in versions if "champion" in version.aliases), None)
    measured_on = champion and champion.tags.get(MEASURED_ON)
    elsewhere = [version for version in versions if measured_on and version.tags.get(MEASURED_ON) != measured_on]
    for version in versions:
        scores = [_figure(version, name) for name in ("macro_f1", "baseline_macro_f1", "accuracy")]
        scores[0] += " *" if version in elsewhere else ""
        verdict = version.reason.partition(":")[0]
        aliases, created = ", ".join(version.aliases), _minute(version.created)
        table.add_row(version.version, aliases, *scores, created, Text(verdict))
    captions = [*([say("registry.other_sentences")] if elsewhere else []), say("registry.decisions_in_full")]
    table.caption, table.caption_justify = "\n".join(captions), "left"
    return table


def facts_table(facts: VersionFacts) -> Table:
    """One line a fact; the checks are left to `why`."""
    heading = say("registry.of_version", version=facts.version)
    table = Table(say("registry.what"), say("registry.value"), title=heading, title_justify="left")
    shown = {
        "fact.aliases": ", ".join(facts.aliases),
        "fact.created": _minute(facts.created),
        "fact.promoted": say("yes" if facts.promoted else "no"),
        "fact.reason": facts.reason,
        "fact.run_id": facts.run_id,
        "fact.source": facts.source,
    }
    rows = {say(code): value for code, value in shown.items()}
    rows |= {say(f"figure.{name}"): f"{value:g}" for name, value in facts.figures.items()}
    in_words = {*FIGURES, "promoted", "reason", "why"}
    rows |= {n: tag for n, tag in facts.tags.items() if n not in in_words and not n.startswith("check.")}
    for name, value in rows.items():
        table.add_row(Text(name), Text(value, overflow="fold"))
    return table


def show_comparison(found: VersionComparison) -> None:
    """Figures side by side, what the two were made of, and the paired comparison."""
    one, other = found.one, found.other
    table = Table("", *(say("registry.of_version", version=facts.version) for facts in (one, other)))
    for name in FIGURES:
        if name in one.figures or name in other.figures:
            table.add_row(say(f"figure.{name}"), _figure(one, name), _figure(other, name))
    for name, values in {**found.made_of, **found.recipe}.items():
        table.add_row(Text(name), *(Text("" if value is None else value, overflow="fold") for value in values))
    out.print(table)
    if found.comparison is None:
        out.print(Text(say("registry.not_the_same_sentences"), style="yellow"), soft_wrap=True)
        return
    _show_paired(one.version, other.version, found.comparison)


def _show_paired(one: str, other: str, paired: Comparison) -> None:
    interval = paired.macro_f1_interval
    sentence = say(
        "registry.paired",
        n=paired.n,
        one=one,
        other=other,
        f1=paired.macro_f1_difference,
        low=interval.low,
        high=interval.high,
        f1_p=paired.macro_f1_p,
        accuracy=paired.accuracy_difference,
        accuracy_p=paired.accuracy_p,
        only_one=paired.only_model_right,
        only_other=paired.only_reference_right,
    )
    out.print(Text(sentence), soft_wrap=True)
    recalls = (say("registry.recall_of", version=version) for version in (one, other))
    table = Table(say("registry.emotion"), say("registry.sentences"), *recalls, say("registry.difference"))
    for change in paired.recalls:
        figures = (f"{change.recall:.3f}", f"{change.reference_recall:.3f}", f"{change.difference:+.3f}")
        table.add_row(Text(change.label), f"{change.support:,}", *figures)
    out.print(table)


def show_decision(model: str, version: str, decision: Decision, moved: Sequence[Move]) -> None:
    """The reason, every check, and the moves of the alias to and from the version."""
    style, outcome = ("green", "registry.promoted") if decision.promoted else ("yellow", "registry.not_promoted")
    heading = Text(say("registry.of_model", model=model, version=version), style="bold")
    out.print(heading, Text(say(outcome), style=style), Text(decision.reason), soft_wrap=True)
    names = (say(f"registry.{name}") for name in ("check", "verdict", "figure", "required"))
    table = Table(*names, Column(say("registry.meaning"), overflow="fold"))
    for check in decision.checks:
        verdict = Text(say(f"verdict.{check.verdict}"), style=_STYLE[check.verdict])
        table.add_row(check.title, verdict, f"{check.figure:g}", check.rule, Text(check.meaning))
    out.print(table)
    if moved:
        out.print(history_table(moved))


def history_table(moves: Sequence[Move]) -> Table:
    """One line a move, oldest first."""
    when = Column(say("registry.when"), min_width=_DATE)
    names = (say(f"registry.{name}") for name in ("move", "from", "to"))
    table = Table(when, *names, *(Column(say(f"registry.{name}"), overflow="fold") for name in ("by", "why")))
    for move in moves:
        ends = (move.former or "–", move.to or "–")
        table.add_row(_minute(move.when), say(f"move.{move.kind}"), *ends, Text(move.by), Text(move.reason))
    return table


def _minute(moment: str) -> str:
    """The local date and time of an ISO moment, on two lines where there is little room."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _figure(facts: VersionFacts, name: str) -> str:
    return f"{facts.figures[name]:.4g}" if name in facts.figures else ""
