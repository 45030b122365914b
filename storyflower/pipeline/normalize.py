"""Stage `normalize`: builds the corpus of checked rows, without repetitions, leaks and conflicts, and its splits."""

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.checked_files import load_all_checked
from storyflower.data.corpus import Corpus
from storyflower.data.corpus_files import save_corpus
from storyflower.data.labels import label_map
from storyflower.data.planned_corpus import planned_corpus
from storyflower.data.pool import MERGED
from storyflower.data.rejected import write_rejected
from storyflower.data.repair_report import LabelField
from storyflower.digests import digest_of
from storyflower.messages import language, say
from storyflower.pipeline.facts import CorpusCounts, CorpusFacts
from storyflower.pipeline.manifests import NORMALIZE_STAGE, CorpusRef, WorkbooksRef
from storyflower.pipeline.source import ROLES
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 4  # raise when the same rows would give another corpus

SET_ASIDE_FILE = "set_aside.xlsx"


def normalize_corpus(home: Home, workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Outcome[CorpusRef]:
    """The corpus with its splits; every row left out is listed in `set_aside.xlsx`.

    Raises:
        DataContractError: a label has too few texts left to train on.
    """

    def build(folder: Path) -> CorpusFacts:
        corpus = _corpus(workbooks, recipe)
        save_corpus(corpus, folder)
        write_rejected(folder / SET_ASIDE_FILE, corpus.set_aside, recipe.data)
        return facts_of(corpus, LabelField.of(recipe.data))

    outcome = StageStore(home).get_or_build(CorpusRef, NORMALIZE_STAGE, depends_on(workbooks, recipe), build)
    counts = outcome.value.facts.counts
    splits = {"train": counts.train, "dev": counts.dev, "validation": counts.validation}
    summary = say("stage.normalize", None, **splits, aside=counts.set_aside)
    return replace(outcome, summary=summary + _on_rare_labels(outcome.value.facts))


def _on_rare_labels(facts: CorpusFacts) -> str:
    """The end of the stage's summary: what was done with rare labels, where there are any."""
    if not facts.rare_labels:
        return ""
    counts = Counter(facts.counts.model_dump())
    merged = sum(label.merged_into is not None for label in facts.rare_labels)
    return say(
        "stage.rare_labels",
        labels=len(facts.rare_labels),
        merged=merged,
        merged_rows=sum(counts[f"{role}_{MERGED}"] for role in ROLES),
        left_out=len(facts.rare_labels) - merged,
        left_out_rows=sum(counts[f"{role}_rare_label"] for role in ROLES),
    )


def depends_on(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: the judged rows, the label columns and names, the splits, and the language of the reasons.

    What is done with rare labels counts unless they are refused: then the corpus is that of versions without the field.
    """
    rare = recipe.data.rare_labels
    return {
        "version": VERSION,
        "workbooks": workbooks.digest,
        "labels": label_map(recipe.data.label_set).names,
        "label_columns": LabelField.of(recipe.data).columns,
        "corpus": asdict(recipe.corpus),
        "lang": language(),
        **({} if rare == "refuse" else {"rare_labels": rare}),
    }


def _corpus(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Corpus:
    """The corpus of the judged workbooks."""
    training, validation = (load_all_checked(workbooks.path(role)) for role in ROLES)
    return planned_corpus(training, validation, recipe.data, recipe.corpus)


def facts_of(corpus: Corpus, label: LabelField) -> CorpusFacts:
    """Counts and digests of a corpus whose labels stand in these columns."""
    content: list[Any] = [corpus.training_digest, corpus.validation_digest, list(corpus.label_map.names)]
    if merged := corpus.merged_labels:
        content.append(merged)
    return CorpusFacts(
        counts=CorpusCounts(**corpus.counts),
        label_columns=tuple(label.columns),
        content_digest=digest_of(content),
        training_digest=corpus.training_digest,
        validation_digest=corpus.validation_digest,
        labels=corpus.label_map.names,
        rare_labels=corpus.rare_labels,
    )
