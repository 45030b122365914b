"""Stage `register`: the model becomes a version, answers, and takes the champion's place if it is better."""

from typing import Any

import numpy as np
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.corpus import load_corpus
from storyflower.evaluation.metrics import evaluate_predictions
from storyflower.manifests import CorpusRef, EvaluationRef, ModelRef, RegisteredVersion, Score
from storyflower.recipe import TrainingRecipe
from storyflower.registry.promotion import judge
from storyflower.registry.tracking import MODEL_NAME, TrackedRun
from storyflower.registry.versions import (
    ask,
    find_version,
    one_registration_at_a_time,
    prove_it_answers,
    register_version,
)
from storyflower.stages import Outcome
from tasks.stage import stage


@stage("register", retries=2)
def register(
    run: TrackedRun, corpus: CorpusRef, model: ModelRef, evaluation: EvaluationRef, recipe: TrainingRecipe
) -> Outcome[RegisteredVersion]:
    """Register the model unless it is registered already, see it answer, and let it stand against the champion."""
    facts, validation_digest = evaluation.facts, corpus.facts["validation_digest"]
    with one_registration_at_a_time():
        known = find_version(model.digest)
        version = known or register_version(
            run,
            model.path("model"),
            facts["labels"],
            {
                "model_digest": model.digest,
                "validation_digest": validation_digest,
                "accuracy": repr(facts["test"]["accuracy"]),
                "macro_f1": repr(facts["test"]["macro_f1"]),
                "baseline_macro_f1": repr(facts["baseline"]["macro_f1"]),
                "corpus_digest": corpus.digest,
                "recipe_digest": recipe.digest,
            },
            _described(facts),
        )
    prove_it_answers(version, facts["labels"])
    decision = judge(
        version, facts["test"]["macro_f1"], validation_digest, recipe.promotion, lambda rival: _macro_f1(rival, corpus)
    )
    run.set_tags(
        {"model_version": str(version.version), "promoted": str(decision.promoted).lower(), "decision": decision.reason}
    )
    registered = RegisteredVersion(
        run_id=run.run_id,
        model_name=MODEL_NAME,
        model_version=str(version.version),
        promoted=decision.promoted,
        reason=decision.reason,
        test=Score(**facts["test"]),
        baseline=Score(**facts["baseline"]),
    )
    verdict = "champion" if decision.promoted else "not promoted"
    return Outcome(
        registered, cached=known is not None, summary=f"version {version.version}, {verdict}: {decision.reason}"
    )


def _described(facts: dict[str, Any]) -> str:
    """What the registry's page says of the version."""
    test, baseline = facts["test"], facts["baseline"]
    return (
        f"macro-F1 {test['macro_f1']:.4f} (baseline {baseline['macro_f1']:.4f}), "
        f"accuracy {test['accuracy']:.4f} (baseline {baseline['accuracy']:.4f}) on the validation workbook"
    )


def _macro_f1(rival: ModelVersion, corpus_ref: CorpusRef) -> float | None:
    """Another version's macro-F1 on this validation workbook, None when it knows other labels."""
    corpus = load_corpus(corpus_ref.directory)
    names = corpus.label_map.names
    frame = corpus.frame.query("split == 'validation'")
    answers = ask(rival.version, frame["text"].tolist())
    if set(answers.columns[2:]) != set(names):
        return None
    probabilities = np.column_stack([answers[name] for name in names])
    return evaluate_predictions(frame["label"].to_numpy(), probabilities, names).macro_f1
