"""Stage `normalize`: judged rows become the corpus: repetition, leaks and conflicts out, the dev split held out."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.checked_files import load_all_checked
from storyflower.data.corpus import build_corpus, load_corpus, save_corpus
from storyflower.data.holdout import Divided, hold_out
from storyflower.data.labels import label_map
from storyflower.data.rejected import write_rejected
from storyflower.data.repair_report import LabelField
from storyflower.digests import digest_of
from storyflower.manifests import CorpusRef, WorkbooksRef
from storyflower.messages import say
from storyflower.recipe import TrainingRecipe
from storyflower.registry.datasets import log_datasets
from storyflower.registry.tracking import DATA_FOLDER, TrackedRun
from storyflower.settings import settings
from storyflower.stages import Outcome, StageStore
from tasks.stage import stage

VERSION = 3  # raise when the same rows would give another corpus

SET_ASIDE_FILE = "set_aside.xlsx"


@stage("normalize")
def normalize(run: TrackedRun, workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Outcome[CorpusRef]:
    """The corpus with its splits; every row left out is listed in `set_aside.xlsx`."""

    def build(folder: Path) -> dict[str, Any]:
        corpus = build_corpus(*_divided(workbooks, recipe), recipe.corpus, label_map(recipe.data.label_set))
        save_corpus(corpus, folder)
        write_rejected(folder / SET_ASIDE_FILE, corpus.set_aside, recipe.data)
        content = [corpus.training_digest, corpus.validation_digest, list(corpus.label_map.names)]
        return {
            "counts": corpus.counts,
            "label_columns": list(LabelField.of(recipe.data).columns),
            "content_digest": digest_of(content),
            "training_digest": corpus.training_digest,
            "validation_digest": corpus.validation_digest,
        }

    outcome = StageStore(settings().home).get_or_build(CorpusRef, "normalize", depends_on(workbooks, recipe), build)
    facts = outcome.value.facts
    counts = facts["counts"]
    aside = sum(counts[f"{role}_rows"] for role in ("training", "validation")) - sum(
        counts[split] for split in ("train", "dev", "validation")
    )
    run.set_tags({name: facts[name] for name in ("training_digest", "validation_digest")})
    run.log_metrics({f"corpus.{name}": count for name, count in counts.items()})
    run.log_file(outcome.value.path(SET_ASIDE_FILE), DATA_FOLDER)
    log_datasets(run, load_corpus(outcome.value.directory))
    splits = {split: counts[split] for split in ("train", "dev", "validation")}
    summary = say("stage.normalize", None, **splits, aside=aside)
    return replace(outcome, summary=summary)


def _divided(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Divided:
    """The judged workbooks for training, and those for validation, or what is held out of training in their place."""
    training = load_all_checked(workbooks.path("training"))
    share = recipe.corpus.validation_share
    if share is None:
        return training, load_all_checked(workbooks.path("validation"))
    return hold_out(training, share, recipe.corpus.split_seed, label_map(recipe.data.label_set))


def depends_on(workbooks: WorkbooksRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key: the judged rows, the label columns and names, the splits, and the language of the reasons."""
    return {
        "version": VERSION,
        "workbooks": workbooks.digest,
        "labels": label_map(recipe.data.label_set).names,
        "label_columns": LabelField.of(recipe.data).columns,
        "corpus": asdict(recipe.corpus),
        "lang": settings().lang,
    }
