"""Registers a trained model as a version, decides on its promotion, and moves the alias `champion`."""

import json
import logging
from dataclasses import dataclass, replace

import pandas as pd
from mlflow.entities.model_registry import ModelVersion

from storyflower.evaluation.assessment import read_assessment
from storyflower.evaluation.predictions import PREDICTIONS_FILE
from storyflower.messages import say
from storyflower.messages.sentences import Sentence
from storyflower.model.directory import read_format
from storyflower.model.integrity import CARD_FILE
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef, TokensRef
from storyflower.pipeline.model_facts import EvaluationFacts, Score
from storyflower.pipeline.results import RegisteredVersion
from storyflower.promotion.alias import move_alias_and_record, one_judgement_at_a_time
from storyflower.promotion.approval import Approval
from storyflower.promotion.comparison import ValidationSet
from storyflower.promotion.decisions import MEASURED_RUN, tag_version, write_decision
from storyflower.promotion.gate import Candidate, Decision
from storyflower.promotion.history import Move
from storyflower.promotion.judging import assign_and_judge, latency_ms, size_mb
from storyflower.recipe import TrainingRecipe
from storyflower.registry.interface import EXAMPLE
from storyflower.registry.local_store import CORPUS_TAG, LABELS_TAG, LEARNED_TAG
from storyflower.registry.version_files import why_broken
from storyflower.registry.versions import count_answers, find_version, one_registration_at_a_time, register_version
from storyflower.reports.model_card import CARD_FOLDER, model_card, without_front_matter
from storyflower.serving.sharing import models_loaded_once
from storyflower.storage.home import Home
from storyflower.sweeps.choice import read_choice
from storyflower.text.tokenizer import TOKENIZER_FILE
from storyflower.tracking.lock import Held
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client

log = logging.getLogger("storyflower.register")


@dataclass(frozen=True)
class TrainedModel:
    """A trained model with its corpus, tokens and evaluation."""

    corpus: CorpusRef
    tokens: TokensRef
    model: ModelRef
    evaluation: EvaluationRef


@dataclass(frozen=True)
class Registration:
    """A version of the registry and the decision on its promotion."""

    version: ModelVersion
    was_registered: bool
    """Whether an earlier run registered the same model."""
    decision: Decision


def register_model(
    run: TrackedRun, trained: TrainedModel, recipe: TrainingRecipe, *, by: str, approval: Approval | None = None
) -> Registration:
    """Register a model unless it is registered already, and promote it if it passes every check.

    With a person's `approval` of an earlier decision the checks run again, because the champion may have changed.

    Args:
        run: the run that the version, the decision and the model card are recorded with.
        trained: the model.
        recipe: the recipe that it was trained with.
        by: recorded in the registry's history as the author of a promotion.
        approval: the decision of a person, if the policy requires one and it was given.

    Raises:
        TrackingError: the store does not answer, or the version does not load.
        VersionFilesError: the files of the version are missing or altered.
    """
    evaluation = trained.evaluation
    with models_loaded_once():  # by MLflow when it logs the model, for the latency, and as the registered version
        version, was_registered = _find_or_register(run, trained, recipe)
        answered = count_answers(run.home, version.version, evaluation.facts.labels)
    predicted = pd.read_parquet(evaluation.path(PREDICTIONS_FILE), columns=["predicted"])["predicted"].tolist()
    with one_judgement_at_a_time(run.home) as lock:
        candidate = _candidate(version, trained, answered, approval)
        validation = ValidationSet.of(trained.corpus)
        decision = assign_and_judge(run.home, version, candidate, validation, predicted, recipe)
        write_decision(run, version, decision)
        if decision.promoted and decision.against != str(version.version):
            _promote(run, version, decision, f"{approval.by}, {by}" if approval else by, lock)
    return Registration(version, was_registered, decision)


def registered_version(run: TrackedRun, registration: Registration, facts: EvaluationFacts) -> RegisteredVersion:
    """Return the result of a training run, from its registration and the facts of its evaluation."""
    version, decision = registration.version, registration.decision
    return RegisteredVersion(
        run_id=run.run_id,
        model_name=version.name,
        model_version=str(version.version),
        promoted=decision.promoted,
        awaits_approval=decision.awaits_approval,
        reason=decision.reason,
        test=Score(accuracy=facts.test.accuracy, macro_f1=facts.test.macro_f1),
        baseline=facts.baseline,
    )


def _find_or_register(run: TrackedRun, trained: TrainedModel, recipe: TrainingRecipe) -> tuple[ModelVersion, bool]:
    """Return the version of these model files, tagged with its figures, and whether it was registered already."""
    facts, directory = trained.evaluation.facts, trained.model.path("model")
    card = model_card(
        *(read_corpus(trained.corpus), read_assessment(trained.evaluation.directory), recipe, trained.model.digest),
        model_name=run.home.model,
        has_tokenizer=(directory / TOKENIZER_FILE).is_file(),
        is_weighted=bool(read_format(directory).label_weights),
        adapted=trained.model.facts.adapted,
        choice=read_choice(run.home, trained.corpus, recipe),
    )
    client(run.home).log_text(run.run_id, without_front_matter(card), f"{CARD_FOLDER}/{CARD_FILE}")
    made_of = {
        "model_digest": trained.model.digest,
        CORPUS_TAG: trained.corpus.digest,
        LEARNED_TAG: trained.corpus.learned_digest,
        "recipe_digest": recipe.digest,
        LABELS_TAG: json.dumps(trained.corpus.facts.label_columns, ensure_ascii=False),
    }
    measured = {
        MEASURED_RUN: run.run_id,
        "validation_digest": trained.corpus.facts.validation_digest,
        "accuracy": repr(facts.test.accuracy),
        "macro_f1": repr(facts.test.macro_f1),
        "baseline_macro_f1": repr(facts.baseline.macro_f1),
    }
    with one_registration_at_a_time(run.home) as lock:
        known = _usable(run.home, find_version(run.home, trained.model.digest))
        version = known or register_version(run, directory, facts.labels, made_of, card, lock=lock)
        if float(version.tags.get("latency_ms", "inf")) > recipe.promotion.max_latency_ms:  # else as measured before
            measured |= {"latency_ms": repr(latency_ms(directory)), "size_mb": repr(size_mb(directory))}
        tag_version(run.home, version, measured)
        # The first line of the description on the registry's page, above the table of checks, which stays as decided.
        figures = say(
            "registry.described",
            macro_f1=facts.test.macro_f1,
            baseline_macro_f1=facts.baseline.macro_f1,
            accuracy=facts.test.accuracy,
            baseline_accuracy=facts.baseline.accuracy,
        )
        described, line_end, checks = (version.description or "").partition("\n")
        if described != figures:
            client(run.home).update_model_version(version.name, version.version, f"{figures}{line_end}{checks}")
    return client(run.home).get_model_version(version.name, version.version), known is not None


def _usable(home: Home, version: ModelVersion | None) -> ModelVersion | None:
    """Return the version if it can predict; None if its files are lost, so that its model is registered again."""
    broken = None if version is None else why_broken(home, version)
    if version is None or broken is None:
        return version
    log.warning(say("log.version_registered_again", version=version.version, reason=broken.problem))
    return None


def _candidate(version: ModelVersion, trained: TrainedModel, answered: int, approval: Approval | None) -> Candidate:
    """Collect the figures that the gate checks; a latency that passed is reused, so that a second run decides alike."""
    assessment = read_assessment(trained.evaluation.directory)
    return Candidate(
        version=str(version.version),
        model=version.name,
        macro_f1=trained.evaluation.facts.test.macro_f1,
        health=trained.tokens.facts.health,
        against_baseline=assessment.against_baseline,
        ece=assessment.calibration.after.ece,
        ece_within_chance=assessment.calibration.after.ece_within_chance,
        latency_ms=float(version.tags["latency_ms"]),
        size_mb=float(version.tags["size_mb"]),
        answered=answered,
        examples=len(EXAMPLE),
        approval=approval,
    )


def _promote(run: TrackedRun, version: ModelVersion, decision: Decision, by: str, lock: Held) -> None:
    """Move the alias; if that fails, the former champion keeps it, and the decision is recorded as no promotion."""
    move = Move("promotion", decision.against, str(version.version), by, decision.reason, sentence=decision.why)
    try:
        move_alias_and_record(run.home, move, lock)
    except BaseException:
        why = Sentence("gate.move_failed", {"reason": decision.why})
        write_decision(run, version, replace(decision, promoted=False, why=why))
        raise
