"""Computing in this process."""

from collections.abc import Iterator, Sequence

from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.shards import Probabilities, Shard
from storyflower.serving.memory import release_free_memory
from storyflower.serving.predictor import Predictor, load_predictor


class LocalEngine:
    """One shard after the other in this process; the model is loaded when the first is asked for."""

    at_once = 1

    def __init__(self, model: ScoringModel, compute: Compute) -> None:
        self._model = model
        self._compute = compute
        self.precision = compute.precision
        self._predictor: Predictor | None = None

    def answers(self, shards: Sequence[Shard]) -> Iterator[tuple[int, Probabilities]]:
        """See `Engine.answers`."""
        with self._compute.in_force():
            if self._predictor is None:
                self._predictor = load_predictor(self._model.folder, self._compute.device, self._compute.precision)
            for place, shard in enumerate(shards):
                answers = self._predictor.probabilities(shard.texts)
                release_free_memory()
                yield place, answers
