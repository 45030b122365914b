"""The session that computes with ONNX Runtime, on the CPU and without PyTorch."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storyflower.errors import EncoderError, StoryFlowerError, first_line
from storyflower.messages import problem
from storyflower.model.device_choice import Device
from storyflower.model.onnx_facts import INPUTS, ONNX_FILE, OUTPUT, OnnxFacts
from storyflower.model.session import SessionPrecision, logits_by_length, require_within
from storyflower.text.tokens import TokenSequences

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxSession:
    """An exported network; texts of similar length are batched together and padded to the longest of their batch.

    Logits do not depend on the batching of texts, except for the rounding of sums: the tolerance is stated and held by
    `tests/parity/test_onnx.py`.
    """

    precision: SessionPrecision = "fp32"

    def __init__(self, network: "InferenceSession", facts: OnnxFacts) -> None:
        self._network = network
        self._facts = facts

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """See `Session.logits`."""
        require_within(tokens, positions=self._facts.positions, vocab_size=self._facts.vocab_size)
        return logits_by_length(tokens, self._facts.classes, self._of_batch)

    def _of_batch(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """Logits (n, classes) of n > 0 texts, padded to the longest."""
        mask = np.arange(tokens.lengths.max()) < tokens.lengths[:, None]
        ids = np.zeros(mask.shape, np.int64)  # any id serves as padding, since the mask excludes it
        ids[mask] = tokens.ids
        padded = dict(zip(INPUTS, (ids, mask.astype(np.int64)), strict=True))
        (logits,) = self._network.run([OUTPUT], padded)
        return np.asarray(logits, np.float32)


def load_onnx_session(directory: Path, device: Device = "auto") -> OnnxSession:
    """Load the network of an exported model directory.

    It computes with as many threads as PyTorch would: one for each processor that this process may use.

    Args:
        directory: with `ONNX_FILE`.
        device: `auto` and `cpu` compute on the CPU.

    Raises:
        StoryFlowerError: ONNX Runtime is not installed, or `device` is `cuda`.
        EncoderError: the file is damaged, or no export of StoryFlower.
    """
    if device == "cuda":
        raise problem(StoryFlowerError, "onnx_on_a_gpu", str(directory))
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise problem(StoryFlowerError, "onnx_absent", str(directory), package=error.name) from error
    file = directory / ONNX_FILE
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _processors()
        network = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        facts = OnnxFacts.of_metadata(network.get_modelmeta().custom_metadata_map)
    except Exception as error:  # ONNX Runtime has no public class of its errors
        raise problem(EncoderError, "no_exported_network", str(file), reason=first_line(error)) from error
    return OnnxSession(network, facts)


def _processors() -> int:
    """The number of processors that this process may use; macOS and Windows do not restrict them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
