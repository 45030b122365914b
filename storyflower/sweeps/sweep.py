"""A sweep: trials of recipes on development folds, the best of them with more seeds, and the choice of one."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from filelock import Timeout

from storyflower.data.folds import require_texts_in_folds
from storyflower.digests import digest_of
from storyflower.errors import StoryFlowerError
from storyflower.evaluation.selection import Finalist, Selection, TrialScore, selection_optimism
from storyflower.messages import problem, say
from storyflower.model.encoder import resolve_encoder
from storyflower.pipeline.corpus import read_corpus
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_bounds import SEEDS
from storyflower.recipe_parts import SCRATCH
from storyflower.storage.home import SWEEP_LOCK
from storyflower.sweeps.asking import AskedStudy
from storyflower.sweeps.joined import JoinedSweep
from storyflower.sweeps.opening import open_study
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.study import OpenTrial
from storyflower.sweeps.trial import ENCODER_FIELD, Bench, ObserversOf

VERSION = 2  # raise when the same sweep would make other trials

_SECONDS_BETWEEN_LOOKS = 10.0

log = logging.getLogger("storyflower.sweep")


class Sweep(JoinedSweep):
    """A sweep in the process that asks for its trials, whose home is locked."""

    study: AskedStudy

    def __init__(self, bench: Bench, plan: SweepPlan, key: str, study: AskedStudy) -> None:
        super().__init__(bench, plan, key, study)
        self._ends_at = None if plan.seconds is None else time.monotonic() + plan.seconds

    def ask(self) -> OpenTrial | None:
        """Begin the next trial in this process; None where all were made or the time is over."""
        self.study.release_interrupted()
        return self.ask_for_worker()

    def ask_for_worker(self) -> OpenTrial | None:
        """Begin the next trial, to be trained by a worker; None where enough have begun or the time is over."""
        self.study.settle_lost()
        is_over = self._ends_at is not None and time.monotonic() >= self._ends_at
        return None if is_over or self.study.begun() >= self.plan.trials else self.study.ask()

    def await_workers(self) -> None:
        """Wait for the trials that workers are still training for an earlier process with the same sweep."""
        while left := self.study.running(on_workers=True):
            log.warning(say("sweep.awaits", numbers=", ".join(str(trial.number) for trial in left)))
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def finalists(self) -> tuple[TrialScore, ...]:
        """The best complete trials, by falling score; of equal recipes the first.

        Raises:
            StoryFlowerError: no trial is complete.
        """
        complete = [trial for trial in self.ended() if trial.score is not None]
        if not complete:
            raise problem(StoryFlowerError, "sweep_nothing_complete", str(self.folder))
        different = {digest_of(trial.values): trial for trial in reversed(complete)}
        best = sorted(different.values(), key=lambda trial: (-(trial.score or 0.0), trial.number))
        return tuple(best[: self.plan.finalists])

    def with_more_seeds(self, trial: TrialScore, observers_of: ObserversOf) -> Finalist:
        """Train a complete trial on all folds with more seeds."""
        return self.finalist(trial, [self.with_seed(trial, seed, observers_of) for seed in self.more_seeds()])

    def more_seeds(self) -> tuple[int, ...]:
        """The seeds beside the recipe's own with which finalists are trained; after the largest comes 0."""
        own = self.bench.recipe.training.seed
        return tuple((own + further) % SEEDS for further in range(1, self.plan.more_seeds + 1))

    def finalist(self, trial: TrialScore, others: Sequence[tuple[float, ...]]) -> Finalist:
        """A finalist of its score as a trial, and of those with more seeds."""
        seeds = (self.bench.recipe.training.seed, *self.more_seeds())
        return Finalist(trial.number, seeds, (trial.folds, *others))

    def select(self, finalists: list[Finalist]) -> Selection:
        """Choose the finalist with the best mean over seeds and folds; of equal ones the first."""
        ended = self.ended()
        scores = np.array([trial.folds for trial in ended if trial.folds], dtype=np.float64)
        return Selection(
            folds=self.plan.folds,
            trials=ended,
            finalists=tuple(sorted(finalists, key=lambda finalist: (-finalist.score, finalist.number))),
            optimism=selection_optimism(scores),
            importance=self.study.importance(),
        )

    def chosen(self, selection: Selection) -> TrainingRecipe:
        """The recipe of the winner, with the seed that all trials had."""
        return next(self.recipe_of(trial) for trial in selection.trials if trial.number == selection.winner.number)


@contextmanager
def open_sweep(bench: Bench, plan: SweepPlan) -> Iterator[Sweep]:
    """Open a sweep, which goes on where an earlier process with the same corpus, recipe and plan has left it.

    `trials`, `seconds` and the finalists may differ: a sweep that has ended goes on with more trials.

    Raises:
        RecipeError: the plan is out of bounds.
        DataContractError: the corpus has too few texts for so many folds.
        StoryFlowerError: another process sweeps in this home, or Optuna is not installed.
        StudyError: see `open_study`.
    """
    plan.require_possible()
    require_texts_in_folds(read_corpus(bench.corpus), plan.folds)
    key = sweep_key(bench, plan)
    lock = bench.home.lock(SWEEP_LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise problem(StoryFlowerError, "sweep_runs", str(bench.home.folder)) from None
    try:
        with open_study(
            *(bench.home, key, plan.space),
            sampler=plan.sampler,
            pruner=plan.pruner,
            folds=plan.folds,
            seed=bench.recipe.training.seed,
        ) as study:
            yield Sweep(bench, plan, key, study)
    finally:
        lock.release()


def sweep_key(bench: Bench, plan: SweepPlan) -> str:
    """The key (32 hex digits) of everything that decides which trials are made; the seed is the recipe's.

    Raises:
        EncoderError: an encoder of the trials cannot be found.
    """
    decides = {
        "version": VERSION,
        "corpus": bench.corpus.learned_digest,
        "recipe": bench.recipe.digest,
        "space": plan.space.to_json(),
        "folds": plan.folds,
        "sampler": plan.sampler,
        "pruner": plan.pruner,
    }
    further = {"further": digest_of(bench.further)} if bench.further else {}
    encoders = {"encoders": found} if (found := _encoder_digests(bench, plan)) else {}
    return digest_of(decides | further | encoders)[:32]


def _encoder_digests(bench: Bench, plan: SweepPlan) -> list[str]:
    """The digests of the encoders of the trials, whose files may change; one from scratch follows from the rest."""
    varied = plan.space.fields.get(ENCODER_FIELD)
    chosen = varied.probes() if varied else [bench.recipe.encoder.encoder]
    recipes = [bench.with_values({ENCODER_FIELD: name}).encoder for name in chosen]
    return [resolve_encoder(recipe).digest for recipe in recipes if recipe.encoder != SCRATCH]
