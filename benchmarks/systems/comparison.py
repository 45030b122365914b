"""The medians of the rounds, side by side."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.systems.ablations import ABLATIONS
from benchmarks.systems.floor import peak_flops
from benchmarks.systems.job import Measurement
from benchmarks.systems.rounds import AS_SHIPPED, TRAINERS, Rounds

OURS = "storyflower"


@dataclass(frozen=True)
class Workload:
    """The work of one training, which is the same for all systems."""

    mean_length: float
    """Tokens per text, without padding."""
    flops: float
    """Operations of training on one text, see `training_flops`."""
    examples: int
    """Of all epochs: those for which compiling is counted."""


def compare(rounds: Rounds, work: Workload) -> dict[str, Any]:
    """`systems`, `ablations`, and StoryFlower's ratios; a system that did not run has nulls.

    Speeds are medians over the rounds, of the steady state, and `ratio` is that of the speeds. `compile_s` is of the
    first round, which met empty compiler caches. `ratio_with_compile` and `ratio_as_shipped` are those of the first
    round's seconds for the examples of all epochs: compiling and then the steady pace, and as shipped the whole
    training as it went.
    """
    trainer = max(
        (name for name in TRAINERS if rounds.get(name)),
        key=lambda name: median(m.steady_rate for m in rounds[name]),
        default="trainer",
    )
    chosen = {"notebook": "notebook", "trainer": trainer, OURS: OURS}
    rows = {name: name for name in (*TRAINERS, AS_SHIPPED) if rounds.get(name) and name not in chosen.values()}
    systems = {name: _figures(name, rounds.get(key, []), work) for name, key in (chosen | rows).items()}
    ablations = {key: _figures(key, found, work) for key, found in rounds.items() if key.startswith(f"{OURS}:")}
    for key, figures in ablations.items():
        name = key.partition(":")[2]
        figures |= {"name": name, "without": ABLATIONS[name].without}
        figures["share_of_speed"] = _over(figures["examples_per_s"], systems[OURS]["examples_per_s"])
    others = {name: key for name, key in chosen.items() if name != OURS}
    return {
        "systems": list(systems.values()),
        "ratio": {name: _over(systems[OURS]["examples_per_s"], systems[name]["examples_per_s"]) for name in others},
        "ratio_with_compile": {
            name: _over(_seconds(rounds, key, work), _seconds(rounds, OURS, work)) for name, key in others.items()
        },
        "ratio_as_shipped": {
            name: _over(_seconds(rounds, key, work), _seconds(rounds, AS_SHIPPED, work)) for name, key in others.items()
        },
        "examples_compared": work.examples,
        "trainer_variant": "compiled" if trainer == "trainer-compiled" else "eager",
    } | ({"ablations": list(ablations.values())} if ablations else {})


def _figures(name: str, found: list[Measurement], work: Workload) -> dict[str, Any]:
    if not found:
        return dict.fromkeys(_KEYS) | {"name": name, "macro_f1": []}
    rate = median(m.steady_rate for m in found)
    peak = peak_flops(found[0].device_name)
    return {
        "name": name,
        "examples_per_s": rate,
        "tokens_per_s": rate * work.mean_length,
        "peak_mb": median(m.peak_mb for m in found),
        "compile_s": found[0].compile_s,
        "macro_f1": [m.macro_f1 for m in found if m.macro_f1 is not None],
        "mfu": rate * work.flops / peak if peak else None,
        "precision": found[0].precision,
        "examples": found[0].examples,
        "training_s": median(m.training_s for m in found),
        "wall_s": median(m.wall_s for m in found),
        "notes": found[0].notes,
    }


_KEYS = (
    *("name", "examples_per_s", "tokens_per_s", "peak_mb", "compile_s", "macro_f1"),
    *("mfu", "precision", "examples", "training_s", "wall_s", "notes"),
)


def _seconds(rounds: Rounds, system: str, work: Workload) -> float | None:
    """Of the first round, for the examples of all epochs."""
    found = rounds.get(system)
    if not found:
        return None
    return found[0].training_s if system == AS_SHIPPED else found[0].seconds_for(work.examples)


def _over(dividend: float | None, divisor: float | None) -> float | None:
    return dividend / divisor if dividend and divisor else None
