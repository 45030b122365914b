"""The mean of the last epochs' weights, in the place of the best epoch's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from storyflower.model.decision import FEWEST_COUNTED
from storyflower.model.devices import Hardware
from storyflower.model.families import Classifier
from storyflower.model.inference import predict_logits
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.batches import LabelledTokens
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.objective import score
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


class Weights:
    """An observer that keeps the weights after each epoch, and ends the training after one of them."""

    def __init__(self, model: Classifier, ends_after: int | None = None) -> None:
        self.of_epochs: list[dict[str, Tensor]] = []
        self.notes: list[str] = []
        self._model, self._ends_after = model, ends_after

    def started(self, plan: TrainingPlan) -> None:
        self.notes += plan.notes

    def stepped(self, progress: StepProgress) -> None: ...

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None:
        self.of_epochs.append({name: tensor.clone() for name, tensor in self._model.state_dict().items()})
        if record.epoch == self._ends_after:
            raise KeyboardInterrupt


@pytest.fixture
def averaging(recipe: FinetuneRecipe) -> FinetuneRecipe:
    """Of five epochs the last three are averaged."""
    return replace(recipe, epochs=5, average_last=0.5)


@pytest.fixture
def job_of(make_model: Callable[[], Classifier], train: LabelledTokens, dev: LabelledTokens) -> Callable[..., Any]:
    return lambda recipe, folder, dev=dev: TrainingJob(make_model(), train, dev, recipe, CPU, folder)


def test_the_last_epochs_are_averaged_and_the_training_goes_on_from_its_own_weights(
    job_of: Callable[..., TrainingJob], averaging: FinetuneRecipe, tmp_path: Path
) -> None:
    job, other = job_of(averaging, tmp_path / "mean"), job_of(replace(averaging, average_last=0.0), tmp_path / "best")
    kept, without = Weights(job.model), Weights(other.model)
    result = finetune(job, [kept])
    finetune(other, [without])
    assert any("the weights of the last 3 epochs are averaged" in note for note in kept.notes)
    for mine, theirs in zip(kept.of_epochs, without.of_epochs, strict=True):
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    for name, found in job.model.state_dict().items():
        mean = torch.stack([weights[name].double() for weights in kept.of_epochs[-3:]]).mean(dim=0)
        torch.testing.assert_close(found.double(), mean, rtol=0, atol=1e-6)
    assert [record.averaged for record in result.history] == [0, 0, 1, 2, 3]
    assert result.best_epoch == 5
    logits = predict_logits(job.model, job.dev.tokens, device="cpu", precision="fp32")
    assert result.history[-1].dev_macro_f1 == pytest.approx(score(logits, job.dev.labels).macro_f1)


@pytest.mark.parametrize("ends_after", [2, 3, 4])
def test_a_resumed_training_ends_with_the_same_mean(
    job_of: Callable[..., TrainingJob], averaging: FinetuneRecipe, tmp_path: Path, same_weights, ends_after: int
) -> None:
    undisturbed, interrupted, resumed = (
        job_of(averaging, tmp_path / name) for name in ("undisturbed", "disturbed", "disturbed")
    )
    finetune(undisturbed)
    with pytest.raises(KeyboardInterrupt):
        finetune(interrupted, [Weights(interrupted.model, ends_after)])
    assert finetune(resumed).resumed_from_epoch == ends_after
    assert same_weights(resumed.model, undisturbed.model)


def test_where_the_development_split_is_large_enough_the_best_epoch_is_chosen(
    job_of: Callable[..., TrainingJob], averaging: FinetuneRecipe, dev: LabelledTokens, tmp_path: Path
) -> None:
    times = -(-FEWEST_COUNTED // np.bincount(dev.labels).min())
    chosen = np.tile(np.arange(len(dev.labels)), times)
    large = LabelledTokens(dev.tokens.take(chosen), dev.labels[chosen])
    result = finetune(job_of(averaging, tmp_path, large))
    assert {record.averaged for record in result.history} == {0}
