"""Stage `evaluate`: the model and a baseline on the validation workbook, which no other stage uses."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from storyflower.data.repair_report import LabelField
from storyflower.evaluation.assessment import Answers, Assessment, assess
from storyflower.evaluation.behaviour import behaviour_rates
from storyflower.evaluation.predictions import prediction_frame
from storyflower.messages import language, say
from storyflower.model.devices import Device, find_hardware
from storyflower.model.directory import read_format
from storyflower.model.session import SessionPrecision
from storyflower.model.torch_session import load_sessions, precision_of
from storyflower.pipeline.baseline import baseline_answers
from storyflower.pipeline.baseline import version_of as baseline_version_of
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.history import read_history
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef, ModelRef
from storyflower.pipeline.model_facts import EvaluationFacts, ModelScore, Score
from storyflower.reports.label_errors import LabelOrigin
from storyflower.reports.pages import AboutRun
from storyflower.reports.report import write_evaluation
from storyflower.serving.predictor import Predictor
from storyflower.storage.entries import Outcome
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.loading import load_tokenizer
from storyflower.training.progress import EpochRecord

VERSION = 7  # raise when the same model and corpus would give other figures or another page


def evaluate_model(
    home: Home, corpus: CorpusRef, model: ModelRef, *, device: Device = "auto"
) -> Outcome[EvaluationRef]:
    """Figures, predictions, plots and a page; the model predicts from texts, as for its users."""
    baseline = baseline_answers(home, corpus)

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
        write_evaluation(folder, assessment, predictions, read_history(model, EpochRecord), about, origin)
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
        "baseline": baseline_version_of(corpus),
        "corpus": corpus.key,
        "model": model.digest,
    }


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
