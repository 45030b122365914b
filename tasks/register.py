"""Stage `register`: the model becomes a version, is judged, and takes the champion's place if every check passes."""

import logging
from dataclasses import replace

import pandas as pd
from mlflow.entities.model_registry import ModelVersion
from prefect.runtime import flow_run
from prefect.transactions import CommitMode, Transaction, transaction

from storyflower.evaluation.assessment import read_assessment
from storyflower.evaluation.predictions import PREDICTIONS_FILE
from storyflower.messages import say
from storyflower.messages.sentences import Sentence
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.facts import EvaluationFacts, Score
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef, TokensRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.promotion.alias import move_alias_and_record, one_judgement_at_a_time, restore_champion_alias
from storyflower.promotion.approval import Approval
from storyflower.promotion.comparison import ValidationSet
from storyflower.promotion.decisions import as_rows, tag_version, write_decision
from storyflower.promotion.gate import Candidate, Decision
from storyflower.promotion.history import Move
from storyflower.promotion.judging import assign_and_judge, latency_ms, size_mb
from storyflower.recipe import TrainingRecipe
from storyflower.registry.interface import EXAMPLE
from storyflower.registry.packaging import CARD_FILE
from storyflower.registry.version_files import why_broken
from storyflower.registry.versions import (
    count_answers,
    find_version,
    one_registration_at_a_time,
    register_version,
)
from storyflower.reports.model_card import CARD_FOLDER, without_front_matter, write_card
from storyflower.storage.home import Home
from storyflower.storage.stages import Outcome
from storyflower.text.tokenizer import TOKENIZER_FILE
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client
from tasks.publishing import publish_table
from tasks.results import log_page, run_link
from tasks.stage import stage

log = logging.getLogger("storyflower.register")


@stage("register", retries=2)
def register(
    run: TrackedRun,
    corpus: CorpusRef,
    tokens: TokensRef,
    model: ModelRef,
    evaluation: EvaluationRef,
    recipe: TrainingRecipe,
    approval: Approval | None = None,
) -> Outcome[RegisteredVersion]:
    """Register the model unless it is registered already, see it answer, and let it stand against the champion.

    With a person's `approval` of an earlier judgement it is judged anew: the champion may be another by then.
    """
    facts = evaluation.facts
    version, known = _version_of(run, corpus, model, evaluation, recipe)
    answered = count_answers(run.home, version.version, facts.labels)
    predicted = pd.read_parquet(evaluation.path(PREDICTIONS_FILE), columns=["predicted"])["predicted"].tolist()
    with one_judgement_at_a_time(run.home):
        candidate = _candidate(version, tokens, evaluation, answered, approval)
        decision = assign_and_judge(run.home, version, candidate, ValidationSet.of(corpus), predicted, recipe)
        write_decision(run, version, decision)
        if decision.promoted and decision.against != str(version.version):
            by = f"Prefect {flow_run.name}, MLflow {run.run_id}"
            _promote(run, version, decision, f"{approval.by}, {by}" if approval else by)
    _show(run, version, decision)
    registered = RegisteredVersion(
        run_id=run.run_id,
        model_name=version.name,
        model_version=str(version.version),
        promoted=decision.promoted,
        awaits_approval=decision.awaits_approval,
        reason=decision.reason,
        test=Score(accuracy=facts.test.accuracy, macro_f1=facts.test.macro_f1),
        baseline=facts.baseline,
    )
    log_page(run, corpus, evaluation, registered)
    return Outcome(registered, cached=known, summary=registered.summary)


def _version_of(
    run: TrackedRun, corpus: CorpusRef, model: ModelRef, evaluation: EvaluationRef, recipe: TrainingRecipe
) -> tuple[ModelVersion, bool]:
    """The version made of these model files, with its figures of this evaluation; and whether it was there already."""
    facts, directory = evaluation.facts, model.path("model")
    has_tokenizer = (directory / TOKENIZER_FILE).is_file()
    card = write_card(
        *(read_corpus(corpus), evaluation.directory, recipe, model.digest),
        model_name=run.home.model,
        has_tokenizer=has_tokenizer,
    )
    client(run.home).log_text(run.run_id, without_front_matter(card), f"{CARD_FOLDER}/{CARD_FILE}")
    made_of = {"model_digest": model.digest, "corpus_digest": corpus.digest, "recipe_digest": recipe.digest}
    measured = {
        "validation_digest": corpus.facts.validation_digest,
        "accuracy": repr(facts.test.accuracy),
        "macro_f1": repr(facts.test.macro_f1),
        "baseline_macro_f1": repr(facts.baseline.macro_f1),
    }
    with one_registration_at_a_time(run.home):
        known = _usable(run.home, find_version(run.home, model.digest))
        version = known or register_version(run, directory, facts.labels, made_of, card)
        if float(version.tags.get("latency_ms", "inf")) > recipe.promotion.max_latency_ms:  # else as measured before
            measured |= {"latency_ms": repr(latency_ms(directory)), "size_mb": repr(size_mb(directory))}
        tag_version(run.home, version, measured)
        if not (version.description or "").startswith(figures := _described(facts)):
            client(run.home).update_model_version(version.name, version.version, figures)
    return client(run.home).get_model_version(version.name, version.version), known is not None


def _usable(home: Home, version: ModelVersion | None) -> ModelVersion | None:
    """A version that can answer; None where its files are lost, so that its model is registered again."""
    broken = None if version is None else why_broken(home, version)
    if version is None or broken is None:
        return version
    log.warning(say("log.version_registered_again", version=version.version, reason=broken.problem))
    return None


def _candidate(
    version: ModelVersion, tokens: TokensRef, evaluation: EvaluationRef, answered: int, approval: Approval | None
) -> Candidate:
    """What the gate asks about; latency is kept once it passes, so that a run again decides the same."""
    return Candidate(
        version=str(version.version),
        model=version.name,
        macro_f1=evaluation.facts.test.macro_f1,
        health=tokens.facts.health,
        against_baseline=read_assessment(evaluation.directory).against_baseline,
        ece=evaluation.facts.test.ece,
        latency_ms=float(version.tags["latency_ms"]),
        size_mb=float(version.tags["size_mb"]),
        answered=answered,
        asked=len(EXAMPLE),
        approval=approval,
    )


def _promote(run: TrackedRun, version: ModelVersion, decision: Decision, by: str) -> None:
    """Move the alias as a transaction: when `@champion` does not answer, it stands where it stood."""
    former = decision.against

    def stand_back(_: Transaction) -> None:
        restore_champion_alias(run.home, former)
        why = Sentence("gate.move_failed", {"reason": decision.why})
        write_decision(run, version, replace(decision, promoted=False, why=why))

    # Committed at once: what fails later in the task must not take back a move that has been proven and recorded.
    with transaction(commit_mode=CommitMode.EAGER) as moving:
        moving.stage(former, on_rollback_hooks=[stand_back])
        move = Move("promotion", former, str(version.version), by, decision.reason, sentence=decision.why)
        move_alias_and_record(run.home, move)


def _show(run: TrackedRun, version: ModelVersion, decision: Decision) -> None:
    """The table of checks among the flow run's artifacts."""
    if decision.checks:
        heading = say("registry.of_model", model=version.name, version=version.version)
        description = f"**{heading}**: {decision.reason}\n\n{run_link(run)}"
        publish_table(as_rows(decision), key="promotion-checks", description=description)


def _described(facts: EvaluationFacts) -> str:
    """The first line of the version's description on the registry's page, above its table of checks."""
    return say(
        "registry.described",
        macro_f1=facts.test.macro_f1,
        baseline_macro_f1=facts.baseline.macro_f1,
        accuracy=facts.test.accuracy,
        baseline_accuracy=facts.baseline.accuracy,
    )
