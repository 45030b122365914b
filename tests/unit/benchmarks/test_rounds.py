from pathlib import Path

import pytest

from benchmarks.systems import rounds
from benchmarks.systems.job import Job, Measurement, Window

JOB = Job("", "encoder", "corpus", device="cuda", epochs=1, seed=1, learning_rate=1e-5, max_steps=None, judge=False)
SYSTEMS = ["notebook", "trainer", "trainer-compiled", "storyflower"]
RATES = {"notebook": 1, "trainer": 2, "trainer-compiled": 3, "storyflower": 9}


def run_all(monkeypatch: pytest.MonkeyPatch, broken: str) -> tuple[rounds.Rounds, rounds.LeftOut]:
    """Three rounds, in which one system fails whenever it is run."""

    def run(job: Job, folder: Path) -> Measurement:
        if job.system == broken:
            raise RuntimeError(f"{broken} ended with 1")
        return Measurement([Window(RATES[job.system], 1.0)])

    monkeypatch.setattr(rounds, "_run", run)
    return rounds.run_rounds(SYSTEMS, JOB, seeds=3, cut_after=None, folder=Path())


def test_of_two_trainers_the_faster_one_goes_on(monkeypatch: pytest.MonkeyPatch):
    found, left_out = run_all(monkeypatch, broken="none")
    assert left_out == {}
    assert {name: len(measured) for name, measured in found.items()} == dict.fromkeys(SYSTEMS, 3) | {"trainer": 1}


def test_where_every_system_fails_all_are_left_out(monkeypatch: pytest.MonkeyPatch):
    def fail(job: Job, folder: Path) -> Measurement:
        raise RuntimeError(f"{job.system} ended with 1")

    monkeypatch.setattr(rounds, "_run", fail)
    found, left_out = rounds.run_rounds(SYSTEMS, JOB, seeds=3, cut_after=None, folder=Path())
    assert not any(found.values())
    assert set(left_out) == set(SYSTEMS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_that_fails_is_left_out_with_its_reason_and_the_others_count(
    monkeypatch: pytest.MonkeyPatch, capsys, system: str
):
    found, left_out = run_all(monkeypatch, broken=system)
    slower = {"trainer": 1} if "trainer" not in system else {}
    lengths = {name: len(measured) for name, measured in found.items()}
    assert lengths == dict.fromkeys(SYSTEMS, 3) | slower | {system: 0}
    assert left_out == {system: f"{system} ended with 1"}
    assert capsys.readouterr().err.count(f"left out: {system} ended with 1") == 1
