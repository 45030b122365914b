"""The alias `champion`: reading it, moving it, and restoring it when a move fails.

A move is one write of the store. It happens only after the version has been loaded and has answered, and is followed by
loading `@champion` itself: killed at any point, the alias is on a version that can answer.
"""

import getpass
import logging
import os
import platform

from filelock import FileLock
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.errors import TrackingError
from storyflower.messages import problem, say
from storyflower.promotion.history import Kind, Move, former_champion, moves, record_move, record_outside_move
from storyflower.registry.versions import prove_it_answers
from storyflower.storage.home import Home
from storyflower.tracking.problems import is_about_something_absent
from storyflower.tracking.store import client

log = logging.getLogger(__name__)

CHAMPION = "champion"
CHALLENGER = "challenger"


def current_champion(home: Home) -> ModelVersion | None:
    """The version with the alias `champion`, None where there is none."""
    try:
        return client(home).get_model_version_by_alias(home.model, CHAMPION)
    except MlflowException as error:
        if is_about_something_absent(error):
            return None
        raise


def champion_number(home: Home) -> str | None:
    """The champion's version number."""
    champion = current_champion(home)
    return None if champion is None else str(champion.version)


def one_judgement_at_a_time(home: Home) -> FileLock:
    """Held from comparing with the champion to moving the alias: two runs cannot both beat the same champion."""
    return home.lock("promotion")


def move_alias_and_record(home: Home, move: Move) -> Move:
    """Point the alias at `move.to`, check that `@champion` answers, and record the move.

    On any failure, an interruption included, the alias is put back on `move.former`.

    Raises:
        TrackingError: the version, or the alias once it has moved, does not load or answer.
    """
    if move.to is None:
        raise ValueError("a move needs a version to move to")
    try:
        log.info(say("log.champion_asked", version=move.to))
        prove_it_answers(home, move.to)
        client(home).set_registered_model_alias(home.model, CHAMPION, move.to)
        log.info(say("log.champion_moved", version=move.to))
        prove_it_answers(home, f"@{CHAMPION}")
        return record_move(home, move)
    except BaseException:
        restore_champion_alias(home, move.former)
        raise


def restore_champion_alias(home: Home, former: str | None) -> None:
    """Put the alias back on the version `former`, or delete it where there was none."""
    if former is None:
        client(home).delete_registered_model_alias(home.model, CHAMPION)
    elif champion_number(home) != former:
        client(home).set_registered_model_alias(home.model, CHAMPION, former)


def promote_by_hand(home: Home, version: str, why: str) -> Move:
    """Make a version the champion on a person's decision, whatever the gate decided.

    Raises:
        TrackingError: there is no such version, it does not answer, or it is the champion already.
    """
    with one_judgement_at_a_time(home):
        return _move_by_hand(home, "promotion", _recorded_champion(home), version, why)


def roll_back(home: Home, to: str | None, why: str) -> Move:
    """Move the alias back to the former champion of the history, or to the version `to`.

    Raises:
        TrackingError: there is no such version or no former champion, or it does not answer.
    """
    with one_judgement_at_a_time(home):
        champion = _recorded_champion(home)
        target = to or former_champion(moves(home))
        if target is None:
            raise problem(TrackingError, "no_former_champion", home.model)
        return _move_by_hand(home, "rollback", champion, target, why)


def _recorded_champion(home: Home) -> str | None:
    """The champion's version number, after a move of the alias that was made elsewhere has been recorded."""
    champion = champion_number(home)
    record_outside_move(home, champion)
    return champion


def _move_by_hand(home: Home, kind: Kind, champion: str | None, version: str, why: str) -> Move:
    if champion == version:
        raise problem(TrackingError, "champion_already", home.model, version=version)
    return move_alias_and_record(home, Move(kind, champion, version, _person(), why))


def _person() -> str:
    """The user and machine, as `name@machine`; in a container the user's id may have no name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return f"{name}@{platform.node()}"
