"""A cross-validation of real trainings: every fold is kept, nothing of the validation workbook is used."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from storyflower import pipeline
from storyflower.data.folds import fold_corpus
from storyflower.errors import RecipeError
from storyflower.evaluation.baseline import out_of_fold
from storyflower.evaluation.calibration import fit_temperature, tempered
from storyflower.evaluation.folds import read_cross_validation
from storyflower.model.classifier import remove_class_weights
from storyflower.model.decision import fit_label_weights
from storyflower.model.devices import find_hardware
from storyflower.model.inference import predict_logits
from storyflower.pipeline.adapt import depends_on as adapt_depends_on
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.finetune import labelled_tokens, training_job
from storyflower.pipeline.fold import FoldSpec, fold_answers, fold_baseline, fold_model
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, FoldsRef, TokensRef
from storyflower.pipeline.model_facts import ADAPT_STAGE, FOLD_BASELINE_STAGE, FOLD_STAGE
from storyflower.recipe import TINY, TrainingRecipe
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.entries import Outcome, stage_key
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokens import joined, load_tokens
from storyflower.training.loop import finetune
from storyflower.training.objective import inverse_frequencies, softened
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

RECIPE = TINY.with_changes(
    {"max_len": 64, "epochs": 2, "scratch_vocab_size": 600, "scratch_hidden_size": 32, "scratch_layers": 1}
)


@dataclass(frozen=True)
class Made:
    """What the stages before the folds made."""

    home: Home
    corpus: CorpusRef
    tokens: TokensRef
    encoder: EncoderRef

    def folds(self, recipe: TrainingRecipe = RECIPE, folds: int = 3, **options: Any) -> Outcome[FoldsRef]:
        return pipeline.cross_validate(
            *(self.home, self.corpus, self.tokens, self.encoder, recipe, folds),
            hardware=find_hardware("cpu"),
            **options,
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("folds")
    training, validation = write_sample_workbooks(folder, training_rows=200, validation_rows=60)
    home = Home(folder / "home")
    source = pipeline.CorpusSource(training=str(training), validation=str(validation))
    workbooks = pipeline.ingest_workbooks(home, source, RECIPE.data).value
    corpus = pipeline.normalize_corpus(home, workbooks, RECIPE).value
    return made_of(home, corpus, RECIPE)


def made_of(home: Home, corpus: CorpusRef, recipe: TrainingRecipe) -> Made:
    encoder = pipeline.prepare_encoder(home, corpus, recipe).value
    return Made(home, corpus, pipeline.tokenize_corpus(home, corpus, encoder, recipe).value, encoder)


class Watching:
    """An observer that can end a training after so many epochs of all folds; the first of two has been kept by then."""

    def __init__(self, ends_after: int | None = None) -> None:
        self.ends_after = ends_after
        self.epochs: list[int] = []
        self.resumed_from: list[int | None] = []

    def started(self, plan: TrainingPlan) -> None:
        self.resumed_from.append(plan.resumed_from_epoch)

    def stepped(self, progress: StepProgress) -> None: ...

    def noted(self, note: str) -> None: ...

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs.append(record.epoch)
        if len(self.epochs) == self.ends_after:
            raise InterruptedError


def test_every_fold_is_evaluated_and_an_interrupted_one_resumes(made: Made) -> None:
    begun: list[tuple[int, int]] = []
    with pytest.raises(InterruptedError):
        made.folds(observers=[Watching(ends_after=4)], begins=lambda number, folds: begun.append((number, folds)))
    assert begun == [(1, 3), (2, 3)]
    assert len(StageStore(made.home).entries(FOLD_STAGE)) == 1

    watching = Watching()
    outcome = made.folds(observers=[watching])
    assert not outcome.cached
    interrupted, third = watching.resumed_from  # the first fold is read from the store
    assert interrupted is not None
    assert third is None
    facts, found = outcome.value.facts, read_cross_validation(outcome.value.directory)
    frame = read_corpus(made.corpus).frame
    assert facts.examples == found.examples == (frame["split"] != "validation").sum()
    assert facts.folds == len(found.folds) == 3
    assert facts.macro_f1_interval[0] <= facts.model.macro_f1 <= facts.macro_f1_interval[1]
    assert facts.baseline.accuracy > 1 / 3  # twice what six labels give by chance
    assert not list(made.home.checkpoints.glob("*"))  # nothing is left to resume, and no model is kept
    assert not StageStore(made.home).entries("finetune")
    assert made.folds().cached
    assert str(facts.folds) in outcome.summary


def test_what_decides_a_fold_is_in_its_key(made: Made) -> None:
    store = StageStore(made.home)
    made.folds(folds=2)
    before = len(store.entries(FOLD_STAGE))
    made.folds(RECIPE.with_changes({"log_every": 7, "max_ece": 0.9}), folds=2)
    assert len(store.entries(FOLD_STAGE)) == before
    baselines = store.entries(FOLD_BASELINE_STAGE)
    assert not made.folds(RECIPE.with_changes({"epochs": 1}), folds=2).cached
    assert store.entries(FOLD_BASELINE_STAGE) == baselines  # recipes share them
    before = len(store.entries(FOLD_STAGE))
    assert not made.folds(RECIPE.with_changes({"split_seed": 7}), folds=2).cached
    assert len(store.entries(FOLD_STAGE)) == before + 2


@pytest.mark.parametrize("folds", [-1, 0, 1, 21])
def test_a_number_out_of_bounds_is_refused(made: Made, folds: int) -> None:
    with pytest.raises(RecipeError, match="2"):
        made.folds(folds=folds)


def test_the_encoder_is_adapted_on_what_a_fold_trains_on_alone(made: Made) -> None:
    adapted = RECIPE.with_changes({"adapt_epochs": 1, "epochs": 1})
    further = ["라벨이 없는 새로운 문장이야", "이것도 말뭉치에는 없는 문장이야"]
    assert not made.folds(adapted, folds=2, further=further).cached
    corpus, sequences = read_corpus(made.corpus), load_tokens(made.tokens.directory)
    keys = set()
    for number in range(2):
        part, rows = fold_corpus(corpus, number, 2, adapted.corpus)
        train = sequences.take(rows[(part.frame["split"] == "train").to_numpy()])
        tokens = load_tokenizer(made.encoder.directory).encode_batch(further, adapted.text.max_len)
        keys.add(stage_key(adapt_depends_on(joined([train, tokens]), made.encoder, adapted)))
    assert {entry.name for entry in StageStore(made.home).entries(ADAPT_STAGE)} == keys
    assert made.folds(adapted, folds=2, further=further).cached
    assert not made.folds(adapted, folds=2).cached  # without the further texts


def test_a_fold_is_trained_and_decides_as_the_recipe_says(skewed: CorpusRef, tmp_path: Path) -> None:
    """With a teacher that never saw the fold, and with label weights fitted on the fold's own development split."""
    torch.set_num_threads(1)
    home, cpu = Home(tmp_path / "home"), find_hardware("cpu")
    sizes = {"batch_size": 8, "learning_rate": 3e-3, "epochs": 15, "dev_share": 0.3}
    weighted = {"distillation": 0.5, "class_weights_from": 0.5, "decision": "macro_f1"}
    recipe = RECIPE.with_changes(sizes | weighted)
    made = made_of(home, skewed, recipe)
    fold = fold_model(home, FoldSpec(skewed, made.tokens, made.encoder, recipe, 0, 2), hardware=cpu).value
    found = fold_answers(fold, fold_baseline(home, skewed, recipe.corpus, 0, 2))
    assert not StageStore(home).entries("distillation")  # whose texts would be those of the fold, too

    part, rows = fold_corpus(read_corpus(skewed), 0, 2, recipe.corpus)
    train, sequences = part.split("train"), load_tokens(made.tokens.directory).take(rows)
    labels = train["label"].to_numpy()
    targets = softened(labels, out_of_fold(train["text"].tolist(), labels, 6), 0.5)
    job = training_job(part, sequences, targets, made.encoder.directory, recipe, cpu, tmp_path / "own", "auto")
    finetune(job)
    remove_class_weights(job.model, inverse_frequencies(labels, 6))
    held = labelled_tokens(part, sequences, "validation", tmp_path)
    of_dev, of_held = (
        predict_logits(job.model, split.tokens, device="cpu", precision="fp32") for split in (job.dev, held)
    )
    temperature = fit_temperature(of_dev, job.dev.labels)
    label_weights = fit_label_weights(tempered(of_dev, temperature), job.dev.labels, labels)
    probabilities = tempered(of_held, temperature)
    answers = probabilities * label_weights
    assert (answers.argmax(axis=1) != probabilities.argmax(axis=1)).any()
    assert found.labels.tolist() == part.split("validation")["label"].tolist()
    np.testing.assert_allclose(found.model, answers / answers.sum(axis=1, keepdims=True), atol=1e-5)
