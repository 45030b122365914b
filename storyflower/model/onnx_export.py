"""Writes a model directory whose network is an ONNX file, so that it predicts without PyTorch."""

import json
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.jit._trace import TracerWarning

from storyflower.errors import EncoderError, StoryFlowerError
from storyflower.messages import problem
from storyflower.model.architecture import parameters
from storyflower.model.config import CONFIG_FILE, read_architecture
from storyflower.model.devices import Hardware
from storyflower.model.directory import RECIPE_FILE, SERVING_FILE, read_format
from storyflower.model.inference_network import InferenceNetwork, load_network
from storyflower.model.integrity import DIGESTS_FILE, FORMAT_FILE, model_files_in
from storyflower.model.onnx_facts import INPUTS, ONNX_FILE, OPSET, OUTPUT, OnnxFacts
from storyflower.model.onnx_session import load_onnx_session
from storyflower.model.torch_session import load_session
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokenizer import CONFIG_FILE as TOKENIZER_CONFIG_FILE
from storyflower.text.tokenizer import TOKENIZER_FILE
from storyflower.text.tokens import TokenSequences, frame

TOLERANCE = 1e-4
"""The largest difference of a logit from PyTorch's with which an export is written."""
_LARGEST = 1 << 31
"""The bytes below which a protocol buffer, hence an ONNX file with its weights, has to stay."""
_COMPARED = 24
"""Texts of random tokens that are compared, among them the shortest and the longest."""


def write_onnx(directory: Path, folder: Path) -> float:
    """Write the export of a model directory, with the digests of its files.

    Args:
        directory: of a model that training or a registration left behind.
        folder: created if missing.

    Returns:
        The largest difference of a logit from PyTorch's on texts of random tokens of every length.

    Raises:
        EncoderError: the directory holds no model of ours, or is damaged.
        StoryFlowerError: the packages of the extra `onnx` are not installed, the model is too large for one file, or
            the logits differ by more than `TOLERANCE`.
    """
    require_exportable(directory)
    format, tokenizer = read_format(directory), load_tokenizer(directory)
    folder.mkdir(parents=True, exist_ok=True)
    network = load_network(directory, torch.device("cpu"), torch.float32)
    _write_network(network, folder / ONNX_FILE)
    names = (CONFIG_FILE, TOKENIZER_FILE, TOKENIZER_CONFIG_FILE, SERVING_FILE, RECIPE_FILE, FORMAT_FILE)
    for file in {*tokenizer.files, *(directory / name for name in names)}:
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    longest = min(format.max_len, network.positions)
    texts = _random_texts(longest, network.vocab_size, cls=tokenizer.special.cls, sep=tokenizer.special.sep)
    difference = _difference(directory, folder, texts)
    (folder / DIGESTS_FILE).write_text(json.dumps(model_files_in(folder), indent=1), "utf-8")
    return difference


def require_exportable(directory: Path) -> None:
    """Check what can be known before anything is written.

    Raises:
        EncoderError: the configuration of the directory is unusable.
        StoryFlowerError: a package of the extra `onnx` is missing, or the model is too large for one ONNX file.
    """
    try:
        import onnx
        import onnxruntime
    except ModuleNotFoundError as error:
        raise problem(StoryFlowerError, "onnx_absent", "", package=error.name) from error
    del onnx, onnxruntime
    if (size := 4 * parameters(read_architecture(directory))) >= _LARGEST:
        raise problem(EncoderError, "too_large_for_onnx", str(directory), size=size / 1e9)


class _Traced(torch.nn.Module):
    """The network as a module without state, for PyTorch's exporter."""

    def __init__(self, network: InferenceNetwork) -> None:
        super().__init__()
        self._network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """See `InferenceNetwork.padded_logits`."""
        return self._network.padded_logits(input_ids, attention_mask)


def _write_network(network: InferenceNetwork, file: Path) -> None:
    """Write the network with its facts; both dimensions of its inputs, texts and tokens, are dynamic."""
    import onnx

    example = torch.tensor([[1, 2, 3, 4], [1, 2, 0, 0]]), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    axes = {name: {0: "texts", 1: "tokens"} for name in INPUTS} | {OUTPUT: {0: "texts"}}
    with _quiet_exporter():
        torch.onnx.export(
            _Traced(network).eval(),
            example,
            file,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    facts = OnnxFacts(network.positions, network.vocab_size, network.classes)
    model = onnx.load(file)
    onnx.helper.set_model_props(model, facts.as_metadata())
    onnx.checker.check_model(model)
    onnx.save(model, file)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Without the warnings of PyTorch's exporter: that it is the older one, and that lists of known length are fixed.

    Whether the export is right is compared afterwards.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", TracerWarning)
        yield


def _random_texts(longest: int, vocab_size: int, *, cls: int, sep: int) -> TokenSequences:
    """Texts of random tokens, of lengths from 3 to `longest`, the same at each call."""
    random = np.random.default_rng(0)
    lengths = np.linspace(1, longest - 2, _COMPARED).astype(int)
    pieces = [random.integers(0, vocab_size, length).tolist() for length in lengths]
    return frame(pieces, longest, cls=cls, sep=sep)


def _difference(directory: Path, folder: Path, texts: TokenSequences) -> float:
    """The largest difference of a logit between a model and its export.

    Raises:
        StoryFlowerError: it is larger than `TOLERANCE`, or not a number.
    """
    expected = load_session(directory, Hardware("cpu")).logits(texts)
    difference = float(np.abs(load_onnx_session(folder).logits(texts) - expected).max())
    if not difference <= TOLERANCE:
        raise problem(StoryFlowerError, "onnx_differs", "", difference=difference, tolerance=TOLERANCE)
    return difference
