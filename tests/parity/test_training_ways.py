"""However a training is carried out, it is the same training: compiled = eager, in parts = whole, two ranks = one.

And packed = padded: a training of ours against the same steps with Transformers' own padded model.
"""

import copy
import shutil
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div, nll_loss
from torch.nn.utils import clip_grad_norm_
from transformers import BertConfig, BertForSequenceClassification

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware, find_hardware
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training import compile_choice, step, trainer
from storyflower.training.batches import LabelledTokens, stratified_batches
from storyflower.training.compile_costs import CompileCost, CompileCosts
from storyflower.training.loop import FinetuneResult, TrainingJob, finetune
from storyflower.training.objective import softened
from storyflower.training.optimizer import CosineSchedule, build_optimizer

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")
RECIPE = FinetuneRecipe(epochs=2, batch_size=12, learning_rate=1e-3, dropout=0.0, log_every=1, precision="fp32", seed=5)


class Watcher:
    """Keeps the losses at every step, and the notes."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.notes: list[str] = []

    def started(self, plan) -> None: ...

    def stepped(self, progress) -> None:
        if progress.log_point:
            self.losses.append(progress.loss)

    def noted(self, note: str) -> None:
        self.notes.append(note)

    def epoch_ended(self, record) -> None: ...


def model(dropout: float = 0.0) -> BertForSequenceClassification:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=3,
        pad_token_id=1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        classifier_dropout=dropout,
    )
    return BertForSequenceClassification(config)


@pytest.fixture(scope="module")
def split() -> LabelledTokens:
    """40 texts of 3 to 30 tokens: three full batches and a smaller one."""
    draw = np.random.default_rng(11)
    lengths = draw.integers(3, 31, 40)
    ids = draw.integers(5, 200, lengths.sum()).astype(np.int32)
    return LabelledTokens(TokenSequences(ids, offsets_of(lengths), np.zeros(40, bool)), draw.integers(0, 3, 40))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def trained(
    split: LabelledTokens, folder: Path, recipe: FinetuneRecipe = RECIPE, *, dropout: float = 0.0, compiling="off"
) -> tuple[BertForSequenceClassification, FinetuneResult, Watcher]:
    watcher, made = Watcher(), model(dropout)
    result = finetune(TrainingJob(made, split, split, recipe, CPU, folder, compiling=compiling), [watcher])
    return made, result, watcher


def assert_same_training(one, other, *, tolerance: float = 1e-5) -> None:
    (a, a_result, a_watcher), (b, b_result, b_watcher) = one, other
    assert len(a_watcher.losses) == 8
    np.testing.assert_allclose(a_watcher.losses, b_watcher.losses, rtol=tolerance)
    theirs = b.state_dict()
    for name, tensor in a.state_dict().items():
        # Adam turns tiny differences of tiny gradients into steps of the learning rate's size: hence not bit for bit.
        torch.testing.assert_close(tensor, theirs[name], atol=2e-4, rtol=1e-3, msg=name)
    for x, y in zip(a_result.history, b_result.history, strict=True):
        assert x.train_loss == pytest.approx(y.train_loss, rel=tolerance)
        assert x.dev_loss == pytest.approx(y.dev_loss, rel=10 * tolerance)


def test_packed_training_is_padded_training(split: LabelledTokens, tmp_path: Path):
    """Two epochs of ours against as many steps of Transformers' own forward, loss and gradient."""
    _, _, watcher = trained(split, tmp_path)
    theirs, losses = model(), []
    optimizer = build_optimizer(theirs, RECIPE)
    schedule = CosineSchedule.of(RECIPE, 8)
    theirs.train()
    for epoch in (1, 2):
        for batch in stratified_batches(split.tokens.lengths, RECIPE.batch_size, seed=RECIPE.seed, epoch=epoch):
            texts = batch[batch >= 0]
            ids = torch.ones(len(texts), 40, dtype=torch.long)
            for row, i in zip(ids, texts, strict=True):
                row[: split.tokens.lengths[i]] = torch.from_numpy(split.tokens.sequence(i))
            mask = torch.arange(40) < torch.from_numpy(split.tokens.lengths[texts])[:, None]
            schedule.apply(optimizer, len(losses))
            logits = theirs(input_ids=ids, attention_mask=mask.long()).logits
            loss = cross_entropy(logits, torch.from_numpy(split.labels[texts]))
            optimizer.zero_grad()
            loss.backward()
            clip_grad_norm_(theirs.parameters(), RECIPE.max_grad_norm)
            optimizer.step()
            losses.append(loss.item())
    np.testing.assert_allclose(watcher.losses, losses, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler at hand")
@pytest.mark.parametrize("rdrop", [0.0, 1.0])
def test_compiled_is_eager_dropout_included(split: LabelledTokens, tmp_path: Path, rdrop: float):
    recipe = replace(RECIPE, rdrop=rdrop)
    eager = trained(split, tmp_path / "eager", recipe, dropout=0.1)
    compiled = trained(split, tmp_path / "compiled", recipe, dropout=0.1, compiling="on")
    assert any("compiling" in note for note in compiled[2].notes)
    assert len(compiled[2].notes) == 1  # and no word of having failed
    assert compiled[1].history[0].setup_seconds > 0 == compiled[1].history[1].setup_seconds
    assert_same_training(eager, compiled, tolerance=1e-4)
    assert not any("forward" in vars(layer) for layer in compiled[0].bert.encoder.layer)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler at hand")
def test_compiled_from_the_tenth_step_on_is_eager(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As `auto` does it in the middle of an epoch; what it took and saved is remembered."""
    recipe = replace(RECIPE, epochs=6)
    monkeypatch.setattr(compile_choice, "ASSUMED", {"cpu": CompileCost(seconds=0.0, saved=0.5)})
    monkeypatch.setattr(trainer, "CompileCosts", lambda: CompileCosts(tmp_path / "costs"))
    eager = trained(split, tmp_path / "eager", recipe, dropout=0.1)
    auto = trained(split, tmp_path / "auto", recipe, dropout=0.1, compiling="auto")
    assert len(auto[2].notes) == 1
    assert [record.setup_seconds > 0 for record in auto[1].history] == [False, False, True, False, False, False]
    np.testing.assert_allclose(eager[2].losses, auto[2].losses, rtol=1e-3)
    assert eager[2].losses[:10] == auto[2].losses[:10]
    (kept,) = CompileCosts(tmp_path / "costs")._read().values()
    assert kept.first_seconds > 0
    assert len(kept.saved) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.gpu
@pytest.mark.parametrize("compiling", ["on", "auto"])
def test_compiled_and_recorded_on_a_gpu_is_eager(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiling
):
    """Compiled code in a CUDA graph; with `auto` the graph of the eager steps is given up for one of compiled steps."""
    monkeypatch.setattr(compile_choice, "ASSUMED", {"cuda": CompileCost(seconds=0.0, saved=0.5)})
    monkeypatch.setattr(trainer, "CompileCosts", lambda: CompileCosts(tmp_path / "costs"))
    recipe, hardware = replace(RECIPE, epochs=6, precision="auto"), find_hardware("cuda")
    losses = []
    for way in ("off", compiling):
        watcher = Watcher()
        finetune(TrainingJob(model(), split, split, recipe, hardware, tmp_path / way, compiling=way), [watcher])
        assert not any("cannot be" in note for note in watcher.notes)
        losses.append(watcher.losses)
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.05)  # bf16


def test_where_compiling_fails_the_training_goes_on_and_says_so(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def compile_without_a_compiler(made: BertForSequenceClassification) -> None:
        def fail(*args, **kwargs):
            raise RuntimeError("no compiler\nand a long explanation")

        for layer in made.bert.encoder.layer:
            layer.forward = fail

    monkeypatch.setattr(step, "compile_layers", compile_without_a_compiler)
    found = trained(split, tmp_path / "on", compiling="on")
    assert "cannot be compiled here (no compiler): training goes on without" in found[2].notes[1]
    assert_same_training(trained(split, tmp_path / "off"), found)


class LittleMemory:
    """Runs out of memory in forward passes over more texts than it takes, as a small GPU does.

    And in any pass that begins while a failed one still holds what it has computed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, texts: int, first: int = 0) -> None:
        self.passes = 0
        failed: weakref.ref[torch.Tensor] | None = None
        real = step.packed_logits

        def limited(made, batch):
            nonlocal failed
            self.passes += 1
            logits = real(made, batch)
            if (self.passes > first and len(batch) > texts) or (failed and failed() is not None):
                failed = weakref.ref(logits)
                raise torch.OutOfMemoryError("out of memory")
            return logits

        monkeypatch.setattr(step, "packed_logits", limited)


@pytest.mark.parametrize("first", [0, 2, 5], ids="after {} passes".format)
@pytest.mark.parametrize(("texts", "at_once"), [(10, 6), (5, 3)])
def test_accumulated_is_whole(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int, texts: int, at_once: int
):
    whole = trained(split, tmp_path / "whole")
    LittleMemory(monkeypatch, texts, first)
    found = trained(split, tmp_path / "parts")
    assert f"going on with {at_once} at once" in found[2].notes[-1]
    assert_same_training(whole, found)


def test_smaller_parts_are_made_ready_with_the_failed_pass_gone(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where the layers are compiled, a first pass of the new shape belongs to it."""
    monkeypatch.setattr(step, "compile_layers", lambda _: None)
    LittleMemory(monkeypatch, 10, first=3)
    found = trained(split, tmp_path, compiling="on")
    assert [note for note in found[2].notes if "memory" in note] == [found[2].notes[1]]
    assert "going on with 6 at once" in found[2].notes[1]


def test_memory_for_not_even_one_text_is_a_clear_error(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    LittleMemory(monkeypatch, 0)
    with pytest.raises(StoryFlowerError, match="too small for 1 examples at once") as caught:
        trained(split, tmp_path)
    assert "batch_size" in caught.value.remedy


def soft(split: LabelledTokens) -> LabelledTokens:
    """The split with targets far from its labels."""
    teacher = np.random.default_rng(4).dirichlet(np.ones(3), len(split.labels))
    return replace(split, targets=softened(split.labels, teacher, 0.8))


def test_rdrops_gradient_is_that_of_two_passes_with_masks_of_their_own(
    split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each pass is made once more, with a copy of the model and its masks and the same random state."""
    copies: list[BertForSequenceClassification] = []
    logits: list[torch.Tensor] = []
    gradients: dict[str, torch.Tensor] = {}
    packed_logits, clip_in_step = step.packed_logits, step.clip_in_step

    def passed_twice(made, batch):
        copies.append(copy.deepcopy(made))
        with torch.random.fork_rng(), torch.enable_grad():
            logits.append(packed_logits(copies[-1], batch))
        return packed_logits(made, batch)

    def kept(optimizer, max_norm: float) -> None:
        parameters = {p.data_ptr(): p for group in optimizer.param_groups for p in group["params"]}
        gradients.update({name: parameters[p.data_ptr()].grad.clone() for name, p in trainee.named_parameters()})
        clip_in_step(optimizer, max_norm)

    monkeypatch.setattr(step, "packed_logits", passed_twice)
    monkeypatch.setattr(step, "clip_in_step", kept)
    trainee, weight = model(0.2), 0.7
    torch.nn.init.normal_(trainee.classifier.weight)  # or an untrained model predicts nearly the same in both passes
    once = replace(RECIPE, epochs=1, batch_size=40, rdrop=weight)
    finetune(TrainingJob(trainee, split, split, once, CPU, tmp_path))

    first, second = (each[:40].log_softmax(dim=1) for each in logits)  # without what fills the shape in
    divergence = kl_div(second, first.detach(), reduction="batchmean", log_target=True)
    divergence = divergence + (second.exp() * (second - first.detach())).sum(dim=1).mean()
    (batch,) = stratified_batches(split.tokens.lengths, 40, seed=RECIPE.seed, epoch=1)
    (nll_loss(second, torch.from_numpy(split.labels[batch])) + weight / 2 * divergence).backward()
    assert divergence > 0.1
    assert len(gradients) == len(list(copies[1].parameters()))
    for name, parameter in copies[1].named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad, atol=1e-6, rtol=1e-4, msg=name)


def test_rdrop_without_dropout_changes_nothing(split: LabelledTokens, tmp_path: Path):
    assert_same_training(
        trained(split, tmp_path / "off"), trained(split, tmp_path / "on", replace(RECIPE, rdrop=5.0)), tolerance=0
    )


def test_targets_that_are_the_labels_train_as_the_labels(split: LabelledTokens, tmp_path: Path):
    by_labels = trained(split, tmp_path / "labels")
    hard = replace(split, targets=softened(split.labels, np.full((40, 3), 1 / 3), 0.0))
    assert_same_training(by_labels, trained(hard, tmp_path / "hard"))
    softer = trained(soft(split), tmp_path / "soft")
    assert not np.allclose(softer[2].losses, by_labels[2].losses, rtol=1e-4)


def test_targets_in_parts_are_targets_whole(split: LabelledTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = trained(soft(split), tmp_path / "whole")
    LittleMemory(monkeypatch, 10, first=3)
    assert_same_training(whole, trained(soft(split), tmp_path / "parts"))


@pytest.mark.slow
def test_two_ranks_are_one(split: LabelledTokens, tmp_path: Path):
    """With targets, and a last batch so small that the second rank has nothing of it."""
    odd = soft(LabelledTokens(split.tokens.take(np.arange(37)), split.labels[:37]))
    one = trained(odd, tmp_path / "one")
    two = trained(odd, tmp_path / "two", replace(RECIPE, devices=2))
    assert_same_training(one, two)


@pytest.mark.slow
def test_two_ranks_resumed_are_two_ranks_undisturbed(split: LabelledTokens, tmp_path: Path):
    recipe = replace(RECIPE, devices=2, rdrop=1.0)
    whole = trained(split, tmp_path / "whole", recipe, dropout=0.1)

    class Interrupter(Watcher):
        def epoch_ended(self, _record) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(TrainingJob(model(0.1), split, split, recipe, CPU, tmp_path / "p"), [Interrupter()])
    resumed, result, _ = trained(split, tmp_path / "p", recipe, dropout=0.1)
    assert result.resumed_from_epoch in (None, 1)  # the checkpoint was being written when all ranks were ended
    theirs = whole[0].state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in resumed.state_dict().items())
