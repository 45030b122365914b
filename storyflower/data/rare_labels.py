"""Labels with too few training texts: refused, merged under their major label, or left out of the corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from storyflower.data import repetition
from storyflower.data.labels import LabelMap, general_label
from storyflower.data.pool import MERGED, pooled
from storyflower.data.row_account import RareLabel
from storyflower.data.schema import CheckedWorkbook
from storyflower.errors import DataContractError
from storyflower.messages import problem
from storyflower.recipe_data import RareLabels

LEAST_TEXTS = 2
"""Different training texts of each label: one to train on, one to choose the best epoch by."""
LEAST_TEXTS_HELD_OUT = 3
"""The same where the validation texts are held out of the training workbooks: one more, to report on."""

_FEWEST_LABELS = 2


@dataclass(frozen=True)
class LabelPlan:
    """The labels of a corpus: those that training has enough texts of, and the rare ones."""

    label_map: LabelMap
    rare: tuple[RareLabel, ...] = ()

    @property
    def merged(self) -> dict[str, str]:
        """The merged labels, each with the label as which it counts."""
        return {label.name: label.merged_into for label in self.rare if label.merged_into}

    def apply(self, workbooks: Sequence[CheckedWorkbook]) -> list[CheckedWorkbook]:
        """The workbooks with merged labels as they count; rows of labels left out are set aside by the corpus."""
        return [_merged(checked, self.merged) for checked in workbooks]


def plan_labels(
    training: Sequence[CheckedWorkbook],
    validation: Sequence[CheckedWorkbook],
    label_map: LabelMap,
    rare_labels: RareLabels,
    *,
    least: int = LEAST_TEXTS,
) -> LabelPlan:
    """Decide which labels a corpus has.

    Rare is a label that fewer than `least` texts carry (see `texts_by_label`). With `merge` a rare label `major/minor`
    counts as the general one of its major, `major/major`; what is then still too rare is left out, as with `leave_out`.

    With `refuse`, and where fewer than two labels would remain, the plan holds every label: building the corpus then
    raises the error that names the rare ones.

    Args:
        training: one or more checked workbooks.
        validation: those for validation; none where the validation texts are held out of training.
        label_map: the labels of the recipe's label set.
        rare_labels: what the recipe wants done.
        least: different training texts that each label needs.
    """
    if rare_labels == "refuse" or not training:
        return LabelPlan(label_map)
    counts = after = texts_by_label(training, validation, label_map)
    merged: dict[str, str] = {}
    if rare_labels == "merge":
        merged = {name: general_label(name) for name in too_few(counts, least) if name != general_label(name)}
        after = texts_by_label([_merged(checked, merged) for checked in training], validation, label_map)
    left = too_few(after, least)
    kept = tuple(name for name in label_map.names if name not in left)
    if len(kept) < _FEWEST_LABELS:
        return LabelPlan(label_map)
    into = {name: target for name, target in merged.items() if target in kept}
    return LabelPlan(LabelMap(kept), tuple(RareLabel(name, counts[name], into.get(name)) for name in left))


def texts_by_label(
    training: Sequence[CheckedWorkbook], validation: Sequence[CheckedWorkbook], label_map: LabelMap
) -> dict[str, int]:
    """Different training texts of each label that can be trained on, in the order of the ids.

    Texts that stand in a validation workbook, and those that carry several labels, do not count.
    """
    rows = pooled(training).rows
    usable = ~repetition.conflicting(rows)
    if validation:
        usable &= ~repetition.standing_in(rows, pooled(validation).rows)
    found = rows[usable].drop_duplicates(repetition.KEY)["label"].value_counts()
    return {name: int(found.get(name, 0)) for name in label_map.names}


def too_few(counts: Mapping[str, int], least: int) -> dict[str, int]:
    """The labels with fewer than `least` texts, in the order of `counts`."""
    return {name: count for name, count in counts.items() if count < least}


def refusal(short: Mapping[str, int], label_map: LabelMap, least: int, where: str) -> DataContractError:
    """The error about the labels of a map with too few texts, `short`, which are fewer than `least` each.

    To leave them out is advised only where two labels would remain: else that is refused as well.
    """
    code = "label_too_small" if len(label_map) - len(short) >= _FEWEST_LABELS else "too_few_labels"
    return problem(DataContractError, code, where, labels=listed(short), least=least)


def listed(short: Mapping[str, int]) -> str:
    """Labels, each with its number of texts."""
    return ", ".join(f"{name} ({count})" for name, count in short.items())


def _merged(checked: CheckedWorkbook, into: Mapping[str, str]) -> CheckedWorkbook:
    labels = checked.usable["label"]
    is_rare = labels.isin(list(into))
    if not is_rare.any():
        return checked
    usable = checked.usable.assign(label=labels.replace(dict(into)))
    return replace(checked, usable=usable, counts=checked.counts | {MERGED: int(is_rare.sum())})
