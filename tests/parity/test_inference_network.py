"""The network that serves predictions: its logits are those of Transformers' own classes, in any batch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from storyflower.model.classifier import new_classifier, save_classifier
from storyflower.model.devices import Hardware
from storyflower.model.inference_network import load_network
from storyflower.model.torch_session import TorchSession, load_session
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokens import TokenSequences
from tests.published import LAYOUTS, Layout, train_pieces, write_encoder

LABELS = ("기쁨", "슬픔", "분노")
TEXTS = [
    f"{scene} {feeling}"
    for scene in ("오늘", "회사 일이", "갑자기 TV를 보다가", "시험을 보고 나서 집에 오는 길에 비를 맞았는데")
    for feeling in ("좋아", "눈물이 난다", "너무 화가 나서 소리쳤어", "신나", "우울해", "밉다")
]
FP32, BF16 = 2e-6, 3e-2
"""The largest differences of a logit from Transformers', and between batches; the logits reach from -2 to 2."""
families = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A classifier of each layout, with random weights large enough for the texts to get different logits."""
    pieces, folder = train_pieces(tuple(TEXTS), 300), tmp_path_factory.mktemp("classifiers")
    found = {}
    for layout in LAYOUTS:
        encoder = write_encoder(folder / f"{layout.name}-encoder", layout, pieces)
        model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
        draw = torch.Generator().manual_seed(2)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=draw) * 0.1)
        save_classifier(model, folder / layout.name)
        found[layout.name] = folder / layout.name
    return found


def tokens_of(directory: Path) -> TokenSequences:
    return load_tokenizer(directory.with_name(f"{directory.name}-encoder")).encode_batch(TEXTS, 32)


def theirs(directory: Path, tokens: TokenSequences) -> np.ndarray:
    model = AutoModelForSequenceClassification.from_pretrained(directory).eval()
    with torch.no_grad():
        rows = [model(torch.from_numpy(tokens.sequence(i).astype(np.int64))[None])[0] for i in range(len(tokens))]
    return torch.cat(rows).numpy()


@families
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, FP32), (torch.bfloat16, BF16)])
def test_logits_are_those_of_transformers(directories, layout: Layout, dtype: torch.dtype, tolerance: float) -> None:
    directory = directories[layout.name]
    tokens = tokens_of(directory)
    expected = theirs(directory, tokens)
    assert np.ptp(expected, axis=0).min() > 10 * FP32  # the texts differ
    network = load_network(directory, torch.device("cpu"), dtype)
    np.testing.assert_allclose(network.logits(tokens), expected, rtol=0, atol=tolerance)
    same_length = tokens.take(np.flatnonzero(tokens.lengths == tokens.lengths[0]))
    np.testing.assert_allclose(
        network.logits(same_length), theirs(directory, same_length), rtol=0, atol=tolerance
    )  # without padding


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", FP32), ("bf16", BF16)])
def test_a_prediction_does_not_depend_on_its_batch(directories, precision, tolerance: float) -> None:
    directory = directories[LAYOUTS[0].name]
    tokens = tokens_of(directory)
    session = load_session(directory, Hardware("cpu"), precision)
    together = session.logits(tokens)
    alone = np.concatenate([session.logits(tokens.take(np.array([i]))) for i in range(len(tokens))])
    np.testing.assert_allclose(together, alone, rtol=0, atol=tolerance)
    order = np.random.default_rng(1).permutation(len(tokens))
    np.testing.assert_allclose(session.logits(tokens.take(order)), together[order], rtol=0, atol=tolerance)
    np.testing.assert_array_equal(session.logits(tokens), together)


def test_the_fast_session_computes_in_bf16_where_the_processor_has_it(directories) -> None:
    session = load_session(directories[LAYOUTS[0].name], Hardware("cpu"), "auto")
    capabilities = torch.cpu.get_capabilities()
    has_bf16 = any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))
    assert session.precision == ("bf16" if has_bf16 else "fp32")
    assert load_session(directories[LAYOUTS[0].name], Hardware("cpu")).precision == "fp32"


def test_no_texts_have_no_logits(directories) -> None:
    directory = directories[LAYOUTS[0].name]
    session: TorchSession = load_session(directory, Hardware("cpu"))
    assert session.logits(tokens_of(directory).take(np.array([], int))).shape == (0, len(LABELS))
