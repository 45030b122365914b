"""A model to score with, and a home for its answers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from storyflower.data.labels import MAJORS
from storyflower.scoring.engines import LocalEngine
from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.run import score
from storyflower.scoring.shards import Probabilities, Shard
from tests.homes import current_home
from tests.unit.fixtures.workbooks import write_dialogues, write_sheet

__all__ = ["engine", "model", "scored", "write_dialogues", "write_sheet"]

SCORE = Callable[..., ScoreReport]


class CountingEngine:
    """The engine of this process, which counts the shards that it is given."""

    at_once = 1

    def __init__(self, model: ScoringModel) -> None:
        self._engine = LocalEngine(model, Compute("cpu", 1))
        self.computed = 0

    def answers(self, shards: Sequence[Shard]) -> Iterator[tuple[int, Probabilities]]:
        self.computed += len(shards)
        yield from self._engine.answers(shards)


@pytest.fixture
def model(model_directory: Path) -> ScoringModel:
    return ScoringModel("model", "1", "digest", None, False, MAJORS, ("사람문장1", "사람문장2"), model_directory)


@pytest.fixture
def engine(model: ScoringModel) -> CountingEngine:
    return CountingEngine(model)


@pytest.fixture
def scored(model: ScoringModel, engine: CountingEngine) -> SCORE:
    """Scores a file in the home of the test: `scored(path, out=…, threshold=…)`."""

    def run(path: Path, out: Path | None = None, **options: object) -> ScoreReport:
        chosen = ScoreOptions(**options)  # type: ignore[arg-type]
        return score(current_home(), model, engine, str(path), out=out, options=chosen)

    return run
