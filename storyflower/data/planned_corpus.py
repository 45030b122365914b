"""The corpus of judged workbooks as their recipe wants it: the labels are decided, then the splits are drawn."""

from collections.abc import Sequence

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.holdout import hold_out
from storyflower.data.labels import label_map
from storyflower.data.rare_labels import LEAST_TEXTS, LEAST_TEXTS_HELD_OUT, plan_labels
from storyflower.data.schema import CheckedWorkbook
from storyflower.recipe_data import CorpusRecipe, DataRecipe


def planned_corpus(
    training: Sequence[CheckedWorkbook],
    validation: Sequence[CheckedWorkbook],
    data: DataRecipe,
    split: CorpusRecipe,
) -> Corpus:
    """The corpus of a training; what is not enough to train on is refused here, for every command alike.

    Args:
        training: one or more.
        validation: likewise; none where `split.validation_share` of the training texts is held out instead.
        data: the label set, and what is done with rare labels.
        split: how the splits are drawn.

    Raises:
        DataContractError: no usable validation row is left, or a label has too few different training texts.
    """
    share = split.validation_share
    least = LEAST_TEXTS if share is None else LEAST_TEXTS_HELD_OUT
    plan = plan_labels(training, validation, label_map(data.label_set), data.rare_labels, least=least)
    training, validation = plan.apply(training), plan.apply(validation)
    if share is not None:
        training, validation = hold_out(training, share, split.split_seed, plan.label_map)
    return build_corpus(training, validation, split, plan.label_map, plan.rare)
