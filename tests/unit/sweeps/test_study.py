"""Studies that several processes use: numbers, attempts, signs of life, and a database that restarts."""

from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from storyflower.cluster.postgres import PostgresServer
from storyflower.errors import StudyError
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.sweeps.asking import ATTEMPTS, AskedStudy
from storyflower.sweeps.heartbeat import taken_trial
from storyflower.sweeps.opening import join_study, open_study
from storyflower.sweeps.study_store import StudyPlace, only_asker, study_storage
from tests.unit.sweeps.conftest import SPACE

KEY = "5f" * 16


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A home whose studies are in a file, or in a database of a real server."""
    if request.param == "sqlite":
        return Home(tmp_path / "home")
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"studies_{uuid4().hex}"
    server.create_database(name)
    return Home(tmp_path / "home", studies=SecretStr(server.address(name, "psycopg")))


@pytest.fixture
def study(home: Home) -> Iterator[AskedStudy]:
    with open_study(home, KEY, SPACE, sampler="random", pruner="none", folds=2, seed=1) as opened:
        yield opened


def test_an_interrupted_trial_keeps_its_number_while_others_run(study: AskedStudy) -> None:
    one, two, three = study.ask(), study.ask(), study.ask()
    assert [trial.number for trial in (one, two, three)] == [1, 2, 3]
    study.complete(three, (0.5, 0.7))
    study.lose(two, "Crashed: killed")
    again, new = study.ask(), study.ask()
    assert (again.number, again.values) == (2, two.values)
    assert again.index != two.index
    assert new.number == 4
    assert [trial.number for trial in study.running()] == [1, 2, 4]
    assert [trial.number for trial in study.ended()] == [3]


def test_a_trial_that_is_lost_again_and_again_has_failed_for_the_last_reason(study: AskedStudy) -> None:
    for attempt in range(ATTEMPTS):
        stopped = study.ask()
        study.release(stopped)  # stopped on purpose, which does not count
        trial = study.ask()
        assert (trial.number, trial.values) == (1, stopped.values)
        study.lose(trial, f"Crashed: {attempt}")
    assert study.ask().number == 2
    (failed,) = study.ended()
    assert (failed.number, failed.state, failed.reason) == (1, "failed", f"Crashed: {ATTEMPTS - 1}")
    assert failed.values == trial.values


@pytest.mark.usefixtures("in_english")
def test_one_worker_alone_has_a_trial(home: Home, study: AskedStudy) -> None:
    asked = study.ask()
    with join_study(home, KEY, pruner="none", folds=2) as joined:
        with taken_trial(joined, asked.index, "one") as taken:
            assert (taken.number, taken.values) == (asked.number, asked.values)
            assert [trial.number for trial in study.running(on_workers=True)] == [1]
            assert study.state_of(asked) == "training"
            with pytest.raises(StudyError, match="another process has it"):
                joined.take(asked.index, "two")
            assert joined.take(asked.index, "one").number == 1  # the same flow run, started once more
            study.release_interrupted()  # what another process of the home does: not to trials on workers
            assert study.state_of(asked) == "training"
            study.lose(asked, "gone")
            for use in (lambda: taken.report(0.5, 1), lambda: joined.complete(taken, (0.5, 0.5))):
                with pytest.raises(StudyError, match="trial 1 is over"):
                    use()
        with pytest.raises(StudyError, match="trial 1 is over"):
            joined.take(asked.index, "one")
        again = joined.take(study.ask().index, "two")
        joined.complete(again, (0.5, 0.7))
        joined.keep_seed(1, 43, (0.25, 0.75))
    (ended,) = study.ended()
    assert (ended.number, ended.folds) == (1, (0.5, 0.7))
    assert study.kept_seed(1, 43) == (0.25, 0.75)
    assert study.kept_seed(1, 44) is None


def test_a_machine_that_died_is_noticed_by_its_silence(home: Home, study: AskedStudy) -> None:
    asked = study.ask()
    with join_study(home, KEY, pruner="none", folds=2) as joined:
        joined.take(asked.index, "worker")
    assert study.state_of(asked) == "training"
    engine = create_engine(StudyPlace.of(home, KEY).address)
    with engine.begin() as database:
        database.execute(text("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'"))
    engine.dispose()
    assert study.state_of(asked) == "lost"
    again = study.ask()
    assert (again.number, again.values) == (1, asked.values)


def test_a_study_that_is_opened_again_goes_on(home: Home) -> None:
    opening = {"sampler": "random", "pruner": "none", "folds": 2, "seed": 1}
    with open_study(home, KEY, SPACE, **opening) as study:  # type: ignore[arg-type]
        first, token = study.ask(), study.token
    with open_study(home, KEY, SPACE, **opening) as study:  # type: ignore[arg-type]
        assert study.token == token
        (adopted,) = study.running()
        assert (adopted.index, adopted.values) == (first.index, first.values)
        assert study.ask().number == 2


@pytest.mark.usefixtures("in_english")
def test_a_worker_that_does_not_see_the_study_says_so(home: Home) -> None:
    with (
        pytest.raises(StudyError, match="the trials of this sweep are not here") as raised,
        join_study(home, KEY, pruner="none", folds=2),
    ):
        pass
    assert "STORYFLOWER_STUDIES" in raised.value.remedy


@pytest.mark.usefixtures("in_english")
def test_one_process_asks_for_the_trials_of_a_database(postgres: PostgresServer, tmp_path: Path) -> None:
    """From two homes, as on two machines; whoever waits is let in when the first one is gone."""
    postgres.create_database("asked")
    one, two = (Home(tmp_path / name, studies=SecretStr(postgres.address("asked", "psycopg"))) for name in "ab")
    place = StudyPlace.of(one, KEY)
    with study_storage(place) as storage, only_asker(storage, place, KEY):
        with (
            pytest.raises(StudyError, match="running on another machine"),
            open_study(two, KEY, SPACE, sampler="tpe", pruner="none", folds=2, seed=1),
        ):
            pass
        with open_study(two, "a" * 32, SPACE, sampler="tpe", pruner="none", folds=2, seed=1) as other:
            assert other.ask().number == 1
    with open_study(two, KEY, SPACE, sampler="tpe", pruner="none", folds=2, seed=1) as study:
        assert study.ask().number == 1


def test_a_server_that_restarts_is_waited_for(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.create_database("restarted")
    home = Home(tmp_path / "home", studies=SecretStr(postgres.address("restarted", "psycopg")))
    with open_study(home, KEY, SPACE, sampler="random", pruner="none", folds=2, seed=1) as study:
        study.complete(study.ask(), (0.5, 0.5))
        postgres.kill()
        starting = Timer(1.0, postgres.start)
        starting.start()
        trial = study.ask()
        study.complete(trial, (0.25, 0.25))
        assert [ended.number for ended in study.ended()] == [1, 2]
        starting.join()


@pytest.mark.usefixtures("in_english")
def test_after_a_restart_of_the_server_one_process_alone_asks(postgres: PostgresServer, tmp_path: Path) -> None:
    """The server has forgotten the lock: whoever is first has it, and the other one ends before it does harm."""
    postgres.create_database("forgotten")
    address = SecretStr(postgres.address("forgotten", "psycopg"))
    opening = {"sampler": "random", "pruner": "none", "folds": 2, "seed": 1}
    with open_study(Home(tmp_path / "a", studies=address), KEY, SPACE, **opening) as study:  # type: ignore[arg-type]
        study.ask()
        postgres.kill()
        postgres.start()
        with open_study(Home(tmp_path / "b", studies=address), KEY, SPACE, **opening) as other:  # type: ignore[arg-type]
            other.release_interrupted()
            theirs = other.ask()
            for asking in (study.ask, study.release_interrupted, study.settle_lost):
                with pytest.raises(StudyError, match="running on another machine"):
                    asking()
            assert [trial.index for trial in other.running()] == [theirs.index]
        assert study.ask().number == 2  # the other one is gone


@pytest.mark.usefixtures("in_english")
def test_the_password_of_a_database_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = "postgresql://user:s3cret-w0rd@127.0.0.1:1/studies"
    monkeypatch.setenv("STORYFLOWER_STUDIES", address)
    home = Home.of(settings())
    place = StudyPlace.of(home, KEY)
    assert place.address == "postgresql+psycopg://user:s3cret-w0rd@127.0.0.1:1/studies"
    with pytest.raises(StudyError) as raised, join_study(home, KEY, pruner="none", folds=2):
        pass
    for shown in (repr(settings()), repr(home), repr(place), str(place), str(raised.value)):
        assert "s3cret-w0rd" not in shown
    monkeypatch.setenv("STORYFLOWER_STUDIES", address.replace("postgresql", "mysql"))
    with pytest.raises(Exception, match="not the address of a PostgreSQL database") as refused:
        settings()
    assert "s3cret-w0rd" not in str(refused.value)
