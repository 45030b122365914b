"""The history of the alias: append-only, and the way back along it."""

import json
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from storyflower.promotion import history
from storyflower.promotion.history import (
    Move,
    former_champion,
    moves,
    record_move,
    record_outside_move,
    rolled_back_versions,
)
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")


def moves_of(*steps: str) -> list[Move]:
    """`+3` promotes version 3, `-1` rolls back to version 1, `?4` finds the alias on 4, `?` finds it gone."""
    kinds = {"+": "promotion", "-": "rollback", "?": "found"}
    history: list[Move] = []
    for step in steps:
        former = history[-1].to if history else None
        history.append(Move(kinds[step[0]], former, step[1:] or None, "a person", "because"))  # type: ignore[arg-type]
    return history


@pytest.mark.parametrize(
    ("steps", "former", "behind"),
    [
        ((), None, set()),
        (("+1",), None, set()),
        (("+1", "+2"), "1", set()),
        (("+1", "+2", "-1"), None, {"2"}),
        (("+1", "+2", "+3", "-2"), "1", {"3"}),
        (("+1", "+2", "+3", "-2", "-1"), None, {"2", "3"}),
        (("+1", "+2", "+3", "-1"), None, {"2", "3"}),
        (("+1", "+2", "-1", "+2"), "1", set()),
        (("+1", "+3", "-2"), "1", {"3"}),
        (("+1", "?4"), "1", set()),
        (("+1", "+2", "?"), "1", {"2"}),
        (("+1", "+2", "?", "?2"), "1", set()),
        (("+1", "+2", "?", "-1"), None, {"2"}),
        (("+1", "+2", "+3", "?2"), "1", {"3"}),
        (("+1", "+2", "+3", "?2", "-1"), None, {"2", "3"}),
        (("+1", "+2", "+3", "?2", "+3"), "2", set()),
    ],
)
def test_the_way_back(steps: tuple[str, ...], former: str | None, behind: set[str]) -> None:
    assert former_champion(moves_of(*steps)) == former
    assert rolled_back_versions(moves_of(*steps)) == behind


def test_a_move_made_elsewhere_is_noted_once() -> None:
    assert moves(current_home()) == []
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    record_outside_move(current_home(), None)
    assert moves(current_home()) == []
    first = record_move(current_home(), Move("promotion", None, "1", "flow run a", "first champion: 기쁨"))
    for _ in range(2):
        record_outside_move(current_home(), "7")
    assert [(move.kind, move.former, move.to) for move in moves(current_home())] == [
        ("promotion", None, "1"),
        ("found", "1", "7"),
    ]
    assert moves(current_home())[0] == first
    assert first.when.endswith("+00:00")
    assert first.why == "first champion: 기쁨"


def keep(key: str, kind: str, former: str | None, to: str | None) -> None:
    """A move as a tag of the registered model, under a name of its own."""
    move = Move(kind, former, to, "a person", "because")  # type: ignore[arg-type]
    client(current_home()).set_registered_model_tag(DEFAULT_MODEL, f"history.{key}", json.dumps(move.to_json()))


def steps() -> list[tuple[str, str | None, str | None]]:
    return [(move.kind, move.former, move.to) for move in moves(current_home())]


def test_moves_keep_their_order_when_the_clock_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was wrong when version 1 was promoted, and is set right; then it is set back by a year."""
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    for year, move in ((2099, ("1", None)), (2026, ("2", "1")), (2025, ("3", "2"))):
        monkeypatch.setattr(history, "datetime", clock_of(year))
        record_move(current_home(), Move("promotion", move[1], move[0], "flow run", "better"))
        record_outside_move(current_home(), move[0])
    assert steps() == [("promotion", None, "1"), ("promotion", "1", "2"), ("promotion", "2", "3")]
    assert [move.when[:4] for move in moves(current_home())] == ["2099", "2026", "2025"]
    assert former_champion(moves(current_home())) == "2"
    assert rolled_back_versions(moves(current_home())) == set()


def clock_of(year: int) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(year, 1, 1, tzinfo=tz)

    return Clock


def test_a_history_without_numbers_is_read_along_its_links(own_home: Path) -> None:
    """As earlier releases left it: one tag is from the future, and every run noted the alias anew."""
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    keep("20990101T000000.000000Z.aaaa", "promotion", None, "1")
    keep("20260101T000000.000000Z.bbbb", "promotion", "1", "2")
    keep("20260102T000000.000000Z.cccc", "promotion", "2", "3")
    for n in range(3):
        keep(f"20260103T00000{n}.000000Z.dddd", "found", "1", "3")
    assert steps() == [("promotion", None, "1"), ("promotion", "1", "2"), ("promotion", "2", "3")]
    record_outside_move(current_home(), "3")
    assert former_champion(moves(current_home())) == "2"
    record_move(current_home(), Move("rollback", "3", "2", "a person", "worse"))
    assert steps()[-1] == ("rollback", "3", "2")
    assert rolled_back_versions(moves(current_home())) == {"3"}
    keep("99991231T000000.000000Z.eeee", "found", "7", "7")  # written by hand: it is not the last word
    assert steps()[-1] == ("rollback", "3", "2")


def test_a_history_without_numbers_keeps_its_order_where_the_clock_was_right() -> None:
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    recorded = [("promotion", None, "1"), ("promotion", "1", "2"), ("rollback", "2", "1"), ("promotion", "1", "3")]
    recorded += [("found", "3", None), ("promotion", None, "2"), ("rollback", "2", "1"), ("promotion", "1", "2")]
    for day, move in enumerate(recorded, 1):
        keep(f"202601{day:02d}T000000.000000Z.aaaa", *move)
    assert steps() == recorded


def test_numbers_are_counted_beyond_six_digits() -> None:
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    keep("1000000.20260101T000000.000000Z.aaaa", "promotion", "1", "2")
    keep("999999.20270101T000000.000000Z.aaaa", "promotion", None, "1")
    record_move(current_home(), Move("promotion", "2", "3", "flow run", "better"))
    assert [move.to for move in moves(current_home())] == ["1", "2", "3"]


@pytest.mark.parametrize("value", ["{no json", "[]", "null", '{"kind": "promotion"}', '{"kind": "other"}'])
def test_a_tag_that_cannot_be_read_is_left_out_and_named(value: str, caplog: pytest.LogCaptureFixture) -> None:
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    keep("000001.20260101T000000.000000Z.aaaa", "promotion", None, "1")
    client(current_home()).set_registered_model_tag(DEFAULT_MODEL, "history.000002.edited", value)
    record_move(current_home(), Move("promotion", "1", "2", "flow run", "better"))
    assert [move.to for move in moves(current_home())] == ["1", "2"]
    assert "tag history.000002.edited" in caplog.messages[-1]
