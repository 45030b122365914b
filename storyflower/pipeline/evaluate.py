"""Stage `evaluate`: the model and a baseline on the validation workbook, which no other stage uses."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from storyflower.data.repair_report import LabelField
from storyflower.evaluation.assessment import Answers, Assessment, assess
from storyflower.evaluation.baseline import fit_baseline, groups_of, sampling
from storyflower.evaluation.behaviour import behaviour_rates
from storyflower.evaluation.predictions import prediction_frame
from storyflower.messages import language, say
from storyflower.model.devices import Device, find_hardware
from storyflower.model.directory import read_format
from storyflower.model.session import SessionPrecision
from storyflower.model.torch_session import load_sessions, precision_of
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.finetune import history_of
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef
from storyflower.pipeline.model_facts import BaselineFacts, EvaluationFacts, ModelScore, Score
from storyflower.reports.label_errors import LabelOrigin
from storyflower.reports.pages import AboutRun
from storyflower.reports.report import write_evaluation
from storyflower.serving.predictor import Predictor
from storyflower.storage.entries import Outcome, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.loading import load_tokenizer

VERSION = 6  # raise when the same model and corpus would give other figures or another page
BASELINE_VERSION = 2  # raise when the same corpus would give another baseline
GROUPED_BASELINE_VERSION = 3  # likewise, where the labels have groups: `groups_of`

_PROBABILITIES_FILE = "probabilities.npy"


def evaluate_model(
    home: Home, corpus: CorpusRef, model: ModelRef, *, device: Device = "auto"
) -> Outcome[EvaluationRef]:
    """Figures, predictions, plots and a page; the model predicts from texts, as for its users."""
    baseline = np.load(_baseline(home, corpus).path(_PROBABILITIES_FILE), allow_pickle=False)

    def build(folder: Path) -> EvaluationFacts:
        loaded = read_corpus(corpus)
        examples, names = loaded.split("validation"), loaded.label_map.names
        answers = _answers(model.path("model"), device, examples["text"].tolist())
        assessment = assess(examples, names, answers, baseline)
        predictions = prediction_frame(examples, answers.probabilities, names, answers.predicted)
        adapted = model.facts.adapted
        about = AboutRun(
            model.facts.best_epoch, model.facts.epochs, model.digest, adapted_texts=adapted.texts if adapted else None
        )
        label = LabelField(corpus.facts.label_columns, names)
        origin = LabelOrigin(label, {source.workbook_sha256: source.workbook for source in loaded.sources})
        write_evaluation(folder, assessment, predictions, history_of(model), about, origin)
        return _facts(assessment, names)

    outcome = StageStore(home).get_or_build(EvaluationRef, "evaluate", depends_on(corpus, model), build)
    test, simple = outcome.value.facts.test, outcome.value.facts.baseline
    of_model = {"accuracy": test.accuracy, "macro_f1": test.macro_f1}
    of_baseline = {"base_accuracy": simple.accuracy, "base_macro_f1": simple.macro_f1}
    return replace(outcome, summary=say("stage.evaluate", None, **of_model, **of_baseline))


def depends_on(corpus: CorpusRef, model: ModelRef) -> dict[str, Any]:
    """The stage's key. The corpus counts by its own: the list of likely label errors names rows of the workbooks."""
    return {
        "version": VERSION,
        "lang": language(),
        "baseline": baseline_version(corpus),
        "corpus": corpus.key,
        "model": model.digest,
    }


def baseline_depends_on(corpus: CorpusRef) -> dict[str, Any]:
    """The key of the baseline: the corpus alone."""
    return {"version": baseline_version(corpus), "corpus": corpus.digest, **sampling(corpus.facts.counts.train)}


def baseline_version(corpus: CorpusRef) -> int:
    """The version of the baseline of a corpus. Corpora of early homes do not note their labels: no groups then."""
    return BASELINE_VERSION if groups_of(corpus.facts.labels) is None else GROUPED_BASELINE_VERSION


def _answers(model: Path, device: Device, texts: Sequence[str]) -> Answers:
    """The answers in fp32, and the logits in the precision that servers use where it is another one."""
    hardware = find_hardware(device)
    served_in = precision_of(hardware, "auto")
    precisions: tuple[SessionPrecision, ...] = ("fp32",) if served_in == "fp32" else ("fp32", served_in)
    sessions = load_sessions(model, hardware, precisions)
    tokenizer, format = load_tokenizer(model), read_format(model)
    predictor, *served = (Predictor(tokenizer, session, format) for session in sessions)
    tokens = predictor.tokenize(texts)
    return Answers(
        logits=predictor.logits(tokens),
        temperature=predictor.temperature,
        label_weights=predictor.label_weights,
        lengths=tokens.lengths,
        truncated=tokens.truncated,
        served_logits=served[0].logits(tokens) if served else None,
        behaviour=behaviour_rates(lambda sentences: predictor.predict(sentences)["label"].tolist()),
    )


def _facts(found: Assessment, names: tuple[str, ...]) -> EvaluationFacts:
    confidence = found.calibration.after
    return EvaluationFacts(
        test=ModelScore(
            accuracy=found.model.accuracy,
            macro_f1=found.model.macro_f1,
            ece=confidence.ece,
            brier=confidence.brier,
        ),
        baseline=Score(accuracy=found.baseline.accuracy, macro_f1=found.baseline.macro_f1),
        labels=names,
    )


def _baseline(home: Home, corpus: CorpusRef) -> StageRef[BaselineFacts]:
    """The baseline's probabilities on the validation examples."""

    def build(folder: Path) -> BaselineFacts:
        loaded = read_corpus(corpus)
        train, examples = loaded.split("train"), loaded.split("validation")
        groups = groups_of(corpus.facts.labels)
        fitted = fit_baseline(train["text"], train["label"].to_numpy(), len(loaded.label_map), groups)
        probabilities = fitted.predict_proba(examples["text"])
        np.save(folder / _PROBABILITIES_FILE, probabilities, allow_pickle=False)
        return BaselineFacts(examples=len(examples))

    key = baseline_depends_on(corpus)
    return StageStore(home).get_or_build(StageRef[BaselineFacts], "baseline", key, build).value
