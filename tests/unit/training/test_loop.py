import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from storyflower.errors import EncoderError, StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.model.inference import predict_logits
from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.tokens import TokenSequences
from storyflower.training.checkpoint_files import best_epoch
from storyflower.training.loop import LabelledTokens, TrainingJob, finetune
from storyflower.training.objective import score, softened
from storyflower.training.resampling import BpeDropout

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


class InterruptError(Exception):
    """What an observer raises to end a training early."""


class Interrupter:
    """Ends the training after an epoch, or in the middle of one."""

    def __init__(self, *, after_epoch: int | None = None, at_step: int | None = None) -> None:
        self.after_epoch, self.at_step = after_epoch, at_step

    def started(self, plan) -> None: ...

    def stepped(self, progress) -> None:
        if progress.step == self.at_step:
            raise InterruptError

    def noted(self, note) -> None: ...

    def epoch_ended(self, record) -> None:
        if record.epoch == self.after_epoch:
            raise InterruptError


def figures(result) -> list[tuple[float, ...]]:
    """The history without its timings."""
    return [
        (r.epoch, r.train_loss, r.train_accuracy, r.dev_loss, r.dev_accuracy, r.dev_macro_f1, r.learning_rate)
        for r in result.history
    ]


def test_it_learns(make_model, train, dev, recipe, tmp_path: Path):
    model = make_model()
    result = finetune(TrainingJob(model, train, dev, replace(recipe, epochs=40), CPU, tmp_path))
    assert result.history[-1].train_loss < 0.5 * result.history[0].train_loss
    assert result.history[-1].dev_accuracy > 0.8
    assert result.resumed_from_epoch is None


@pytest.mark.parametrize("class_weights", [False, True], ids=["alike", "weighted"])
@pytest.mark.parametrize("distillation", [0.0, 0.5], ids=["labels", "distilled"])
def test_the_loss_of_an_epoch_is_the_cross_entropy_against_the_labels(
    make_model, train, dev, recipe, tmp_path: Path, recorder, distillation: float, class_weights
):
    """Of one step, taken without dropout: the loss of the weights as they were before it."""
    chosen = np.flatnonzero(train.labels != 2)[:-9]  # 15 texts of one label, 6 of another
    texts = LabelledTokens(train.tokens.take(chosen), train.labels[chosen])
    teacher = np.tile(np.float32([0.1, 0.2, 0.7]), (len(chosen), 1))
    texts = replace(texts, targets=softened(texts.labels, teacher, distillation) if distillation else None)
    model = make_model()
    model.config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    expected = score(predict_logits(model, texts.tokens, device="cpu", precision="fp32"), texts.labels)

    changed = replace(recipe, epochs=1, batch_size=64, distillation=distillation, class_weights=class_weights)
    (record,) = finetune(TrainingJob(model, texts, dev, changed, CPU, tmp_path), [recorder]).history
    assert record.train_loss == recorder.steps[-1].loss == pytest.approx(expected.loss, rel=1e-5)
    assert record.train_accuracy == expected.accuracy


def test_the_model_ends_with_the_best_epochs_weights(make_model, train, dev, recipe, tmp_path: Path):
    """With random development labels, the best epoch is not the last for some draw."""
    seen_earlier = False
    for seed in range(6):
        random_dev = LabelledTokens(dev.tokens, np.random.default_rng(seed).integers(0, 3, len(dev.labels)))
        model = make_model()
        result = finetune(TrainingJob(model, train, random_dev, recipe, CPU, tmp_path / str(seed)))
        scores = score(predict_logits(model, dev.tokens, device="cpu", precision="fp32"), random_dev.labels)
        best = result.history[result.best_epoch - 1]
        assert result.best_epoch == best_epoch(tuple(result.history))
        assert (scores.loss, scores.macro_f1) == (best.dev_loss, best.dev_macro_f1)
        assert not model.training
        seen_earlier |= result.best_epoch < recipe.epochs
    assert seen_earlier


def test_the_same_training_gives_the_same_weights(make_model, train, dev, recipe, tmp_path: Path, same_weights):
    models = [make_model(), make_model()]
    results = [
        finetune(TrainingJob(model, train, dev, recipe, CPU, tmp_path / str(i))) for i, model in enumerate(models)
    ]
    assert figures(results[0]) == figures(results[1])
    assert same_weights(*models)


@pytest.mark.parametrize(("precision", "rdrop"), [("fp32", 0.0), ("fp32", 1.0), ("bf16", 0.0)])
@pytest.mark.parametrize(
    "interrupter", [Interrupter(after_epoch=1), Interrupter(at_step=4), Interrupter(after_epoch=3)], ids=vars
)
def test_an_interrupted_training_goes_on_to_the_same_weights(
    make_model, train, dev, recipe, tmp_path: Path, same_weights, recorder, interrupter: Interrupter, precision, rdrop
):
    recipe = replace(recipe, precision=precision, rdrop=rdrop)
    whole, parts = make_model(), make_model()
    expected = finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path / "whole"))
    with pytest.raises(InterruptError):
        finetune(TrainingJob(parts, train, dev, recipe, CPU, tmp_path / "parts"), [interrupter])
    torch.rand(7)  # whatever else happened to the global random state in between

    resumed_model = make_model()
    found = finetune(TrainingJob(resumed_model, train, dev, recipe, CPU, tmp_path / "parts"), [recorder])
    done = interrupter.after_epoch or 1
    assert found.resumed_from_epoch == recorder.plans[0].resumed_from_epoch == done
    assert [record.epoch for record in recorder.epochs] == list(range(done + 1, recipe.epochs + 1))
    assert len(recorder.plans[0].history) == done
    assert figures(found) == figures(expected)
    assert found.best_epoch == expected.best_epoch
    assert same_weights(resumed_model, whole)


KILLED = """
import sys
from pathlib import Path
import numpy as np
import torch
from storyflower.model.classifier import new_classifier
from storyflower.model.devices import Hardware
from storyflower.recipe_parts import FinetuneRecipe, TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.tokens import load_tokens
from storyflower.training.loop import LabelledTokens, TrainingJob, finetune
from storyflower.training.resampling import BpeDropout

torch.set_num_threads(1)

class Announcer:
    def started(self, plan): ...
    def stepped(self, progress):
        print(progress.step, flush=True)
        if progress.step == 5:
            sys.stdin.read()  # in the middle of the second epoch, until killed
    def noted(self, note): ...
    def epoch_ended(self, record): ...

folder = Path(sys.argv[1])
splits = [LabelledTokens(load_tokens(folder, name), np.load(folder / f"{name}.npy")) for name in ("train", "dev")]
recipe = FinetuneRecipe(
    epochs=3, batch_size=16, learning_rate=3e-3, dropout=0.1, log_every=1, precision="fp32", seed=5
)
encoder = Path(sys.argv[2])
model = new_classifier(encoder, ("기쁨", "분노", "불안"), dropout=0.1, seed=5)
resample = None
if alpha := float(sys.argv[3]):
    texts = (folder / "texts").read_text("utf-8").split("|")
    resample = BpeDropout(texts, load_sampling_tokenizer(encoder), TextRecipe(bpe_dropout=alpha), 5)
finetune(TrainingJob(model, *splits, recipe, Hardware("cpu"), folder / "ck", resample), [Announcer()])
"""


@pytest.mark.parametrize("alpha", [0.0, 0.3], ids=["the same tokens", "bpe_dropout"])
def test_a_training_killed_in_its_second_epoch_goes_on_to_the_same_weights(
    make_model, encoder, train, train_texts, dev, recipe, tmp_path: Path, same_weights, alpha: float
):
    from storyflower.text.tokens import save_tokens

    resample = (
        BpeDropout(train_texts, load_sampling_tokenizer(encoder), TextRecipe(bpe_dropout=alpha), 5) if alpha else None
    )
    (tmp_path / "texts").write_text("|".join(train_texts), "utf-8")
    for name, split in (("train", train), ("dev", dev)):
        save_tokens(tmp_path, split.tokens, name)
        np.save(tmp_path / f"{name}.npy", split.labels)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(encoder), str(alpha)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        steps = iter(process.stdout.readline, "")
        assert "5" in (step.strip() for step in steps)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    whole, resumed = make_model(), make_model()
    expected = finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path / "whole", resample))
    found = finetune(TrainingJob(resumed, train, dev, recipe, CPU, tmp_path / "ck", resample))
    assert found.resumed_from_epoch == 1
    assert figures(found) == figures(expected)
    assert same_weights(resumed, whole)


def test_a_finished_training_is_not_run_again(make_model, train, dev, recipe, tmp_path: Path, same_weights, recorder):
    first, again = make_model(), make_model()
    expected = finetune(TrainingJob(first, train, dev, recipe, CPU, tmp_path))
    found = finetune(TrainingJob(again, train, dev, recipe, CPU, tmp_path), [recorder])
    assert found.history == expected.history
    assert found.resumed_from_epoch == recipe.epochs
    assert (recorder.steps, recorder.epochs) == ([], [])
    assert same_weights(first, again)


@pytest.mark.parametrize(
    "change",
    ["learning_rate", "labels", "tokens", "dev", "weights", "resampled"],
)
def test_another_training_is_not_resumed(make_model, train, dev, recipe, tmp_path: Path, change: str):
    finetune(TrainingJob(make_model(), train, dev, replace(recipe, epochs=1), CPU, tmp_path))
    model, recipe, resample = make_model(), replace(recipe, epochs=1), None
    if change == "learning_rate":
        recipe = replace(recipe, learning_rate=1e-3)
    elif change == "labels":
        train = LabelledTokens(train.tokens, train.labels[::-1].copy())
    elif change == "tokens":
        train = LabelledTokens(train.tokens.take(np.arange(len(train.labels))[::-1]), train.labels)
    elif change == "dev":
        dev = LabelledTokens(dev.tokens, dev.labels[::-1].copy())
    elif change == "weights":
        model.bert.pooler.dense.bias.data += 1e-3
    else:
        resample = [None, train.tokens].__getitem__
    with pytest.raises(StoryFlowerError, match="another recipe, corpus or encoder"):
        finetune(TrainingJob(model, train, dev, recipe, CPU, tmp_path, resample=resample))


def test_how_often_it_logs_does_not_matter_for_resuming(make_model, train, dev, recipe, tmp_path: Path):
    finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path))
    again = finetune(TrainingJob(make_model(), train, dev, replace(recipe, log_every=1), CPU, tmp_path))
    assert again.resumed_from_epoch == recipe.epochs


def test_a_damaged_newest_checkpoint_costs_an_epoch_and_nothing_else(
    make_model, train, dev, recipe, tmp_path: Path, same_weights
):
    whole, resumed = make_model(), make_model()
    expected = finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path))
    (newest,) = tmp_path.glob("epoch-0003.*.pt")
    newest.write_bytes(newest.read_bytes()[:-1])
    found = finetune(TrainingJob(resumed, train, dev, recipe, CPU, tmp_path))
    assert found.resumed_from_epoch in (1, 2)
    assert figures(found) == figures(expected)
    assert same_weights(resumed, whole)


def test_early_stopping_ends_after_so_many_epochs_without_a_better_one(
    make_model, train, dev, recipe, tmp_path: Path, recorder
):
    """A rate too small to change any prediction: no epoch betters the first."""
    recipe = replace(recipe, epochs=9, learning_rate=1e-12, early_stopping_patience=2)
    result = finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path))
    assert (len(result.history), result.best_epoch) == (3, 1)
    again = finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path), [recorder])
    assert again.history == result.history
    assert recorder.steps == []


@pytest.mark.parametrize(("min_steps", "patience"), [(0, 2), (8, 2), (40, 10)])
def test_patience_grows_with_the_passes_that_a_small_corpus_needs(recipe, min_steps, patience):
    """Four epochs of two steps; forty steps are twenty epochs, in two of which the rate has hardly risen."""
    recipe = replace(recipe, epochs=4, batch_size=32, early_stopping_patience=2, min_steps=min_steps)
    fitted = replace(recipe, scale_rate=True).fitted(64, 768, 0.5)
    assert (fitted.epochs, fitted.early_stopping_patience) == (max(4, min_steps // 2), patience)


def test_a_pass_of_one_step_has_no_more_epochs_than_the_field_allows(recipe):
    assert replace(recipe, min_steps=1_000_000).fitted(1, 768, 1.0).epochs == 100_000


def test_class_weights_raise_the_rare_labels(make_model, train, dev, recipe, tmp_path: Path):
    rare = np.flatnonzero((train.labels != 0) | (np.arange(len(train.labels)) % 5 == 0))
    skewed = LabelledTokens(train.tokens.take(rare), train.labels[rare])
    guesses = []
    for weighted in (False, True):
        model, changed = make_model(), replace(recipe, epochs=2, class_weights=weighted)
        finetune(TrainingJob(model, skewed, dev, changed, CPU, tmp_path / str(weighted)))
        logits = torch.from_numpy(predict_logits(model, dev.tokens, device="cpu", precision="fp32"))
        guesses.append(logits.softmax(dim=1)[:, 0].mean())
    assert guesses[1] > guesses[0]


def test_resampled_tokens_are_requested_once_per_epoch(make_model, train, dev, recipe, tmp_path: Path, same_weights):
    epochs: list[int] = []

    def resample(epoch: int) -> TokenSequences:
        epochs.append(epoch)
        ids = train.tokens.ids.copy()
        ids[np.random.default_rng(epoch).integers(0, len(ids), 50)] = 7
        return TokenSequences(ids, train.tokens.offsets, train.tokens.truncated)

    plain, resampled = make_model(), make_model()
    finetune(TrainingJob(plain, train, dev, recipe, CPU, tmp_path / "plain"))
    finetune(TrainingJob(resampled, train, dev, recipe, CPU, tmp_path / "resampled", resample=resample))
    assert epochs == [1, 2, 3]
    assert not same_weights(plain, resampled)


def test_resampled_tokens_must_be_of_the_same_examples(make_model, train, dev, recipe, tmp_path: Path):
    with pytest.raises(ValueError, match="9 resampled texts for 45 labels"):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path, resample=lambda _: dev.tokens))


@pytest.mark.parametrize("batch_size", [16, 64])
def test_a_training_that_diverges_is_a_clear_error(
    make_model, train, dev, recipe, diverging, tmp_path: Path, batch_size: int
):
    """With all examples in one batch, only the evaluation detects it."""
    recipe = diverging(replace(recipe, batch_size=batch_size))
    with pytest.raises(StoryFlowerError, match="no longer a finite number"):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_only_the_targets_make_infinite_is_noticed(make_model, train, dev, recipe, tmp_path: Path):
    """The cross-entropy against the labels, which is reported, is finite."""
    targets = softened(train.labels, np.full((len(train.labels), 3), np.inf), 0.5)
    job = TrainingJob(make_model(), replace(train, targets=targets), dev, replace(recipe, log_every=1), CPU, tmp_path)
    with pytest.raises(StoryFlowerError, match=r"^step 1: the loss is no longer a finite number"):
        finetune(job)


def test_the_plan_and_the_progress_are_reported(make_model, train, dev, recipe, tmp_path: Path, recorder):
    result = finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path), [recorder])
    (plan,) = recorder.plans
    assert (plan.examples, plan.dev_examples, plan.steps_per_epoch, plan.steps_total) == (45, 9, 3, 9)
    assert (plan.precision, plan.history, plan.notes) == ("fp32", (), ())
    assert plan.parameters == sum(parameter.numel() for parameter in make_model().parameters())
    assert [progress.step for progress in recorder.steps if progress.log_point] == [3, 4, 6, 8, 9]
    assert recorder.steps[-1].examples_seen == recorder.steps[-1].examples_total == 135
    assert recorder.steps[-1].seconds_left == 0
    assert recorder.epochs == result.history


def test_rate_and_epochs_are_those_of_the_encoder_and_the_corpus(
    make_model, train, dev, recipe, tmp_path: Path, same_weights
):
    """A scaled rate and the fewest steps come to the training that a recipe with their numbers describes."""
    model = make_model()
    width, per_epoch = model.config.hidden_size, -(-len(train.labels) // recipe.batch_size)
    fitting = replace(recipe, learning_rate=1e-4, scale_rate=True, epochs=1, min_steps=2 * per_epoch + 1)
    written = replace(recipe, learning_rate=1e-4 * 768 / width, epochs=3)
    found = finetune(TrainingJob(model, train, dev, fitting, CPU, tmp_path / "a"))
    expected = finetune(TrainingJob(other := make_model(), train, dev, written, CPU, tmp_path / "b"))
    assert [record.epoch for record in found.history] == [1, 2, 3]
    assert figures(found) == figures(expected)
    assert same_weights(model, other)


def test_the_global_random_state_is_left_alone(make_model, train, dev, recipe, tmp_path: Path):
    before = torch.random.get_rng_state()
    finetune(TrainingJob(make_model(), train, dev, replace(recipe, epochs=1), CPU, tmp_path))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_parameters_stay_fp32_in_bf16(make_model, train, dev, recipe, tmp_path: Path):
    model = make_model()
    finetune(TrainingJob(model, train, dev, replace(recipe, epochs=1, precision="bf16"), CPU, tmp_path))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_tokens_that_do_not_fit_the_encoder_are_refused_before_training(
    make_model, train, dev, recipe, tmp_path: Path, recorder
):
    ids = dev.tokens.ids.copy()
    ids[3] = 9999
    foreign = LabelledTokens(TokenSequences(ids, dev.tokens.offsets, dev.tokens.truncated), dev.labels)
    with pytest.raises(EncoderError, match="id 9999"):
        finetune(TrainingJob(make_model(), train, foreign, recipe, CPU, tmp_path), [recorder])
    assert recorder.plans == []


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "fp16", "auto"])
def test_it_learns_on_a_gpu_and_resumes(make_model, train, dev, recipe, tmp_path: Path, recorder, precision):
    from storyflower.model.devices import find_hardware

    recipe, hardware = replace(recipe, epochs=40, precision=precision), find_hardware("cuda")
    with pytest.raises(InterruptError):
        interrupter = Interrupter(after_epoch=4)
        finetune(TrainingJob(make_model(), train, dev, recipe, hardware, tmp_path), [interrupter])
    result = finetune(TrainingJob(make_model(), train, dev, recipe, hardware, tmp_path), [recorder])
    assert result.resumed_from_epoch == 4
    assert result.history[-1].dev_accuracy > 0.8
    assert not any("cannot be" in note for note in recorder.notes)  # compiled, or recorded
