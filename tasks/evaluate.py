"""Stage `evaluate`: the one look at the validation workbook, with a simple baseline on the same rows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from storyflower.data.corpus import load_corpus
from storyflower.data.repair_report import LabelField
from storyflower.evaluation.assessment import Answers
from storyflower.evaluation.baseline import fit_baseline
from storyflower.evaluation.behaviour import behaviour_rates
from storyflower.evaluation.label_errors import LabelOrigin
from storyflower.evaluation.report import (
    FIGURES_FILE,
    LABEL_ERRORS_FILE,
    PLOTS,
    PREDICTIONS_FILE,
    TABLE_FILE,
    write_evaluation,
)
from storyflower.manifests import CorpusRef, EvaluationRef, ModelRef
from storyflower.messages import say
from storyflower.registry.tracking import EVALUATION_FOLDER, TrackedRun
from storyflower.serving.predictor import Predictor, load_predictor
from storyflower.settings import settings
from storyflower.stages import Outcome, StageRef, StageStore
from tasks.publishing import publish_markdown
from tasks.results import as_markdown, log_page
from tasks.stage import stage

VERSION = 3  # raise when the same model and corpus would give other figures or another page
BASELINE_VERSION = 2  # raise when the same corpus would give another baseline


@stage("evaluate")
def evaluate(run: TrackedRun, corpus: CorpusRef, model: ModelRef) -> Outcome[EvaluationRef]:
    """Figures, predictions, plots and a page; the model is asked as its users will ask it: text in, answers out."""
    baseline_probabilities = np.load(_baseline(corpus).path("probabilities.npy"), allow_pickle=False)

    def build(folder: Path) -> dict[str, Any]:
        examples, names = _validation(corpus)
        answers = _answers(load_predictor(model.path("model"), settings().device), examples["text"].tolist())
        history = json.loads(model.path("history.json").read_text("utf-8"))
        about = {"best_epoch": model.facts["best_epoch"], "epochs": model.facts["epochs"], "model": model.digest}
        origin = _origin(corpus)
        found = write_evaluation(folder, examples, names, answers, baseline_probabilities, history, about, origin)
        figures = {"test": found.model, "baseline": found.baseline}
        scores = {name: {"accuracy": e.accuracy, "macro_f1": e.macro_f1} for name, e in figures.items()}
        scores["test"] |= {"ece": found.calibration.after.ece, "brier": found.calibration.after.brier}
        return scores | {"labels": list(names)}

    depends_on = {
        "version": VERSION,
        "lang": settings().lang,
        "baseline": BASELINE_VERSION,
        "corpus": corpus.key,
        "model": model.digest,
    }
    depends_on |= {"lang": settings().lang}  # of the list of likely label errors
    outcome = StageStore(settings().home).get_or_build(EvaluationRef, "evaluate", depends_on, build)
    _publish(run, outcome.value)
    log_page(run, corpus, outcome.value)
    test, baseline = (outcome.value.facts[name] for name in ("test", "baseline"))
    of_baseline = {"base_accuracy": baseline["accuracy"], "base_macro_f1": baseline["macro_f1"]}
    summary = say("stage.evaluate", None, accuracy=test["accuracy"], macro_f1=test["macro_f1"], **of_baseline)
    return replace(outcome, summary=summary)


def _answers(predictor: Predictor, texts: list[str]) -> Answers:
    tokens = predictor.tokenize(texts)
    return Answers(
        logits=predictor.logits(tokens),
        temperature=predictor.temperature,
        lengths=tokens.lengths,
        truncated=tokens.truncated,
        behaviour=behaviour_rates(lambda sentences: predictor.predict(sentences)["label"].tolist()),
    )


def _baseline(corpus: CorpusRef) -> StageRef:
    """The baseline's probabilities on the validation examples; it depends on the corpus alone."""

    def build(folder: Path) -> dict[str, Any]:
        loaded = load_corpus(corpus.directory)
        train = loaded.split("train")
        fitted = fit_baseline(train["text"].tolist(), train["label"].to_numpy(), len(loaded.label_map))
        examples, _ = _validation(corpus)
        np.save(folder / "probabilities.npy", fitted.predict_proba(examples["text"].tolist()), allow_pickle=False)
        return {"examples": len(examples)}

    depends_on = {"version": BASELINE_VERSION, "corpus": corpus.digest}
    return StageStore(settings().home).get_or_build(StageRef, "baseline", depends_on, build).value


def _validation(corpus: CorpusRef) -> tuple[Any, tuple[str, ...]]:
    loaded = load_corpus(corpus.directory)
    return loaded.split("validation"), loaded.label_map.names


def _origin(corpus: CorpusRef) -> LabelOrigin:
    """The workbooks and the columns that the labels were read from."""
    loaded = load_corpus(corpus.directory)
    label = LabelField(tuple(corpus.facts["label_columns"]), loaded.label_map.names)
    return LabelOrigin(label, {source.workbook_sha256: source.workbook for source in loaded.sources})


def _publish(run: TrackedRun, evaluation: EvaluationRef) -> None:
    """Figures, plots, predictions, likely label errors and the page to MLflow; the table of results to Prefect."""
    for prefix in ("test", "baseline"):
        run.log_metrics({f"{prefix}/{name}": value for name, value in evaluation.facts[prefix].items()})
    kept = (FIGURES_FILE, PREDICTIONS_FILE, TABLE_FILE, LABEL_ERRORS_FILE)
    for name in (*kept, *(f"{plot}.png" for plot in PLOTS)):
        run.log_file(evaluation.path(name), EVALUATION_FOLDER)
    run.set_tags(
        {"mlflow.loggedArtifacts": json.dumps([{"path": f"{EVALUATION_FOLDER}/{TABLE_FILE}", "type": "table"}])}
    )
    figures = json.loads(evaluation.path(FIGURES_FILE).read_text("utf-8"))
    run.log_metrics({f"test/f1/{s['label']}": s["f1"] for s in figures["test"]["per_label"]})
    publish_markdown(as_markdown(figures, run.run_id), key="results", description=say("results.artifact"))
