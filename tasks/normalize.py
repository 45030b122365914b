"""Stage `normalize`: builds the corpus of validated rows, without duplicates, leaks and conflicts, and splits it."""

from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef, WorkbooksRef
from storyflower.pipeline.normalize import SET_ASIDE_FILE, normalize_corpus
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.datasets import log_datasets
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun
from tasks.stage import stage


@stage("normalize")
def normalize(run: TrackedRun, workbooks: WorkbooksRef, recipe: TrainingRecipe) -> Outcome[CorpusRef]:
    """Build the corpus and log its counts; `set_aside.xlsx` lists every row that was left out."""
    outcome = normalize_corpus(run.home, workbooks, recipe)
    corpus, facts = outcome.value, outcome.value.facts
    run.set_tags({"training_digest": facts.training_digest, "validation_digest": facts.validation_digest})
    run.log_metrics({f"corpus.{name}": count for name, count in facts.counts.model_dump().items()})
    run.log_file(corpus.path(SET_ASIDE_FILE), DATA_FOLDER)
    log_datasets(run, read_corpus(corpus))
    return outcome
