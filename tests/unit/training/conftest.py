"""A training small enough to run whole: a two-layer BERT and 54 sentences of three emotions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertForSequenceClassification

from storyflower.model.classifier import new_classifier
from storyflower.model.devices import Hardware
from storyflower.model.encoder import write_scratch_encoder
from storyflower.recipe_parts import SCRATCH, EncoderRecipe, FinetuneRecipe, TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.training.batches import LabelledTokens
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan
from storyflower.training.resampling import BpeDropout

LABELS = ("기쁨", "분노", "불안")
FEELINGS = (
    ("정말 좋아", "행복해서 웃었어", "신나"),
    ("너무 화가 나", "짜증이 나서 소리쳤어", "밉다"),
    ("걱정돼", "떨려", "불안해"),
)
SCENES = (
    "오늘 아침에",
    "친구가 말을 걸어서",
    "회사 일이",
    "시험을 보고 나서 집에 오는 길에",
    "갑자기",
    "가족과 함께 있을 때",
)
RECIPE = FinetuneRecipe(epochs=3, batch_size=16, learning_rate=3e-3, dropout=0.1, log_every=4, precision="fp32", seed=5)
ONE_THREAD = ("OMP_NUM_THREADS", "1")
"""Ranks on one machine share its threads, ranks on two do not: sums that are split otherwise differ in the last bit."""
MakeModel = Callable[[], BertForSequenceClassification]


class Recorder:
    """An observer that keeps what it receives."""

    def __init__(self) -> None:
        self.plans: list[TrainingPlan] = []
        self.steps: list[StepProgress] = []
        self.notes: list[str] = []
        self.epochs: list[EpochRecord] = []

    def started(self, plan: TrainingPlan) -> None:
        self.plans.append(plan)

    def stepped(self, progress: StepProgress) -> None:
        self.steps.append(progress)

    def noted(self, note: str) -> None:
        self.notes.append(note)

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs.append(record)


def sentences() -> list[tuple[str, int]]:
    return [
        (f"{scene} {feeling}", label) for label, group in enumerate(FEELINGS) for feeling in group for scene in SCENES
    ]


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    recipe = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=100, scratch_hidden_size=32, scratch_layers=2)
    write_scratch_encoder([text for text, _ in sentences()], recipe, folder, seed=3)
    return folder


@pytest.fixture(scope="session")
def corpus(encoder: Path) -> LabelledTokens:
    """54 sentences, 18 of each label."""
    texts, labels = zip(*sentences(), strict=True)
    return LabelledTokens(KoBertTokenizer(encoder / "spiece.model").encode_batch(texts, 48), np.array(labels))


@pytest.fixture(scope="session")
def train(corpus: LabelledTokens) -> LabelledTokens:
    chosen = np.flatnonzero(np.arange(54) % 6 != 0)
    return LabelledTokens(corpus.tokens.take(chosen), corpus.labels[chosen])


@pytest.fixture(scope="session")
def longer(train: LabelledTokens) -> LabelledTokens:
    """`train` forty times over: an epoch takes seconds, so that what is reported of it arrives while it lasts."""
    chosen = np.tile(np.arange(len(train.labels)), 40)
    return LabelledTokens(train.tokens.take(chosen), train.labels[chosen])


@pytest.fixture(scope="session")
def dev(corpus: LabelledTokens) -> LabelledTokens:
    chosen = np.flatnonzero(np.arange(54) % 6 == 0)
    return LabelledTokens(corpus.tokens.take(chosen), corpus.labels[chosen])


@pytest.fixture(scope="session")
def train_texts() -> list[str]:
    """The texts of `train`."""
    return [text for i, (text, _) in enumerate(sentences()) if i % 6 != 0]


@pytest.fixture(scope="session")
def longer_resampled(train_texts: list[str], encoder: Path) -> BpeDropout:
    """Other subwords of the texts of `longer` in each epoch."""
    return BpeDropout(train_texts * 40, load_sampling_tokenizer(encoder), TextRecipe(bpe_dropout=0.3), seed=5)


@pytest.fixture
def recipe() -> FinetuneRecipe:
    """Three epochs of three steps, in fp32."""
    return RECIPE


@pytest.fixture
def diverging() -> Callable[[FinetuneRecipe], FinetuneRecipe]:
    """Makes of a recipe one whose loss soon is no finite number, by a rate far outside the bounds of the field."""

    def change(recipe: FinetuneRecipe) -> FinetuneRecipe:
        changed = replace(recipe)
        object.__setattr__(changed, "learning_rate", 1e30)
        return changed

    return change


@pytest.fixture
def make_model(encoder: Path) -> MakeModel:
    """Makes the same untrained classifier each time."""
    return lambda: new_classifier(encoder, LABELS, dropout=0.1, seed=5)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def same_weights() -> Callable[[BertForSequenceClassification, BertForSequenceClassification], bool]:
    """Compares two models bit for bit."""

    def compare(a: BertForSequenceClassification, b: BertForSequenceClassification) -> bool:
        theirs = b.state_dict()
        return all(torch.equal(tensor, theirs[name]) for name, tensor in a.state_dict().items())

    return compare


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small are no faster on two, and far slower where two test processes share the cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def undisturbed(
    encoder: Path,
    longer: LabelledTokens,
    longer_resampled: BpeDropout,
    dev: LabelledTokens,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[BertForSequenceClassification, list[EpochRecord]]:
    """The model and the history of a training on two ranks of this machine that nothing has disturbed, resampled."""
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=5)
    checkpoints = tmp_path_factory.mktemp("undisturbed")
    changed = replace(RECIPE, devices=2, log_every=1)
    job = TrainingJob(model, longer, dev, changed, Hardware("cpu"), checkpoints, longer_resampled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*ONE_THREAD)
        return model, finetune(job).history


@pytest.fixture
def one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes of a test compute as those of `undisturbed` do."""
    monkeypatch.setenv(*ONE_THREAD)
