import pytest
import torch

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.training import meter as metering
from storyflower.training.meter import ProgressMeter
from storyflower.training.progress import TrainingPlan

pytestmark = pytest.mark.usefixtures("in_english")

PLAN = TrainingPlan(
    hardware=Hardware("cpu"),
    precision="fp32",
    epochs=2,
    batch_size=4,
    steps_per_epoch=5,
    examples=18,
    dev_examples=3,
    parameters=10,
    history=(),
    notes=(),
)
SIZES = (4, 4, 4, 4, 2)


def run_epoch(meter: ProgressMeter, epoch: int, losses=(1.0, 2.0, 3.0, 4.0, 5.0)) -> None:
    """Steps of these mean losses; the first example of each is right, the others are wrong."""
    meter.begin_epoch(epoch)
    for size, loss in zip(SIZES, losses, strict=True):
        meter.sums += torch.tensor([loss * size, 1.0])
        meter.count(size, learning_rate=loss / 10)


def test_log_points_come_every_so_many_steps_and_at_the_end_of_an_epoch(recorder):
    meter = ProgressMeter(PLAN, [recorder], log_every=2, device="cpu")
    run_epoch(meter, 1)
    run_epoch(meter, 2)
    assert [(p.epoch, p.step) for p in recorder.steps if p.log_point] == [
        (1, 2),
        (1, 4),
        (1, 5),
        (2, 6),
        (2, 8),
        (2, 10),
    ]


def test_figures_are_means_over_examples_since_the_last_log_point(recorder):
    meter = ProgressMeter(PLAN, [recorder], log_every=2, device="cpu")
    run_epoch(meter, 1)
    first, second, last = (progress for progress in recorder.steps if progress.log_point)
    assert (first.loss, second.loss, last.loss) == (1.5, 3.5, 5.0)
    assert (first.accuracy, last.accuracy) == (0.25, 0.5)
    assert (first.examples_seen, last.examples_seen, last.examples_total) == (8, 18, 36)
    assert (first.step, first.steps_total, first.epochs) == (2, 10, 2)
    assert first.learning_rate == 0.2
    assert first.examples_per_second > 0
    assert first.seconds_left > last.seconds_left * 0.1 > 0


def test_an_epochs_mean_counts_every_example_once(recorder):
    meter = ProgressMeter(PLAN, [recorder], log_every=2, device="cpu")
    run_epoch(meter, 1)
    assert meter.epoch_loss == pytest.approx((4 * (1 + 2 + 3 + 4) + 2 * 5) / 18)
    assert meter.epoch_accuracy == pytest.approx(5 / 18)
    assert meter.epoch_seconds > 0


def test_between_log_points_a_report_comes_as_time_passes(recorder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(metering, "REPORT_SECONDS", 0.0)
    run_epoch(ProgressMeter(PLAN, [recorder], log_every=3, device="cpu"), 1)
    assert [(p.step, p.log_point, p.loss) for p in recorder.steps] == [
        (1, False, 1.0),
        (2, False, 1.5),
        (3, True, 2.0),
        (4, False, 4.0),
        (5, True, pytest.approx(13 / 3)),
    ]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_an_error_even_if_later_ones_are(recorder, loss: float):
    meter = ProgressMeter(PLAN, [recorder], log_every=4, device="cpu")
    with pytest.raises(StoryFlowerError, match=r"step 4: .*no longer a finite number") as caught:
        run_epoch(meter, 1, (1.0, loss, 3.0, 4.0, 5.0))
    assert "learning_rate" in caught.value.remedy


def test_a_pause_is_left_out_of_the_speed(recorder):
    meter = ProgressMeter(PLAN, [recorder], log_every=5, device="cpu")
    run_epoch(meter, 1)
    meter.pause(-1000.0)  # as if the epoch had begun so much earlier
    run = recorder.steps[-1].examples_per_second
    meter.begin_epoch(2)
    meter.pause(-1000.0)
    meter.sums += torch.tensor([1.0, 1.0])
    for size in SIZES:
        meter.count(size, learning_rate=0.1)
    assert recorder.steps[-1].examples_per_second < 18 / 1000 < run
