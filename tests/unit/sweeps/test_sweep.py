"""Real sweeps of a tiny model: what is tried, what is kept, and what a killed one goes on with."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import optuna
import pytest
from openpyxl import load_workbook

from storyflower.data.labels import MAJORS
from storyflower.errors import SharedStoreError, StoryFlowerError
from storyflower.evaluation.selection import Choice, Selection
from storyflower.pipeline.model_facts import ADAPT_STAGE, FOLD_STAGE
from storyflower.recipe import KOBERT
from storyflower.recipe_parts import DEFAULT_ENCODER, PINNED_REVISIONS
from storyflower.settings import Settings
from storyflower.storage.stages import StageStore
from storyflower.sweeps.choice import read_choice, record_choice
from storyflower.sweeps.device_turn import turn_on
from storyflower.sweeps.joined import sweep_folder
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.space import Choices, SearchSpace
from storyflower.sweeps.study import QUARTERS, OpenTrial
from storyflower.sweeps.study_store import STUDY_FILE
from storyflower.sweeps.sweep import open_sweep, sweep_key
from storyflower.sweeps.trial import Bench, FoldWatch, ObserversOf, PrunedError
from storyflower.training.progress import EpochRecord, Observer, StepProgress, TrainingPlan
from tests.unit.sweeps.conftest import RECIPE, SPACE, bench_in
from tests.waiting import GIVE_UP_S

PLAN = SweepPlan(SPACE, trials=4, folds=2, finalists=1, more_seeds=1)

KILLED_IN_THE_SECOND_TRIAL = """
import os, signal, sys
from pathlib import Path
from tests.unit.sweeps.conftest import bench_in
from tests.unit.sweeps.test_sweep import PLAN, Counting
from storyflower.sweeps.sweep import open_sweep

class Killing(Counting):
    def epoch_ended(self, record):
        super().epoch_ended(record)
        if len(self.epochs) == 7:  # of the eight epochs of two trials on two folds
            os.kill(os.getpid(), signal.SIGKILL)

killing = Killing()
with open_sweep(bench_in(*map(Path, sys.argv[1:])), PLAN) as sweep:
    while (trial := sweep.ask()) is not None:
        sweep.run(trial, lambda fold: [killing])
"""


class Counting:
    """An observer that counts the epochs that are trained."""

    def __init__(self) -> None:
        self.epochs: list[int] = []

    def started(self, plan: TrainingPlan) -> None: ...

    def stepped(self, progress: StepProgress) -> None: ...

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs.append(record.epoch)


def watched_by(*observers: Observer) -> ObserversOf:
    """The same observers on every fold."""
    return lambda _fold: observers


def swept(bench: Bench, plan: SweepPlan = PLAN, observer: Observer | None = None) -> Selection:
    observers = [observer] if observer else []
    with open_sweep(bench, plan) as sweep:
        while (trial := sweep.ask()) is not None:
            sweep.run(trial, watched_by(*observers))
        return sweep.select([sweep.with_more_seeds(trial, watched_by(*observers)) for trial in sweep.finalists()])


@pytest.fixture(scope="module")
def bench(workbooks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return bench_in(tmp_path_factory.mktemp("sweep") / "home", *workbooks)


@pytest.fixture(scope="module")
def undisturbed(bench: Bench) -> Selection:
    return swept(bench)


def test_the_best_trial_is_chosen_with_more_seeds(bench: Bench, undisturbed: Selection) -> None:
    assert [trial.number for trial in undisturbed.trials] == [1, 2, 3, 4]
    scores = {trial.number: trial.score for trial in undisturbed.trials}
    winner = undisturbed.winner
    assert scores[winner.number] == max(score for score in scores.values() if score is not None)
    assert winner.seeds == (42, 43)
    assert [len(of_seed) for of_seed in winner.scores] == [2, 2]
    assert undisturbed.optimism is not None
    assert undisturbed.expected == pytest.approx(winner.score - undisturbed.optimism)
    with open_sweep(bench, PLAN) as sweep:
        assert sweep.ask() is None
        recipe = sweep.chosen(undisturbed)
    chosen = undisturbed.trials[winner.number - 1]
    assert recipe == RECIPE.with_changes(chosen.values)
    assert not list(bench.home.checkpoints.glob("*"))
    choice = Choice.of(undisturbed)
    record_choice(bench.home, bench.corpus, recipe, choice)
    assert read_choice(bench.home, bench.corpus, recipe) == choice
    assert read_choice(bench.home, bench.corpus, RECIPE) is None


def test_a_repeated_sweep_trains_nothing(bench: Bench, undisturbed: Selection) -> None:
    counting = Counting()
    assert swept(bench, observer=counting) == undisturbed
    sweep_folder(bench, sweep_key(bench, PLAN)).joinpath(STUDY_FILE).unlink()
    assert swept(bench, observer=counting) == undisturbed  # the same trials, whose folds the home has
    assert not counting.epochs


def test_a_killed_sweep_goes_on_and_chooses_as_an_undisturbed_one(
    workbooks: tuple[Path, Path], undisturbed: Selection, tmp_path: Path
) -> None:
    home = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED_IN_THE_SECOND_TRIAL, str(home), *map(str, workbooks)]
    assert subprocess.run(command, cwd=Path(__file__).parents[3], check=False).returncode == -signal.SIGKILL
    bench, counting = bench_in(home, *workbooks), Counting()
    with open_sweep(bench, PLAN) as sweep:
        assert [trial.number for trial in sweep.ended()] == [1]
    assert swept(bench, observer=counting) == undisturbed
    # Trials 3 and 4, and the finalist's second seed: two folds of two epochs each. Of the second trial its last fold.
    assert 12 < len(counting.epochs) <= 14


def test_a_trial_that_is_behind_is_ended_and_leaves_no_checkpoints(
    workbooks: tuple[Path, Path], tmp_path: Path
) -> None:
    bench, plan = bench_in(tmp_path / "home", *workbooks), replace(PLAN, trials=6)
    key = sweep_key(bench, plan)
    folder = sweep_folder(bench, key)
    folder.mkdir(parents=True)
    study = optuna.create_study(storage=f"sqlite:///{folder / STUDY_FILE}", study_name=key, direction="maximize")
    for number in range(1, 6):
        study.add_trial(
            optuna.trial.create_trial(
                value=1.0,
                params={"training.batch_size": 16},
                distributions={"training.batch_size": optuna.distributions.CategoricalDistribution((16, 32))},
                intermediate_values=dict.fromkeys(range(1, 2 * QUARTERS + 1), 1.0),
                user_attrs={"number": number, "folds": [1.0, 1.0]},
            )
        )
    counting = Counting()
    with open_sweep(bench, plan) as sweep:
        trial = sweep.ask()
        assert trial is not None
        ended = sweep.run(trial, watched_by(counting))
        assert sweep.ask() is None
    assert (ended.number, ended.state, ended.score) == (6, "pruned", None)
    assert counting.epochs == [1]
    assert not list(bench.home.checkpoints.glob("*"))
    assert not StageStore(bench.home).entries(FOLD_STAGE)


def test_no_trial_depends_on_the_validation_workbook(workbooks: tuple[Path, Path], tmp_path: Path) -> None:
    """Of the same texts with other labels: the texts are kept out of training all the same."""
    book = load_workbook(workbooks[1])
    sheet = book.active
    column = next(cell.column for cell in sheet[1] if cell.value == RECIPE.data.label_column)
    other_label = dict(zip(MAJORS, [*MAJORS[1:], MAJORS[0]], strict=True))
    for row in range(2, sheet.max_row + 1):
        cell = sheet.cell(row, column)
        cell.value = other_label.get(str(cell.value).strip(), cell.value)
    book.save(tmp_path / "other.xlsx")
    found = []
    for number, validation in enumerate((workbooks[1], tmp_path / "other.xlsx")):
        bench = bench_in(tmp_path / f"home{number}", workbooks[0], validation)
        with open_sweep(bench, replace(PLAN, trials=1)) as sweep:
            trial = sweep.ask()
            assert trial is not None
            found.append((bench.corpus.facts.validation_digest, sweep.run(trial, watched_by()).folds))
    (one, of_one), (other, of_other) = found
    assert one != other
    assert of_one == of_other


def test_trials_share_the_adapted_encoder_of_a_fold(bench: Bench) -> None:
    adapting = replace(
        bench,
        recipe=RECIPE.with_changes({"adapt_epochs": 1, "epochs": 1}),
        further=("라벨이 없는 새로운 문장이야", "이것도 말뭉치에는 없는 문장이야"),
    )
    assert sweep_key(adapting, PLAN) != sweep_key(replace(adapting, further=()), PLAN)
    with open_sweep(adapting, replace(PLAN, trials=2)) as sweep:
        while (trial := sweep.ask()) is not None:
            assert sweep.run(trial, watched_by()).state == "complete"
    assert len(StageStore(bench.home).entries(ADAPT_STAGE)) == PLAN.folds


@pytest.mark.usefixtures("in_english")
def test_trials_that_cannot_be_trained_fail_and_many_in_a_row_end_the_sweep(bench: Bench) -> None:
    plan = replace(PLAN, space=SearchSpace({"text.max_len": Choices((4, 5))}))
    with open_sweep(bench, plan) as sweep:
        for number in (1, 2):
            trial = sweep.ask()
            assert trial is not None
            ended = sweep.run(trial, watched_by())
            assert (ended.number, ended.state) == (number, "failed")
            assert ended.reason
        trial = sweep.ask()
        assert trial is not None
        with pytest.raises(StoryFlowerError, match="3 trials failed one after the other"):
            sweep.run(trial, watched_by())
        with pytest.raises(StoryFlowerError, match="no trial was trained to its end"):
            sweep.finalists()


def test_a_shared_store_that_is_away_is_no_fault_of_the_trial(workbooks: tuple[Path, Path], tmp_path: Path) -> None:
    """A mounted folder in whose place there is none for a while: the trial is asked for again, and ends."""
    store, away = tmp_path / "store", tmp_path / "away"

    class Unmounting(Counting):
        def epoch_ended(self, record: EpochRecord) -> None:
            super().epoch_ended(record)
            if not away.exists():
                store.rename(away)
                store.write_bytes(b"")

    store.mkdir()
    at_first = bench_in(tmp_path / "home", *workbooks)
    bench = replace(at_first, home=replace(at_first.home, store=store.as_uri()))
    with open_sweep(bench, PLAN) as sweep:
        trial = sweep.ask()
        assert trial is not None
        with pytest.raises(SharedStoreError):
            sweep.run(trial, watched_by(Unmounting()))
        assert sweep.ended() == ()
    store.unlink()
    away.rename(store)
    with open_sweep(bench, PLAN) as sweep:
        again = sweep.ask()
        assert again is not None
        assert (again.number, again.values) == (trial.number, trial.values)
        assert sweep.run(again, watched_by()).state == "complete"


def test_the_encoders_files_decide_which_trials_count(bench: Bench, shared: Path, tmp_path: Path) -> None:
    """Of an encoder whose files were replaced under the same name, the former trials say nothing."""
    encoder = shutil.copytree(shared / "kobert-mini", tmp_path / "encoder")
    others = replace(bench, recipe=RECIPE.with_changes({"encoder": str(encoder)}))
    varied = replace(PLAN, space=SearchSpace({"encoder.encoder": Choices(("scratch", str(encoder)))}))
    before = [sweep_key(others, PLAN), sweep_key(bench, varied), sweep_key(bench, PLAN)]
    config = encoder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | {"layer_norm_eps": 1e-6}), "utf-8")
    after = [sweep_key(others, PLAN), sweep_key(bench, varied), sweep_key(bench, PLAN)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, True]


@pytest.mark.parametrize(
    ("own", "values", "expected"),
    [
        ({}, {"encoder.encoder": "klue/roberta-base"}, ("klue/roberta-base", "main")),
        ({}, {"encoder.encoder": ""}, (DEFAULT_ENCODER, PINNED_REVISIONS[DEFAULT_ENCODER])),
        ({"revision": "v2"}, {"encoder.encoder": DEFAULT_ENCODER}, (DEFAULT_ENCODER, "v2")),
        ({"revision": "v2"}, {"training.epochs": 3}, (DEFAULT_ENCODER, "v2")),
        ({"encoder": "klue/roberta-base"}, {"encoder.encoder": ""}, ("klue/roberta-base", "main")),
        (
            {"encoder": "klue/roberta-base", "revision": "v2"},
            {"encoder.encoder": DEFAULT_ENCODER},
            (DEFAULT_ENCODER, PINNED_REVISIONS[DEFAULT_ENCODER]),
        ),
        ({}, {"encoder.encoder": "klue/roberta-base", "encoder.revision": "v3"}, ("klue/roberta-base", "v3")),
    ],
)
def test_a_revision_is_that_of_its_encoder(
    bench: Bench, own: dict[str, str], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    recipe = KOBERT.with_changes(own).on_machine(Settings())
    encoder = replace(bench, recipe=recipe).with_values(values).encoder
    assert (encoder.encoder, encoder.revision) == expected


@pytest.mark.usefixtures("in_english")
def test_a_home_has_one_sweep_at_a_time(bench: Bench) -> None:
    with (
        open_sweep(bench, PLAN),
        pytest.raises(StoryFlowerError, match="another sweep is running in this home"),
        open_sweep(bench, replace(PLAN, folds=3)),
    ):
        pass


def test_the_seeds_after_the_largest_one_are_the_first(bench: Bench) -> None:
    largest = RECIPE.with_changes({"seed": 2**32 - 2})
    with open_sweep(replace(bench, recipe=largest), replace(PLAN, more_seeds=3)) as sweep:
        assert sweep.more_seeds() == (2**32 - 1, 0, 1)
        for seed in sweep.more_seeds():
            assert largest.with_changes({"training.seed": seed})


def test_no_trial_begins_after_the_time_is_over(bench: Bench) -> None:
    with open_sweep(bench, replace(PLAN, trials=9, seconds=0.0)) as sweep:
        assert sweep.ask() is None


@pytest.mark.parametrize("change", [{"trials": 0}, {"trials": 10_001}, {"folds": 1}, {"folds": 21}])
def test_a_plan_out_of_bounds_is_refused(bench: Bench, change: dict[str, int]) -> None:
    with pytest.raises(StoryFlowerError), open_sweep(bench, replace(PLAN, **change)):
        pass


@pytest.mark.parametrize(("sampler", "pruner"), [("random", "none"), ("tpe", "hyperband")])
def test_what_proposes_and_what_ends_is_chosen_by_name(bench: Bench, sampler: str, pruner: str) -> None:
    plan = replace(PLAN, sampler=sampler, pruner=pruner)  # type: ignore[arg-type]
    assert sweep_key(bench, plan) != sweep_key(bench, PLAN)
    with open_sweep(bench, plan) as sweep:
        first = sweep.ask()
        again = sweep.ask()  # what was interrupted
    assert first is not None
    assert again is not None
    assert (again.number, again.values) == (1, first.values)


class Reported(OpenTrial):
    """A trial of no study."""

    def __init__(self, behind: Callable[[int], bool]) -> None:
        object.__setattr__(self, "steps", {})
        object.__setattr__(self, "behind", behind)

    def report(self, estimate: float, step: int) -> bool:
        self.steps[step] = estimate  # type: ignore[attr-defined]
        return self.behind(step)  # type: ignore[attr-defined, no-any-return]


def test_a_trial_reports_each_quarter_of_its_epochs_once() -> None:
    trial = Reported(lambda step: step == 2 * QUARTERS)
    FoldWatch(trial, 0, 2, []).catch_up([0.1, 0.5, 0.2, 0.3, 0.6, 0.1, 0.7, 0.2], 8)
    assert trial.steps == {1: 0.5, 2: 0.5, 3: 0.6, 4: 0.7}  # type: ignore[attr-defined]
    watch = FoldWatch(trial, 1, 2, [0.4])
    watch.catch_up([0.6], 2)
    watch.catch_up([0.6, 0.8], 2)  # at the last step there is nothing left to save
    assert trial.steps[6] == pytest.approx(0.5)  # type: ignore[attr-defined]
    assert trial.steps[8] == pytest.approx(0.6)  # type: ignore[attr-defined]
    with pytest.raises(PrunedError):
        FoldWatch(Reported(lambda step: step == 2), 0, 2, []).catch_up([0.1], 2)


def test_an_interruption_in_the_process_leaves_the_trial_to_be_gone_on_with(
    workbooks: tuple[Path, Path], undisturbed: Selection, tmp_path: Path
) -> None:
    class Interrupting(Counting):
        def epoch_ended(self, record: EpochRecord) -> None:
            super().epoch_ended(record)
            if len(self.epochs) == 7:  # of the eight epochs of two trials on two folds
                raise KeyboardInterrupt

    bench, counting = bench_in(tmp_path / "home", *workbooks), Counting()
    with pytest.raises(KeyboardInterrupt):
        swept(bench, observer=Interrupting())
    with open_sweep(bench, PLAN) as sweep:
        assert [trial.number for trial in sweep.ended()] == [1]
    assert swept(bench, observer=counting) == undisturbed
    assert 12 < len(counting.epochs) <= 14  # as after a SIGKILL


def test_a_gpu_has_one_trial_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    order: list[str] = []

    def second() -> None:
        with turn_on("GPU-1"):
            order.append("second")

    with turn_on("GPU-1"), turn_on("GPU-2"):
        waiting = Thread(target=second)
        waiting.start()
        waiting.join(0.2)  # it cannot end before the first one has
        order.append("first")
    waiting.join(GIVE_UP_S)
    assert order == ["first", "second"]
