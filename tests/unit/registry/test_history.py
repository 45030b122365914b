"""The history of the alias: append-only, and the way back along it."""

import pytest

from storyflower.registry.history import (
    Move,
    former_champion,
    moves,
    note_move_made_elsewhere,
    record,
    taken_back,
)
from storyflower.registry.tracking import MODEL_NAME, client

pytestmark = pytest.mark.usefixtures("in_english")


def told(*steps: str) -> list[Move]:
    """`+3` promotes version 3, `-1` rolls back to version 1, `?4` finds the alias on 4, `?` finds it gone."""
    kinds = {"+": "promotion", "-": "rollback", "?": "found"}
    history: list[Move] = []
    for step in steps:
        former = history[-1].to if history else None
        history.append(Move(kinds[step[0]], former, step[1:] or None, "somebody", "because"))  # type: ignore[arg-type]
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
    assert former_champion(told(*steps)) == former
    assert taken_back(told(*steps)) == behind


def test_a_move_made_elsewhere_is_noted_once() -> None:
    assert moves() == []
    client().create_registered_model(MODEL_NAME)
    note_move_made_elsewhere(None)
    assert moves() == []
    first = record(Move("promotion", None, "1", "flow run a", "first champion: 기쁨"))
    for _ in range(2):
        note_move_made_elsewhere("7")
    assert [(move.kind, move.former, move.to) for move in moves()] == [("promotion", None, "1"), ("found", "1", "7")]
    assert moves()[0] == first
    assert first.when.endswith("+00:00")
    assert first.why == "first champion: 기쁨"
