from pathlib import Path

import pytest

from benchmarks.systems import rounds
from benchmarks.systems.job import Job, Measurement, Window

JOB = Job("", "encoder", "corpus", device="cuda", epochs=1, seed=1, learning_rate=1e-5, max_steps=None, judge=False)
SYSTEMS = ["notebook", "trainer", "trainer-compiled", "storyflower"]
RATES = {"notebook": 1, "trainer": 2, "trainer-compiled": 3, "storyflower": 9}


def run_all(monkeypatch: pytest.MonkeyPatch, broken: str) -> rounds.Rounds:
    """Three rounds, in which one system fails whenever it is run."""

    def run(job: Job, folder: Path) -> Measurement:
        if job.system == broken:
            raise RuntimeError(f"{broken} ended with 1")
        return Measurement([Window(RATES[job.system], 1.0)])

    monkeypatch.setattr(rounds, "_run", run)
    return rounds.run_rounds(SYSTEMS, JOB, seeds=3, cut_after=None, folder=Path())


def test_of_two_trainers_the_faster_one_goes_on(monkeypatch: pytest.MonkeyPatch):
    found = run_all(monkeypatch, broken="none")
    assert {name: len(measured) for name, measured in found.items()} == dict.fromkeys(SYSTEMS, 3) | {"trainer": 1}


def test_a_trainer_that_cannot_be_compiled_is_reported_and_left_out(monkeypatch: pytest.MonkeyPatch, capsys):
    found = run_all(monkeypatch, broken="trainer-compiled")
    lengths = {name: len(measured) for name, measured in found.items()}
    assert lengths == dict.fromkeys(SYSTEMS, 3) | {"trainer-compiled": 0}
    assert capsys.readouterr().err.count("left out: trainer-compiled ended with 1") == 1


@pytest.mark.parametrize("system", ["notebook", "trainer", "storyflower"])
def test_any_other_failure_ends_the_benchmark(monkeypatch: pytest.MonkeyPatch, system: str):
    with pytest.raises(RuntimeError, match=f"{system} ended with 1"):
        run_all(monkeypatch, broken=system)
