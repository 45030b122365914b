"""Who is the champion: a challenger takes the alias only when it is better on the same validation workbook."""

from collections.abc import Callable
from dataclasses import dataclass

from filelock import FileLock
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.recipe_parts import PromotionRecipe
from storyflower.registry.tracking import MODEL_NAME, client
from storyflower.settings import settings

CHAMPION = "champion"
CHALLENGER = "challenger"


@dataclass(frozen=True)
class Candidate:
    """A version and what it scored."""

    version: str
    macro_f1: float
    """On the validation workbook of this judgement, 0 to 1."""


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes the champion, and why."""

    promoted: bool
    reason: str


def decide(challenger: Candidate, champion: Candidate | None, recipe: PromotionRecipe) -> Decision:
    """Compare macro-F1 on the same validation workbook; a tie keeps the champion."""
    if champion is None:
        return Decision(True, f"first champion: macro-F1 {challenger.macro_f1:.4f}, and there was none before")
    gain = challenger.macro_f1 - champion.macro_f1
    figures = (
        f"macro-F1 {challenger.macro_f1:.4f} against {champion.macro_f1:.4f} of champion version {champion.version} "
        f"on the same validation workbook ({gain:+.4f}; more than {recipe.min_gain:+.4f} is asked)"
    )
    if gain > recipe.min_gain:
        return Decision(True, f"better: {figures}")
    return Decision(False, f"not better: {figures}")


def current_champion() -> ModelVersion | None:
    """The version that bears the alias `champion`, None where none does."""
    try:
        return client().get_model_version_by_alias(MODEL_NAME, CHAMPION)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def judge(
    challenger: ModelVersion,
    macro_f1: float,
    validation_digest: str,
    recipe: PromotionRecipe,
    measure: Callable[[ModelVersion], float | None],
) -> Decision:
    """Name the challenger, decide, move the alias when it won, and write the reason on the version.

    `measure(version)` gives a champion's macro-F1 on this validation workbook, None when its labels are other ones;
    it is asked only when the champion was last measured on another workbook. One judgement at a time: two runs
    cannot both compare with the old champion.
    """
    with FileLock(settings().home / "promotion.lock"):
        champion = current_champion()
        if champion is not None and champion.version == challenger.version:
            return Decision(True, f"version {challenger.version} is the champion already")
        client().set_registered_model_alias(MODEL_NAME, CHALLENGER, challenger.version)
        decision = _against(champion, Candidate(str(challenger.version), macro_f1), validation_digest, recipe, measure)
        _tag(challenger, promoted=str(decision.promoted).lower(), reason=decision.reason)
        if decision.promoted:
            client().set_registered_model_alias(MODEL_NAME, CHAMPION, challenger.version)
        return decision


def _against(
    champion: ModelVersion | None,
    challenger: Candidate,
    validation_digest: str,
    recipe: PromotionRecipe,
    measure: Callable[[ModelVersion], float | None],
) -> Decision:
    if champion is None:
        return decide(challenger, None, recipe)
    if champion.tags.get("validation_digest") == validation_digest:
        return decide(challenger, Candidate(str(champion.version), float(champion.tags["macro_f1"])), recipe)
    macro_f1 = measure(champion)
    if macro_f1 is None:
        return Decision(False, f"not comparable: champion version {champion.version} was trained on other labels")
    _tag(champion, validation_digest=validation_digest, macro_f1=repr(macro_f1))
    return decide(challenger, Candidate(str(champion.version), macro_f1), recipe)


def _tag(version: ModelVersion, **tags: str) -> None:
    for name, value in tags.items():
        client().set_model_version_tag(MODEL_NAME, version.version, name, value)
