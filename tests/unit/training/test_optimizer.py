from collections import Counter

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import get_cosine_schedule_with_warmup

from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.optimizer import CosineSchedule, build_optimizer, clip_in_step


def test_biases_and_layer_norms_do_not_decay(make_model):
    model = make_model()
    decayed, undecayed = build_optimizer(model, FinetuneRecipe(weight_decay=0.02)).param_groups
    name_of = {id(parameter): name for name, parameter in model.named_parameters()}
    without = {name_of[id(parameter)] for parameter in undecayed["params"]}
    assert (decayed["weight_decay"], undecayed["weight_decay"]) == (0.02, 0.0)
    assert len(decayed["params"]) + len(without) == len(name_of)
    assert "bert.encoder.layer.0.output.LayerNorm.weight" in without
    assert all(name.endswith(("bias", "LayerNorm.weight")) for name in without)
    assert not any(name_of[id(p)].endswith(("bias", "LayerNorm.weight")) for p in decayed["params"])


def test_each_layer_has_a_share_of_the_rate_of_the_layer_above(make_model):
    """Head and pooler have the whole rate, the two layers 0.5 and 0.25 of it, the embeddings 0.125."""
    model = make_model()
    recipe = FinetuneRecipe(learning_rate=1e-3, layer_decay=0.5, warmup_share=0, weight_decay=0.02)
    optimizer = build_optimizer(model, recipe)
    CosineSchedule.of(recipe, 10).apply(optimizer, 0)
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    decays = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    expected = {"classifier": 1e-3, "bert.pooler": 1e-3, "bert.encoder.layer.1": 5e-4, "bert.encoder.layer.0": 2.5e-4}
    expected["bert.embeddings"] = 1.25e-4
    for name, parameter in model.named_parameters():
        (rate,) = [rate for prefix, rate in expected.items() if name.startswith(prefix)]
        assert rates[id(parameter)] == pytest.approx(rate), name
        assert decays[id(parameter)] == (0.0 if name.endswith(("bias", "LayerNorm.weight")) else 0.02), name


def test_it_is_fused(make_model):
    assert build_optimizer(make_model(), FinetuneRecipe()).defaults["fused"]


@pytest.mark.parametrize(("share", "steps"), [(0.1, 200), (0.1, 7), (0.0, 20), (1.0, 20), (0.35, 33), (0.1, 1)])
def test_the_rate_is_that_of_transformers(share: float, steps: int):
    recipe = FinetuneRecipe(learning_rate=5e-5, warmup_share=share)
    ours = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    theirs = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))], lr=5e-5)
    schedule = CosineSchedule.of(recipe, steps)
    reference = get_cosine_schedule_with_warmup(theirs, int(steps * share), steps)
    for step in range(steps):
        assert schedule.apply(ours, step) == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12, abs=1e-20)
        assert ours.param_groups[0]["lr"] == schedule.rate(step)
        theirs.step()
        reference.step()


def gradients_of(model, scale: float) -> list[torch.Tensor]:
    torch.manual_seed(7)
    return [scale * torch.randn_like(parameter) for parameter in model.parameters()]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3], ids=["far below the norm", "above", "far above"])
@pytest.mark.parametrize("loss_scale", [None, 1024.0])
def test_clipping_inside_the_step_is_clipping_before_it(make_model, scale: float, loss_scale: float | None):
    """Three steps, with the gradients of a loss scaler too, as fp16 has them."""
    inside, before = make_model(), make_model()
    recipe = FinetuneRecipe(learning_rate=1e-3)
    ours, theirs = build_optimizer(inside, recipe), build_optimizer(before, recipe)
    scaler = torch.amp.GradScaler("cpu", enabled=loss_scale is not None, init_scale=loss_scale or 1.0)
    for _ in range(3):
        for a, b, gradient in zip(inside.parameters(), before.parameters(), gradients_of(inside, scale), strict=True):
            a.grad, b.grad = gradient * (loss_scale or 1.0), gradient.clone()
        scaler.scale(torch.zeros(1))  # as the backward pass of a loss does it
        scaler.unscale_(ours)
        clip_in_step(ours, 1.0)
        scaler.step(ours)
        scaler.update()
        torch.nn.utils.clip_grad_norm_(before.parameters(), 1.0)
        theirs.step()
    for a, b in zip(inside.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-6)


def test_infinite_gradients_of_a_loss_scaler_change_nothing(make_model):
    model = make_model()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer, scaler = build_optimizer(model, FinetuneRecipe()), torch.amp.GradScaler("cpu", init_scale=2.0)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, torch.inf)
    scaler.scale(torch.zeros(1))
    scaler.unscale_(optimizer)
    clip_in_step(optimizer, 1.0)
    scaler.step(optimizer)
    scaler.update()
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), before, strict=True))
    assert scaler.get_scale() == 1.0


class Operations(TorchDispatchMode):
    """Counts PyTorch's operations within the block."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen[func.overloadpacket.__name__] += 1
        return func(*args, **kwargs or {})


def test_clipping_inside_the_step_makes_no_pass_of_its_own_over_the_gradients(make_model):
    model = make_model()
    optimizer = build_optimizer(model, FinetuneRecipe())
    for parameter, gradient in zip(model.parameters(), gradients_of(model, 1.0), strict=True):
        parameter.grad = gradient
    with Operations() as operations:
        clip_in_step(optimizer, 1.0)
        optimizer.step()
    assert operations.seen["_foreach_norm"] == 1
    assert operations.seen["_fused_adamw_"] == len(optimizer.param_groups)
    assert not [name for name in operations.seen if name.startswith(("_foreach_mul", "mul_"))]


def test_clipping_inside_the_step_fetches_nothing_from_the_device():
    """Tensors without values: whoever looked at one would fail. A CUDA graph can record such a step."""
    with FakeTensorMode():
        model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.LayerNorm(8))
        optimizer = build_optimizer(model, FinetuneRecipe())
        for _ in range(2):
            for parameter in model.parameters():
                parameter.grad = torch.randn_like(parameter)
            clip_in_step(optimizer, 1.0)
            optimizer.step()
    assert isinstance(optimizer.grad_scale, torch.Tensor)
