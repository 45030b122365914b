"""How the registry is shown on a terminal."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Column, Table
from rich.text import Text

from storyflower.commands.console import out
from storyflower.evaluation.compare import Comparison
from storyflower.registry.browse import VersionComparison, VersionFacts
from storyflower.registry.gate import Decision
from storyflower.registry.history import Move

_STYLE = {"passed": "green", "failed": "red", "not asked": "dim"}
_DATE = len("2026-01-01")


def versions_table(versions: Sequence[VersionFacts]) -> Table:
    """One line a version."""
    when, why = Column("registered (UTC)", min_width=_DATE), Column("decision", overflow="fold", ratio=1)
    table = Table("version", "alias", "macro-F1", "accuracy", when, why)
    for version in versions:
        table.add_row(
            version.version,
            ", ".join(version.aliases),
            *(_figure(version, name) for name in ("macro_f1", "accuracy")),
            _minute(version.created),
            Text(version.reason),
        )
    return table


def facts_table(facts: VersionFacts) -> Table:
    """One line a fact; the checks are left to `why`."""
    table = Table("what", "value", title=f"version {facts.version}", title_justify="left")
    shown = {name: value for name, value in asdict(facts).items() if name not in ("version", "tags", "figures")}
    shown |= {name: f"{value:g}" for name, value in facts.figures.items()}
    shown |= {name: tag for name, tag in facts.tags.items() if name not in shown and not name.startswith("check.")}
    for name, value in shown.items():
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
        table.add_row(Text(name), Text(text, overflow="fold"))
    return table


def show_comparison(found: VersionComparison) -> None:
    """Figures side by side, what the two were made of, and the paired comparison."""
    one, other = found.one, found.other
    table = Table("", f"version {one.version}", f"version {other.version}")
    for name in sorted({*one.figures, *other.figures}):
        table.add_row(name, _figure(one, name), _figure(other, name))
    for name, values in {**found.made_of, **found.recipe}.items():
        table.add_row(Text(name), *(Text("" if value is None else value, overflow="fold") for value in values))
    out.print(table)
    if found.comparison is None:
        out.print("evaluated on different validation sentences: their figures cannot be compared", style="yellow")
        return
    _show_paired(one.version, other.version, found.comparison)


def _show_paired(one: str, other: str, paired: Comparison) -> None:
    interval = paired.macro_f1_interval
    out.print(
        f"on the same {paired.n:,} sentences, version {one} less version {other}: "
        f"macro-F1 {paired.macro_f1_difference:+.4f} (95 % interval {interval.low:+.4f} to {interval.high:+.4f}, "
        f"p {paired.macro_f1_p:.2g}), accuracy {paired.accuracy_difference:+.4f} (p {paired.accuracy_p:.2g}); "
        f"only {one} is right {paired.only_model_right:,} times, only {other} {paired.only_reference_right:,}",
        soft_wrap=True,
    )
    table = Table("emotion", "sentences", f"recall of {one}", f"recall of {other}", "difference")
    for change in paired.recalls:
        recalls = (f"{change.recall:.3f}", f"{change.reference_recall:.3f}", f"{change.difference:+.3f}")
        table.add_row(Text(change.label), f"{change.support:,}", *recalls)
    out.print(table)


def show_decision(version: str, decision: Decision, told: Sequence[Move]) -> None:
    """The reason, every check, and the moves of the alias to and from the version."""
    verdict = "[green]promoted[/]" if decision.promoted else "[yellow]not promoted[/]"
    out.print(f"[bold]version {version}[/], {verdict}", Text(decision.reason), soft_wrap=True)
    table = Table("check", "verdict", "figure", "asked", Column("what the figure is", overflow="fold"))
    for check in decision.checks:
        verdict_text = Text(check.verdict, style=_STYLE[check.verdict])
        table.add_row(check.name, verdict_text, f"{check.figure:g}", check.rule, Text(check.meaning))
    out.print(table)
    if told:
        out.print(history_table(told))


def history_table(moves: Sequence[Move]) -> Table:
    """One line a move, oldest first."""
    when = Column("when (UTC)", min_width=_DATE)
    table = Table(when, "what", "from", "to", *(Column(name, overflow="fold") for name in ("by", "why")))
    for move in moves:
        ends = (move.former or "–", move.to or "–")
        table.add_row(_minute(move.when), move.kind, *ends, Text(move.by), Text(move.why))
    return table


def _minute(moment: str) -> str:
    """Of an ISO moment, date and time on lines of their own where there is little room."""
    return moment[:16].replace("T", " ")


def _figure(facts: VersionFacts, name: str) -> str:
    return f"{facts.figures[name]:.4g}" if name in facts.figures else ""
