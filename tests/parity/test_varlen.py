"""Attention as GPUs run it, without any padding, gives what padded blocks give, and compiles.

PyTorch has its kernel for GPUs alone. Here its formula stands in its place, called by PyTorch's own operator for texts
of many lengths: what is handed to the kernel, and how its gradients come back, are the real thing.
"""

import shutil
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification

from storyflower.model import packing
from storyflower.model.packing import PackedBatches, packed_logits
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.compiling import compile_layers
from storyflower.training.objective import losses_of


def flash_forward(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    starts: Tensor,
    starts_k: Tensor,
    max_q: int,
    max_k: int,
    dropout_p: float,
    is_causal: bool,
    return_debug_mask: bool,
    *,
    scale: float,
    **windows: object,
) -> tuple[Tensor, ...]:
    assert (dropout_p, is_causal) == (0.0, False)
    assert starts.dtype == starts_k.dtype == torch.int32
    assert int(starts[-1]) == len(q) == len(k) == len(v)
    assert max_q == max_k >= int(starts.diff().max())
    assert int(starts.diff().min()) > 0
    outs, sums = [], []
    for a, b in pairwise(starts.tolist()):
        scores = torch.einsum("qhd,khd->hqk", q[a:b], k[a:b]) * scale
        sums.append(scores.logsumexp(-1))
        outs.append(torch.einsum("hqk,khd->qhd", (scores - sums[-1][..., None]).exp(), v[a:b]))
    return torch.cat(outs), torch.cat(sums, dim=1), *(q.new_empty(0) for _ in range(3))


def flash_backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, sums: Tensor, starts: Tensor, *args, scale: float, **_
) -> tuple[Tensor, Tensor, Tensor]:
    grads = tuple(torch.empty_like(x) for x in (q, k, v))
    for a, b in pairwise(starts.tolist()):
        of_text = slice(a, b)
        weights = (torch.einsum("qhd,khd->hqk", q[of_text], k[of_text]) * scale - sums[:, of_text, None]).exp()
        along = torch.einsum("qhd,khd->hqk", grad[of_text], v[of_text])
        of_scores = weights * (along - (grad[of_text] * out[of_text]).sum(-1).T[..., None]) * scale
        grads[0][of_text] = torch.einsum("hqk,khd->qhd", of_scores, k[of_text])
        grads[1][of_text] = torch.einsum("hqk,qhd->khd", of_scores, q[of_text])
        grads[2][of_text] = torch.einsum("hqk,qhd->khd", weights, grad[of_text])
    return grads


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The kernel's formula on the CPU, and what has been called of it."""
    called: list[str] = []

    def noting(name, formula):
        def run(*args, **kwargs):
            called.append(name)
            return formula(*args, **kwargs)

        return run

    library = torch.library.Library("aten", "IMPL")
    library.impl("_flash_attention_forward", noting("forward", flash_forward), "CPU")
    library.impl("_flash_attention_backward", noting("backward", flash_backward), "CPU")
    monkeypatch.setattr(packing, "runs_varlen", lambda *_: True)
    yield called
    library._destroy()


def test_varlen_is_padded(calls: list[str], monkeypatch: pytest.MonkeyPatch):
    assert_same(logits_and_gradients(), padded(monkeypatch))
    assert calls == ["forward"] * 2 + ["backward"] * 2  # one a layer, and none for the padded model


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler at hand")
def test_compiled_varlen_is_padded(calls: list[str], monkeypatch: pytest.MonkeyPatch):
    assert_same(logits_and_gradients(compiled=True), padded(monkeypatch))
    assert calls == ["forward"] * 2 + ["backward"] * 2


def padded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    monkeypatch.setattr(packing, "runs_varlen", lambda *_: False)
    return logits_and_gradients()


def logits_and_gradients(*, compiled: bool = False) -> dict[str, Tensor]:
    """Of a small BERT on texts of 2 to 30 tokens."""
    torch.manual_seed(3)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    model = BertForSequenceClassification(BertConfig(vocab_size=200, pad_token_id=1, num_labels=3, **sizes)).eval()
    draw = np.random.default_rng(11)
    lengths = draw.integers(2, 31, 20)
    ids = draw.integers(5, 200, lengths.sum()).astype(np.int32)
    tokens = TokenSequences(ids, offsets_of(lengths), np.zeros(20, bool))
    if compiled:
        compile_layers(model)
    logits = packed_logits(model, PackedBatches(tokens, [np.arange(20)], "cpu")[0])
    losses_of(logits, torch.arange(20) % 3, None).mean().backward()
    return {"logits": logits} | {name: parameter.grad for name, parameter in model.named_parameters()}


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-6, rtol=1e-4, msg=name)
