"""The train flow: the file to read first.

It reads and validates two workbooks, normalises labels, tokenises texts, adapts the encoder to them where the recipe
says so, fine-tunes it, evaluates the model, registers it, and promotes it if it is better. A stage runs only if
something that it depends on has changed.
"""

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows.approval import request_approval
from flows.reconcile import ENDINGS
from flows.reporting import wait_for_the_server
from flows.tracked import tracked
from storyflower.data.fetched_file import fetched_once
from storyflower.data.folds import require_texts_in_folds
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import FEWEST_FOLDS, MOST_FOLDS, CorpusSource
from storyflower.recipe import RECIPE_PARAMETER, TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home
from tasks.adapt import adapt
from tasks.evaluate import evaluate
from tasks.finetune import finetune
from tasks.folds import evaluate_folds
from tasks.ingest import ingest
from tasks.normalize import normalize
from tasks.quality import report_quality
from tasks.register import register
from tasks.tokenize import prepare_encoder, tokenize


@flow(
    name="train",
    flow_run_name="train-{recipe.name}",
    description="Two workbooks in, an evaluated and registered model out.",
    **ENDINGS,
)
def train(
    source: CorpusSource,
    recipe: TrainingRecipe = RECIPE_PARAMETER,
    folds: Annotated[int | None, Field(ge=FEWEST_FOLDS, le=MOST_FOLDS)] = None,
) -> RegisteredVersion:
    """Two workbooks in, an evaluated and registered model out.

    Args:
        source: The training and the validation workbook.
        recipe: A preset, and what is changed of it; a field left empty has the preset's value.
        folds: Folds of a cross-validation on the training texts, for corpora under about 5,000 texts; none when empty.
            The registered model is the same as without, and the validation workbook is not touched by it.
    """
    machine = settings()
    home, recipe = Home.of(machine), recipe.on_machine(machine)
    with fetched_once(), tracked(home, source, recipe, machine.device) as run:
        workbooks = ingest(run, source, recipe.data)
        corpus = normalize(run, workbooks, recipe)
        if folds is not None:
            require_texts_in_folds(read_corpus(corpus), folds)
        encoder = prepare_encoder(run, corpus, recipe)
        tokens = tokenize(run, corpus, encoder, recipe)
        report_quality(run, corpus, tokens)
        adapted = encoder
        if recipe.encoder.adapt_epochs:
            adapted = adapt(
                *(run, corpus, tokens, encoder, recipe, source.unlabelled_files),
                device=machine.device,
                compiling=machine.compile,
            )
        model = finetune(run, corpus, tokens, adapted, recipe, device=machine.device, compiling=machine.compile)
        evaluation = evaluate(run, corpus, model, machine.device)
        validated = None
        if folds is not None:
            validated = evaluate_folds(
                *(run, corpus, tokens, encoder, recipe, folds, source.unlabelled_files),
                device=machine.device,
                compiling=machine.compile,
            ).facts
        version = register(run, corpus, tokens, model, evaluation, recipe)
        if version.awaits_approval and (approval := request_approval(home, version, recipe.promotion)):
            version = register(run, corpus, tokens, model, evaluation, recipe, approval)
    wait_for_the_server()
    return version.of_run(run.stages, validated)
