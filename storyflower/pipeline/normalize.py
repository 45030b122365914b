"""Stage `normalize`: judged rows become the corpus: repetition, leaks and conflicts out, the dev split held out."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.checked_files import load_all_checked
from storyflower.data.corpus import Corpus, build_corpus, save_corpus
from storyflower.data.holdout import Divided, hold_out
from storyflower.data.labels import label_map
from storyflower.data.rejected import write_rejected
from storyflower.data.repair_report import LabelField
from storyflower.digests import digest_of
from storyflower.messages import language, say
from storyflower.pipeline.facts import CorpusCounts, CorpusFacts
from storyflower.pipeline.manifests import CorpusRef, WorkbooksRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.home import Home
from storyflower.storage.stages import Outcome, StageStore

VERSION = 3  # raise when the same rows would give another corpus

SET_ASIDE_FILE = "set_aside.xlsx"


def normalize_corpus(home: Home, workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Outcome[CorpusRef]:
    """The corpus with its splits; every row left out is listed in `set_aside.xlsx`.

    Raises:
        DataContractError: a label has too few texts left to train on.
    """

    def build(folder: Path) -> CorpusFacts:
        corpus = build_corpus(*_divided(workbooks, recipe), recipe.corpus, label_map(recipe.data.label_set))
        save_corpus(corpus, folder)
        write_rejected(folder / SET_ASIDE_FILE, corpus.set_aside, recipe.data)
        return facts_of(corpus, LabelField.of(recipe.data))

    outcome = StageStore(home).get_or_build(CorpusRef, "normalize", depends_on(workbooks, recipe), build)
    counts = outcome.value.facts.counts
    splits = {"train": counts.train, "dev": counts.dev, "validation": counts.validation}
    return replace(outcome, summary=say("stage.normalize", None, **splits, aside=counts.set_aside))


def depends_on(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: the judged rows, the label columns and names, the splits, and the language of the reasons."""
    return {
        "version": VERSION,
        "workbooks": workbooks.digest,
        "labels": label_map(recipe.data.label_set).names,
        "label_columns": LabelField.of(recipe.data).columns,
        "corpus": asdict(recipe.corpus),
        "lang": language(),
    }


def _divided(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Divided:
    """The judged workbooks for training, and those for validation, or what is held out of training in their place."""
    training = load_all_checked(workbooks.path("training"))
    share = recipe.corpus.validation_share
    if share is None:
        return training, load_all_checked(workbooks.path("validation"))
    return hold_out(training, share, recipe.corpus.split_seed, label_map(recipe.data.label_set))


def facts_of(corpus: Corpus, label: LabelField) -> CorpusFacts:
    """Counts and digests of a corpus whose labels stand in these columns."""
    content = [corpus.training_digest, corpus.validation_digest, list(corpus.label_map.names)]
    return CorpusFacts(
        counts=CorpusCounts(**corpus.counts),
        label_columns=tuple(label.columns),
        content_digest=digest_of(content),
        training_digest=corpus.training_digest,
        validation_digest=corpus.validation_digest,
    )
