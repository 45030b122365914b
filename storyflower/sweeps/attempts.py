"""One attempt at a trial in a study: what is kept with it, and what its state means for the number of the trial."""

from typing import TYPE_CHECKING

from storyflower.evaluation.selection import TrialScore, TrialState

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    from optuna.trial import FrozenTrial

NUMBER, FOLDS, REASON = "number", "folds", "reason"
WORKER, LOST, RELEASED = "worker", "lost", "released"
"""What is kept with a trial beside its values and its score: of a trial on a worker also the flow run, why it was lost,
and whether it was stopped on purpose."""


def counts(trial: "FrozenTrial") -> bool:
    """Whether a trial occupies its number: it has ended with a result or a reason, is running, or waits."""
    return trial.state.name != "FAIL" or REASON in trial.user_attrs


def was_lost(trial: "FrozenTrial") -> bool:
    """Whether an attempt on a worker was lost, and not stopped on purpose."""
    return RELEASED not in trial.user_attrs and (LOST in trial.user_attrs or WORKER in trial.user_attrs)


def score_of(trial: "FrozenTrial") -> TrialScore | None:
    """A trial that has ended; None of any other."""
    kept = trial.user_attrs
    state: TrialState
    if trial.state.name == "COMPLETE":
        state = "complete"
    elif trial.state.name == "PRUNED":
        state = "pruned"
    elif trial.state.name == "FAIL" and REASON in kept:
        state = "failed"
    else:
        return None
    folds = tuple(kept.get(FOLDS, ()))
    return TrialScore(kept[NUMBER], state, dict(trial.params), folds, kept.get(REASON, ""))
