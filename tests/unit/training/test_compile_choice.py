"""Whether a training is compiled, and what is remembered of compiling; nothing is compiled here."""

from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.model.devices import Hardware
from storyflower.training import compile_choice, step, trainer
from storyflower.training.compile_choice import DECIDED_AFTER, TIMED, WARM_UP, CompileChoice
from storyflower.training.compile_costs import COSTS_FILE, CompileCost, CompileCosts
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.ranks import ALONE
from storyflower.training.static_shape import StaticShape

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")
ASSUMED = CompileCost(seconds=40.0, saved=0.2)
SHAPE = StaticShape((3, 5), 1, 16, (3, 5))
FREE = {"cpu": CompileCost(seconds=0.0, saved=0.5)}


class InterruptError(Exception):
    """What an observer raises to end a training early."""


def test_compiling_pays_if_the_steps_left_save_more_than_it_takes():
    assert ASSUMED.pays(step_seconds=0.5, steps_left=401)
    assert not ASSUMED.pays(step_seconds=0.5, steps_left=400)
    assert not CompileCost(seconds=0.0, saved=-0.1).pays(step_seconds=1.0, steps_left=10**6)


def test_before_anything_is_measured_costs_are_assumed(tmp_path: Path):
    assert CompileCosts(tmp_path / "missing").expected("graph", "cpu", ASSUMED) == ASSUMED


def test_the_same_graph_takes_as_long_as_last_time(tmp_path: Path):
    for seconds in (30.0, 5.0):  # the second time the compiler finds it in its cache
        CompileCosts(tmp_path).note("graph", "cpu", seconds)
    assert CompileCosts(tmp_path).expected("graph", "cpu", ASSUMED) == CompileCost(5.0, 0.2)


def test_another_graph_takes_the_mean_of_the_first_times_on_the_machine(tmp_path: Path):
    costs = CompileCosts(tmp_path)
    for graph, machine, seconds in (("a", "cpu", 30.0), ("a", "cpu", 5.0), ("b", "cpu", 20.0), ("c", "gpu", 90.0)):
        costs.note(graph, machine, seconds)
    assert costs.expected("new", "cpu", ASSUMED).seconds == (40.0 + 30.0 + 20.0) / 3
    assert costs.expected("new", "gpu", ASSUMED).seconds == (40.0 + 90.0) / 2
    assert costs.expected("new", "another", ASSUMED) == ASSUMED


def test_one_disturbed_measurement_does_not_decide_for_ever(tmp_path: Path):
    costs = CompileCosts(tmp_path)
    costs.note_saved("graph", 0.9)  # never compiled: there is nothing to add it to
    costs.note("graph", "cpu", 10.0)
    costs.note_saved("graph", -0.1)
    assert costs.expected("graph", "cpu", ASSUMED).saved == pytest.approx(0.05)
    costs.note_saved("graph", 0.35)
    assert costs.expected("graph", "cpu", ASSUMED).saved == pytest.approx(0.15)
    assert costs.expected("new", "cpu", ASSUMED).saved == pytest.approx(0.15)


@pytest.mark.parametrize("content", ["", "[]", '{"graph": 3}', '{"graph": {"machine": "cpu", "saved": []}}'])
def test_a_damaged_file_counts_as_empty_and_is_replaced(tmp_path: Path, content: str):
    (tmp_path / COSTS_FILE).write_text(content)
    costs = CompileCosts(tmp_path)
    assert costs.expected("graph", "cpu", ASSUMED) == ASSUMED
    costs.note("graph", "cpu", 10.0)
    assert costs.expected("graph", "cpu", ASSUMED).seconds == 10.0


def test_where_nothing_can_be_kept_the_training_goes_on(tmp_path: Path):
    (tmp_path / "file").touch()
    CompileCosts(tmp_path / "file").note("graph", "cpu", 10.0)


@pytest.fixture
def job(make_model, train, dev, recipe, tmp_path: Path) -> TrainingJob:
    return TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path / "checkpoints")


def after_steps(job: TrainingJob, costs: CompileCosts, steps: int) -> CompileChoice:
    choice = CompileChoice(job, ALONE, costs)
    for _ in range(steps):
        with choice.timed():
            pass
    return choice


@pytest.mark.parametrize(("steps_left", "compiled"), [(10**15, True), (0, False)])
def test_it_is_decided_once_after_the_first_steps(job: TrainingJob, tmp_path: Path, steps_left: int, compiled: bool):
    choice = after_steps(job, CompileCosts(tmp_path), DECIDED_AFTER)
    assert not choice.decide(DECIDED_AFTER - 1, 10**15, SHAPE)
    assert choice.compiled is None
    assert choice.decide(DECIDED_AFTER, steps_left, SHAPE) is compiled
    assert choice.compiled is compiled
    assert not choice.decide(DECIDED_AFTER + 1, 10**15, SHAPE)


def test_a_process_that_has_timed_no_step_decides_later(job: TrainingJob, tmp_path: Path):
    choice = after_steps(job, CompileCosts(tmp_path), WARM_UP)
    assert not choice.decide(100, 10**15, SHAPE)
    with choice.timed():
        pass
    assert choice.decide(101, 10**15, SHAPE)


@pytest.mark.parametrize(("compiling", "compiled"), [("on", True), ("off", False)])
def test_what_is_ordered_is_not_decided(job: TrainingJob, tmp_path: Path, compiling, compiled: bool):
    choice = CompileChoice(replace(job, compiling=compiling), ALONE, CompileCosts(tmp_path))
    assert choice.compiled is compiled
    assert not choice.decide(DECIDED_AFTER, 10**15, SHAPE)


def test_what_it_saves_is_measured_after_compiling(job: TrainingJob, tmp_path: Path):
    costs = CompileCosts(tmp_path)
    choice = after_steps(job, costs, DECIDED_AFTER)
    assert choice.decide(DECIDED_AFTER, 10**15, SHAPE)
    choice.note_compiled(7.0, SHAPE)
    for _ in range(WARM_UP + TIMED):
        with choice.timed():
            pass
    (kept,) = costs._read().values()
    assert (kept.first_seconds, kept.last_seconds, len(kept.saved)) == (7.0, 7.0, 1)
    assert kept.saved[0] < 1


@pytest.fixture
def compiles_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compiling costs nothing, and does nothing."""
    monkeypatch.setattr(compile_choice, "ASSUMED", FREE)
    monkeypatch.setattr(step, "compile_layers", lambda _: None)
    monkeypatch.setattr(trainer, "CompileCosts", lambda: CompileCosts(tmp_path / "costs"))


@pytest.mark.usefixtures("compiles_at_once")
def test_compiling_in_the_middle_of_an_epoch_changes_no_weights(
    make_model, train, dev, recipe, recorder, tmp_path: Path, same_weights
):
    """Steps 10 and 11 of epochs of three are those around it; the masks of dropout stay the same too."""
    recipe = replace(recipe, epochs=5, log_every=1)
    eager, auto = make_model(), make_model()
    finetune(TrainingJob(eager, train, dev, recipe, CPU, tmp_path / "off", compiling="off"))
    result = finetune(TrainingJob(auto, train, dev, recipe, CPU, tmp_path / "auto"), [recorder])
    assert [note for note in recorder.notes if "compiling" in note] == recorder.notes
    assert len(recorder.notes) == 1
    assert [record.setup_seconds > 0 for record in result.history] == [False, False, False, True, False]
    assert all(record.seconds > 0 for record in result.history)
    assert same_weights(eager, auto)


@pytest.mark.usefixtures("compiles_at_once")
def test_a_resumed_training_is_compiled_if_it_was_before(
    make_model, train, dev, recipe, recorder, tmp_path: Path, same_weights
):
    recipe = replace(recipe, epochs=6)
    whole, resumed = make_model(), make_model()
    finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path / "whole"))

    def interrupt(record) -> None:
        if record.epoch == 4:
            raise InterruptError

    recorder.epoch_ended = interrupt
    with pytest.raises(InterruptError):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path / "parts"), [recorder])
    recorder.notes.clear()
    del recorder.epoch_ended
    result = finetune(TrainingJob(resumed, train, dev, recipe, CPU, tmp_path / "parts"), [recorder])
    assert result.resumed_from_epoch == 4
    assert len(recorder.notes) == 1  # it is compiled before the first step of the fifth epoch
    assert result.history[4].setup_seconds > 0
    assert same_weights(whole, resumed)
