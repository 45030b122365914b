"""Compares champion and challenger on the same validation sentences."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlflow.entities.model_registry import ModelVersion
from numpy.typing import NDArray

from storyflower.data.repetition import text_key
from storyflower.evaluation.compare import compare_predictions
from storyflower.evaluation.metrics import macro_f1
from storyflower.model.directory import read_format
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import NORMALIZE_STAGE, CorpusRef
from storyflower.promotion.gate import ChampionComparison
from storyflower.registry.local_store import MODEL_PATH, corpora_of
from storyflower.registry.version_files import intact_folder
from storyflower.registry.versions import ask
from storyflower.serving.predictor import label_columns
from storyflower.storage.entries import StageFacts, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 1  # raise when the same model would get other texts
_FILE = "answers.json"

Answer = Callable[[], tuple[list[str], list[str]]]
"""Gives the label names of a version, and its prediction for each text."""


class AnswersFacts(StageFacts):
    """The predictions of a version on a validation set."""

    texts: int


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """The sentences on which models are compared."""

    digest: str
    texts: list[str]
    labels: NDArray[np.int64]
    """(n,) true ids"""
    names: tuple[str, ...]
    """The label names by id."""

    @classmethod
    def of(cls, corpus: CorpusRef) -> "ValidationSet":
        """Return the validation split of a corpus, in its order."""
        loaded = read_corpus(corpus)
        examples = loaded.split("validation")
        return cls(
            digest=corpus.facts.validation_digest,
            texts=examples["text"].tolist(),
            labels=examples["label"].to_numpy(),
            names=loaded.label_map.names,
        )


def compare_with_champion(
    home: Home, champion: ModelVersion, validation: ValidationSet, challenger: ModelVersion, predicted: Sequence[str]
) -> ChampionComparison:
    """Compare the champion with the challenger on this validation set, example by example.

    Sentences that the champion was trained on do not count: rows move from one workbook to the other between releases.
    The challenger has seen none, since its corpus holds back the validation workbook's sentences. Texts without labels
    to which the champion's encoder was adapted are not kept, so that sentences among them do count.

    Predictions are kept in the stage store: a version predicts each validation set once. Those of the challenger come
    from its evaluation, also when it has become the champion later.

    Args:
        home: the home that keeps the predictions and the corpora.
        champion: loaded and run, unless its predictions are kept.
        validation: n sentences.
        challenger: the version to compare with it.
        predicted: the challenger's n predictions (label names).

    Raises:
        VersionFilesError: the champion's files are missing or altered, and cannot be put back.
    """
    champions_folder = intact_folder(home, champion)
    ours = _kept(home, challenger, validation, lambda: (list(validation.names), list(predicted)))

    def answers_of_champion() -> tuple[list[str], list[str]]:
        answers = ask(home, champion.version, validation.texts)
        return label_columns(answers), answers["label"].tolist()

    theirs = _kept(home, champion, validation, answers_of_champion)
    if set(theirs["labels"]) != set(validation.names):
        return ChampionComparison(str(champion.version), same_labels=False)
    if _reads_other_parts(*map(_text_columns, (champions_folder, intact_folder(home, challenger)))):
        return ChampionComparison(str(champion.version), same_columns=False)
    known = _trained_on(home, champion)
    new = np.array([known is None or text_key(text) not in known for text in validation.texts])
    left_out = None if known is None else int((~new).sum())
    if not new.any():
        return ChampionComparison(str(champion.version), left_out=left_out)
    labels, names = validation.labels[new], validation.names
    number = {name: i for i, name in enumerate(names)}
    our_ids, their_ids = (
        np.array([number[name] for name in answers["predicted"]], dtype=np.int64)[new] for answers in (ours, theirs)
    )
    return ChampionComparison(
        version=str(champion.version),
        left_out=left_out,
        comparison=compare_predictions(labels, our_ids, their_ids, names),
        macro_f1=macro_f1(labels, their_ids),
        challenger_macro_f1=macro_f1(labels, our_ids),
    )


def _text_columns(version_folder: Path) -> tuple[str, ...]:
    return read_format(version_folder / MODEL_PATH).text_columns


def _reads_other_parts(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two models join different cells of the same rows to a text.

    The texts of a validation set are those of the challenger. A champion that reads more or fewer of the columns would
    be asked texts unlike its own, and the texts that it was trained on would not be recognised among them. Names that
    have nothing in common do not show that: `문장` in one workbook may be `text` in another.
    """
    return list(one) != list(other) and not set(one).isdisjoint(other)


def _trained_on(home: Home, version: ModelVersion) -> frozenset[str] | None:
    """Return the keys of the train and dev texts of a version; None if its corpus is not in this home."""
    digests = corpora_of(version.tags)
    corpus = StageStore(home).find(CorpusRef, NORMALIZE_STAGE, lambda ref: not digests.isdisjoint(ref.digests))
    if corpus is None:
        return None
    frame = read_corpus(corpus).frame
    return frozenset(map(text_key, frame.loc[frame["split"] != "validation", "text"]))


def _kept(home: Home, version: ModelVersion, validation: ValidationSet, answer: Answer) -> dict[str, list[str]]:
    def build(folder: Path) -> AnswersFacts:
        labels, predicted = answer()
        content = {"labels": labels, "predicted": predicted}
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return AnswersFacts(texts=len(predicted))

    depends_on = {"version": VERSION, "model": version.source, "validation": validation.digest}
    kept = StageStore(home).get_or_build(StageRef[AnswersFacts], "answers", depends_on, build).value
    found: dict[str, list[str]] = json.loads(kept.path(_FILE).read_text("utf-8"))
    return found
