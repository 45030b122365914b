"""Reads and moves the alias `champion`, and restores it if a move fails.

A move is a single write to the store. Before it, the version is loaded and must return predictions; after it,
`@champion` itself is loaded. If the process is killed at any point, the alias is on a version that can predict.
"""

import getpass
import logging
import os
import platform
from contextlib import AbstractContextManager

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.errors import TrackingError
from storyflower.messages import problem, say
from storyflower.promotion.history import Move, former_champion, moves, record_move, record_outside_move
from storyflower.registry.versions import prove_it_answers
from storyflower.storage.home import Home
from storyflower.tracking.lock import Held, one_at_a_time
from storyflower.tracking.problems import is_about_something_absent
from storyflower.tracking.store import client

log = logging.getLogger(__name__)

CHAMPION = "champion"
CHALLENGER = "challenger"


def current_champion(home: Home) -> ModelVersion | None:
    """Return the version with the alias `champion`; None if there is none."""
    try:
        return client(home).get_model_version_by_alias(home.model, CHAMPION)
    except MlflowException as error:
        if is_about_something_absent(error):
            return None
        raise


def champion_number(home: Home) -> str | None:
    """Return the champion's version number; None if there is no champion."""
    champion = current_champion(home)
    return None if champion is None else str(champion.version)


def one_judgement_at_a_time(home: Home) -> AbstractContextManager[Held]:
    """Return the lock from the comparison to the move of the alias: two runs cannot both replace the same champion."""
    return one_at_a_time(home, "promotion")


def move_alias_and_record(home: Home, move: Move, lock: Held) -> Move:
    """Move the alias to `move.to`, check that `@champion` returns predictions, and record the move.

    After any failure or interruption that follows the move, the alias is restored to `move.former`.

    Args:
        home: in whose registry the versions are.
        move: the move, from the version with the alias at the time of the judgement.
        lock: of the judgement. If it was lost, or the alias has been moved meanwhile, the alias stays.

    Raises:
        TrackingError: the lock was lost, the alias has moved, or the version, or the alias after the move, does not
            load or return predictions.
    """
    if move.to is None:
        raise ValueError("a move needs a version to move to")
    log.info(say("log.champion_asked", version=move.to))
    prove_it_answers(home, move.to)
    _require_champion(home, move.former)
    lock.confirm()
    try:
        client(home).set_registered_model_alias(home.model, CHAMPION, move.to)
        log.info(say("log.champion_moved", version=move.to))
        prove_it_answers(home, f"@{CHAMPION}")
        return record_move(home, move)
    except BaseException:
        if champion_number(home) == move.to:  # a machine that holds the lock by now may have moved it on
            restore_champion_alias(home, move.former)
        raise


def _require_champion(home: Home, expected: str | None) -> None:
    """Raise if the alias is not on the version with which the candidate was compared."""
    found = champion_number(home)
    if found != expected:
        none = say("registry.no_version")
        moved = problem(TrackingError, "champion_moved", home.model, expected=expected or none, found=found or none)
        moved.retryable = True
        raise moved


def restore_champion_alias(home: Home, former: str | None) -> None:
    """Restore the alias to the version `former`; delete it if that is None."""
    if former is None:
        client(home).delete_registered_model_alias(home.model, CHAMPION)
    elif champion_number(home) != former:
        client(home).set_registered_model_alias(home.model, CHAMPION, former)


def promote_by_hand(home: Home, version: str, why: str) -> Move:
    """Promote a version without regard to the gate's decision.

    Raises:
        TrackingError: there is no such version, it returns no predictions, or it is the champion already.
    """
    with one_judgement_at_a_time(home) as lock:
        return _move_by_hand(home, Move("promotion", _recorded_champion(home), version, _person(), why), lock)


def roll_back(home: Home, to: str | None, why: str) -> Move:
    """Move the alias back to the former champion in the history, or to the version `to`.

    Raises:
        TrackingError: there is no such version or no former champion, or it returns no predictions.
    """
    with one_judgement_at_a_time(home) as lock:
        champion = _recorded_champion(home)
        target = to or former_champion(moves(home))
        if target is None:
            raise problem(TrackingError, "no_former_champion", home.model, name=home.model)
        return _move_by_hand(home, Move("rollback", champion, target, _person(), why), lock)


def _recorded_champion(home: Home) -> str | None:
    """Record a move of the alias that was made outside of StoryFlower; return the champion's version number."""
    champion = champion_number(home)
    record_outside_move(home, champion)
    return champion


def _move_by_hand(home: Home, move: Move, lock: Held) -> Move:
    if move.former == move.to:
        raise problem(TrackingError, "champion_already", home.model, version=move.to)
    return move_alias_and_record(home, move, lock)


def _person() -> str:
    """Return the user and machine as `name@machine`; in a container the user's id may have no name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return f"{name}@{platform.node()}"
