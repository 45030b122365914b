"""Stage `folds`: cross-validation of a recipe on the training workbook; each fold has entries of its own (`fold`).

The validation workbook is not touched, and no model is kept: the registered one is trained as without folds.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from storyflower.data.folds import require_texts_in_folds
from storyflower.evaluation.folds import FOLDS_FILE, CrossValidation, cross_validation
from storyflower.messages import language, say
from storyflower.model.devices import Hardware
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.fold import FoldSpec, fold_answers, fold_baseline, fold_model
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, FoldsRef, TokensRef
from storyflower.pipeline.model_facts import BaselineFacts, FoldFacts, FoldsFacts, Score
from storyflower.pipeline.source import require_folds
from storyflower.recipe import TrainingRecipe
from storyflower.reports.folds import write_folds
from storyflower.storage.entries import Outcome, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.training.compiling import Compiling
from storyflower.training.progress import Observer

VERSION = 2  # raise when the same folds would give other figures, or another page

FoldBegins = Callable[[int, int], None]
"""Called with the number of a fold (from 1) and how many there are, before it is trained or read."""


def cross_validate(
    home: Home,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    folds: int,
    *,
    hardware: Hardware,
    further: Sequence[str] = (),
    observers: Sequence[Observer] = (),
    compiling: Compiling = "auto",
    begins: FoldBegins | None = None,
) -> Outcome[FoldsRef]:
    """Train a model and fit the baseline once a fold, on the other folds, and evaluate both on it.

    An interrupted cross-validation resumes in its fold after the last whole epoch; finished folds are read from the
    store. A scratch encoder is the one of the whole corpus: its vocabulary was made of the texts of all folds. Where
    the recipe adapts the encoder, it is adapted anew in each fold, on what the fold trains on.

    Args:
        home: the home that keeps the entries.
        corpus: whose train and dev splits are divided into folds.
        tokens: of the corpus.
        encoder: of the recipe.
        recipe: of the trainings; the dev split of each is drawn anew from its folds.
        folds: as `require_folds` accepts it.
        hardware: where to train.
        further: texts without labels for the adaptation, none of which stands in the corpus.
        observers: receive the reports of the training of every fold.
        compiling: whether the model is compiled.
        begins: see `FoldBegins`.

    Raises:
        RecipeError: `folds` is out of bounds.
        DataContractError: the corpus has too few texts for so many folds.
        StoryFlowerError: as `finetune_encoder` does.
    """
    require_folds(folds)
    require_texts_in_folds(read_corpus(corpus), folds)
    outcomes, baselines = [], []
    for number in range(folds):
        if begins:
            begins(number + 1, folds)
        outcomes.append(
            fold_model(
                home,
                FoldSpec(corpus, tokens, encoder, recipe, number, folds, further),
                hardware=hardware,
                observers=observers,
                compiling=compiling,
            )
        )
        baselines.append(fold_baseline(home, corpus, recipe.corpus, number, folds))
    outcome = _validation(home, corpus, [trained.value for trained in outcomes], baselines)
    return replace(outcome, cached=outcome.cached and all(trained.cached for trained in outcomes))


def _validation(
    home: Home, corpus: CorpusRef, models: Sequence[StageRef[FoldFacts]], baselines: Sequence[StageRef[BaselineFacts]]
) -> Outcome[FoldsRef]:
    """The figures and the page of trained folds, with a summary."""

    def build(folder: Path) -> FoldsFacts:
        answers = [fold_answers(*pair) for pair in zip(models, baselines, strict=True)]
        found = cross_validation(answers, read_corpus(corpus).label_map.names)
        (folder / FOLDS_FILE).write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1), "utf-8")
        write_folds(folder, found)
        return _facts(found)

    keys = [*(ref.key for ref in models), *(ref.key for ref in baselines)]
    key = {"version": VERSION, "lang": language(), "folds": keys}
    outcome = StageStore(home).get_or_build(FoldsRef, "folds", key, build)
    facts = outcome.value.facts
    summary = say(
        "stage.folds",
        folds=facts.folds,
        examples=facts.examples,
        macro_f1=facts.model.macro_f1,
        low=facts.macro_f1_interval[0],
        high=facts.macro_f1_interval[1],
        baseline=facts.baseline.macro_f1,
    )
    return replace(outcome, summary=summary)


def _facts(found: CrossValidation) -> FoldsFacts:
    gain = found.against_baseline
    return FoldsFacts(
        folds=len(found.folds),
        examples=found.examples,
        model=Score(accuracy=found.model.accuracy, macro_f1=found.model.macro_f1),
        baseline=Score(accuracy=found.baseline.accuracy, macro_f1=found.baseline.macro_f1),
        accuracy_interval=(found.accuracy_interval.low, found.accuracy_interval.high),
        macro_f1_interval=(found.macro_f1_interval.low, found.macro_f1_interval.high),
        gain_macro_f1=gain.macro_f1_difference,
        gain_macro_f1_interval=(gain.macro_f1_interval.low, gain.macro_f1_interval.high),
    )
