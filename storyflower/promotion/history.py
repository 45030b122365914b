"""The history of the alias `champion`: an append-only record of its moves, with author, time, versions and reason.

It is stored as tags of the registered model, like the alias, so that it works with every tracking store. Each move has
its own tag, whose name begins with the number of the move, so that nothing is overwritten. The time is only for
readers, because clocks may be set back and differ between machines.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from uuid import uuid4

from storyflower.messages import say
from storyflower.messages.sentences import Sentence
from storyflower.storage.home import Home
from storyflower.tracking.store import client, registered_model

log = logging.getLogger(__name__)

_PREFIX = "history."
_NUMBERED = re.compile(r"history\.(\d+)\.")
_DATED = re.compile(r"history\.\d{8}T")
"""Names of the tags of earlier releases, which contain only the time."""
_UNKNOWN = "?"
"""The author of a move that was made outside of StoryFlower."""
_LONGEST = 2000  # characters of a reason that are kept

Kind = Literal["promotion", "rollback", "found"]


@dataclass(frozen=True)
class Move:
    """One move of the alias. Versions are MLflow's numbers; None if there was no alias."""

    kind: Kind
    """`found`: moved outside of StoryFlower (MLflow's pages, a script), or just before the process was killed."""
    former: str | None
    to: str | None
    by: str
    """A person (`name@machine`) or a flow run."""
    why: str
    """The reason as a person wrote it, or the text of `sentence` at the time of the move."""
    when: str = ""
    """The time of the record: UTC, ISO 8601."""
    sentence: Sentence | None = None
    """The reason if StoryFlower gave it, so that it can be shown in any language."""

    @property
    def reason(self) -> str:
        """The reason, in the current language if StoryFlower gave it."""
        return self.why if self.sentence is None else str(self.sentence)

    def to_json(self) -> dict[str, Any]:
        """The move as JSON-able values."""
        sentence = None if self.sentence is None else self.sentence.to_json()
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"sentence": sentence}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Move":
        """Read a move that `to_json` wrote; earlier versions stored no sentence.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: the value has another form.
        """
        if kept["kind"] not in get_args(Kind):
            raise ValueError(kept["kind"])
        sentence = kept.get("sentence")
        return cls(**kept | {"sentence": None if sentence is None else Sentence.from_json(sentence)})


def record_move(home: Home, move: Move) -> Move:
    """Append a move to the history, with the present time. Call this under `one_judgement_at_a_time`."""
    number = 1 + max((_number(key) for key in _tags(home) if _NUMBERED.match(key)), default=0)
    now = datetime.now(UTC)
    kept = replace(move, when=now.isoformat(timespec="seconds"), why=move.why[:_LONGEST])
    key = f"{_PREFIX}{number:06d}.{now:%Y%m%dT%H%M%S.%fZ}.{uuid4().hex[:4]}"
    client(home).set_registered_model_tag(home.model, key, json.dumps(kept.to_json(), ensure_ascii=False))
    return kept


def moves(home: Home) -> list[Move]:
    """Return the whole history, oldest first; empty if nothing has been registered.

    Moves that were recorded without a number come first. A tag that cannot be read, because it was edited elsewhere, is
    left out and logged.
    """
    tags = _tags(home)
    dated = _readable(home, tags, [key for key in sorted(tags) if _DATED.match(key)])
    numbered = sorted((key for key in tags if _NUMBERED.match(key)), key=lambda key: (_number(key), key))
    return [*_linked(dated), *_readable(home, tags, numbered)]


def _tags(home: Home) -> dict[str, str]:
    model = registered_model(home)
    return dict(model.tags) if model else {}


def _number(key: str) -> int:
    return int(key.split(".")[1])


def _readable(home: Home, tags: Mapping[str, str], keys: Sequence[str]) -> list[Move]:
    moves = []
    for key in keys:
        try:
            moves.append(Move.from_json(json.loads(tags[key])))
        except (ValueError, TypeError, KeyError, AttributeError):  # no JSON, or not what `to_json` writes
            log.warning(say("log.history_unreadable", tag=key, name=home.model))
    return moves


def _linked(dated: Sequence[Move]) -> list[Move]:
    """Order moves without numbers so that each begins at the version to which the move before it leads.

    If several begin there, the earliest comes first, which is the recorded order as long as the clock was right. After
    a tag with a time in the future, each run of an earlier release recorded the move of the alias again: such a
    `found`, which leads to the version that already has the alias, is left out.
    """
    left, line, end = list(dated), list[Move](), None
    while left:
        move = next((move for move in left if move.former == end), left[0])
        left.remove(move)
        if move.kind != "found" or move.to != end:
            line.append(move)
        end = move.to
    return line


def record_outside_move(home: Home, champion: str | None) -> None:
    """Record a move to `champion`, the version with the alias, if the history ends with another version."""
    known = moves(home)
    last = known[-1].to if known else None
    if champion != last:
        sentence = Sentence("move.elsewhere")
        record_move(home, Move("found", last, champion, _UNKNOWN, str(sentence), sentence=sentence))


def former_champion(known: Sequence[Move]) -> str | None:
    """Return the champion before the present one, without versions that were rolled back; None if there is none."""
    standing = _standing(known)
    if known and known[-1].to is None:  # the last champion was removed: the line ends with the one before it
        return standing[-1] if standing else None
    return standing[-2] if len(standing) > 1 else None


def ever_champion(known: Sequence[Move]) -> set[str]:
    """Return the versions that have ever had the alias."""
    return {version for move in known for version in (move.former, move.to) if version is not None}


def rolled_back_versions(known: Sequence[Move]) -> set[str]:
    """Return the versions that were rolled back and have not been promoted since."""
    behind: set[str] = set()
    for i, move in enumerate(known):
        line = _standing(known[:i])
        if _goes_back(move, line):
            behind |= set(line) - set(_standing(known[: i + 1]))
        behind.discard(str(move.to))
    return behind


def _standing(known: Sequence[Move]) -> list[str]:
    """Return the line of champions, the latest last: a promotion appends to it, a rollback shortens it."""
    line: list[str] = []
    for move in known:
        if _goes_back(move, line):
            line = line[: line.index(move.to)] if move.to in line else line[:-1]
        if move.to is not None:
            line = [version for version in line if version != move.to] + [move.to]
    return line


def _goes_back(move: Move, line: Sequence[str]) -> bool:
    """Return whether a move rolls back the latest version of the line.

    Moving the alias to a former champion or removing it in MLflow's pages counts as a rollback, as does a rollback that
    was killed before it was recorded.
    """
    return move.kind == "rollback" or (move.kind == "found" and (move.to is None or move.to in line))
