from functools import partial

import numpy as np
import pytest
import torch

from storyflower.model.packing import PackedBatches, packed_logits
from storyflower.training.compiling import compile_layers, undo_compiling


@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_a_process_compiles_for_any_number_of_trainings(make_model, train, monkeypatch: pytest.MonkeyPatch):
    """Dynamo refuses the ninth graph of a function; ten trainings with R-Drop, which has two each, have twenty."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    for texts in range(2, 12):
        model = make_model().train()
        (batch,) = PackedBatches(train.tokens, [np.arange(texts)], "cpu")
        compile_layers(model)
        with torch.no_grad():
            packed_logits(model, batch)
        packed_logits(model, batch).sum().backward()
        undo_compiling(model)
