"""What Optuna provides for the trials of a sweep: samplers, pruners, and distributions of values."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from storyflower.digests import digest_of
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.sweeps.space import Choices, PrunerName, Range, SamplerName

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    from optuna.distributions import BaseDistribution


def require_optuna() -> ModuleType:
    """The package `optuna`.

    Raises:
        StoryFlowerError: the packages of the extra `sweep` are not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as missing:
        raise problem(StoryFlowerError, "optuna_absent", "--search", package=missing.name) from missing
    return optuna


def sampler_of(name: SamplerName, seed: int, number: int) -> Any:
    """The sampler of one trial: made anew for each, from the seed of the sweep and the number of the trial."""
    samplers = require_optuna().samplers
    of_trial = int(digest_of([seed, number])[:8], 16)
    if name == "random":
        return samplers.RandomSampler(seed=of_trial)
    return samplers.TPESampler(seed=of_trial)


def pruner_of(name: PrunerName, steps: int) -> Any:
    """The pruner of a sweep whose trials report at `steps` steps."""
    pruners = require_optuna().pruners
    if name == "none":
        return pruners.NopPruner()
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, max_resource=steps)
    return pruners.MedianPruner()


def distribution_of(values: Range | Choices) -> "BaseDistribution":
    """The values of a varied field as Optuna describes them."""
    distributions = require_optuna().distributions
    found: BaseDistribution
    if isinstance(values, Choices):
        found = distributions.CategoricalDistribution(values.values)
    elif values.of_ints:
        found = distributions.IntDistribution(values.low, values.high, log=values.log, step=int(values.step or 1))
    else:
        found = distributions.FloatDistribution(values.low, values.high, log=values.log, step=values.step)
    return found
