import pytest
import torch
from transformers import get_cosine_schedule_with_warmup

from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.optimizer import CosineSchedule, build_optimizer


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
