"""Evaluates a challenger for promotion: its latency and size, the comparison with the champion, and the decision."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import thread_time

from mlflow.entities.model_registry import ModelVersion

from storyflower.errors import VersionFilesError
from storyflower.messages import say
from storyflower.messages.sentences import Sentence
from storyflower.model.devices import computing_threads
from storyflower.promotion.alias import CHALLENGER, current_champion
from storyflower.promotion.comparison import ValidationSet, compare_with_champion
from storyflower.promotion.gate import Candidate, ChampionComparison, Decision, decide
from storyflower.promotion.history import moves, record_outside_move, rolled_back_versions
from storyflower.recipe import TrainingRecipe
from storyflower.registry.interface import EXAMPLE
from storyflower.serving.predictor import Predictor, load_predictor
from storyflower.storage.home import Home
from storyflower.tracking.store import client

log = logging.getLogger(__name__)

_ROUNDS = 5


def latency_ms(model_directory: Path) -> float:
    """Return the median processor time (ms, to a tenth) of one core for one sentence.

    On an idle machine this is the latency of one thread. Wall-clock time would also measure the other load of the
    machine, and so refuse a good model. The shortest of several rounds counts, because other processes also slow a core
    down through its caches.
    """
    predictor = load_predictor(model_directory, "cpu")
    predictor.predict(EXAMPLE[:1])  # the first prediction is slower, because libraries initialise lazily
    with computing_threads(1):  # the whole computation runs in this thread, whose time is measured
        shortest = [min(_seconds_of(predictor, text) for _ in range(_ROUNDS)) for text in EXAMPLE]
    return round(median(shortest) * 1000, 1)


def _seconds_of(predictor: Predictor, text: str) -> float:
    started = thread_time()
    predictor.predict([text])
    return thread_time() - started


def size_mb(model_directory: Path) -> float:
    """Return the size of the files of a model directory, in MiB to a tenth."""
    return round(sum(file.stat().st_size for file in model_directory.rglob("*") if file.is_file()) / 2**20, 1)


def assign_and_judge(
    home: Home,
    version: ModelVersion,
    candidate: Candidate,
    validation: ValidationSet,
    predicted: Sequence[str],
    recipe: TrainingRecipe,
) -> Decision:
    """Set the alias `challenger` to a version and decide whether it is promoted.

    Call this, and move the alias `champion`, under `one_judgement_at_a_time`.

    Args:
        home: in whose registry the versions are.
        version: the challenger; the champion itself stays champion without checks.
        candidate: its figures; `rolled_back` is set from the history.
        validation: n sentences.
        predicted: the challenger's n predictions (label names).
        recipe: its promotion policy, and the bounds of the tokenizer's health.
    """
    champion = current_champion(home)
    record_outside_move(home, None if champion is None else str(champion.version))
    candidate = replace(candidate, rolled_back=str(version.version) in rolled_back_versions(moves(home)))
    if champion is not None and champion.version == version.version:
        number = str(version.version)
        return Decision(True, Sentence("gate.already", {"version": number}), against=number)
    client(home).set_registered_model_alias(version.name, CHALLENGER, version.version)
    if champion is None:
        return decide(candidate, None, recipe)
    try:
        comparison = compare_with_champion(home, champion, validation, version, predicted)
    except VersionFilesError as error:  # otherwise a champion that cannot predict would never be replaced
        log.warning(say("log.champion_not_compared", version=champion.version, reason=error))
        comparison = ChampionComparison(str(champion.version), broken=error.problem)
    return decide(candidate, comparison, recipe)
