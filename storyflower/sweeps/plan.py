"""What a sweep searches, and for how long."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.pipeline.source import require_folds
from storyflower.sweeps.space import PrunerName, SamplerName, SearchSpace

FINALISTS = 3
"""Trials that are trained with more seeds."""
MORE_SEEDS = 2
"""Seeds beside the recipe's own with which each finalist is trained."""
MOST_TRIALS = 10_000
MOST_PARALLEL = 256
MOST_FINALISTS = 100
"""Of finalists, and of further seeds of each."""


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep searches, and for how long."""

    space: SearchSpace
    trials: int = 20
    """That are made in all, those of an interrupted sweep included."""
    seconds: float | None = None
    """After which no trial is begun; None: no limit."""
    folds: int = 3
    sampler: SamplerName = "tpe"
    pruner: PrunerName = "median"
    finalists: int = FINALISTS
    more_seeds: int = MORE_SEEDS
    parallel: int = 1
    """Trials at a time, on workers of Prefect; 1: one after the other in the process of the sweep."""
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def require_possible(self) -> None:
        """Raise RecipeError unless the numbers are within their bounds."""
        require_folds(self.folds)
        if not 1 <= self.trials <= MOST_TRIALS:
            raise problem(RecipeError, "trials_out_of_bounds", "--trials", trials=self.trials, low=1, high=MOST_TRIALS)
        if not 1 <= self.parallel <= MOST_PARALLEL:
            bounds = {"low": 1, "high": MOST_PARALLEL}
            raise problem(RecipeError, "parallel_out_of_bounds", "--parallel", None, parallel=self.parallel, **bounds)
        for name, low in (("finalists", 1), ("more_seeds", 0)):
            if not low <= getattr(self, name) <= MOST_FINALISTS:
                values = {"name": name, "value": getattr(self, name), "low": low, "high": MOST_FINALISTS}
                raise problem(RecipeError, "plan_out_of_bounds", f"plan.{name}", None, **values)
