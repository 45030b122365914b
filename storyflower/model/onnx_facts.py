"""What an exported model records in its own file about its input: ONNX metadata, readable without PyTorch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from storyflower.model.integrity import WEIGHTS_FILE

ONNX_FILE = "model.onnx"
"""The network of an exported model directory, instead of weights."""
OPSET = 17
"""The version of ONNX's operators: the first with layer normalisation as one operator."""
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "logits"


@dataclass(frozen=True)
class OnnxFacts:
    """The bounds of a network's input."""

    positions: int
    """The maximum tokens of a text."""
    vocab_size: int
    """All ids are below it."""
    classes: int
    """The number of labels."""

    def as_metadata(self) -> dict[str, str]:
        """The content of the file's metadata."""
        return {f"storyflower.{name}": str(value) for name, value in asdict(self).items()}

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> "OnnxFacts":
        """The facts in a file's metadata.

        Raises:
            KeyError: the file was not written by an export of StoryFlower.
            ValueError: the metadata is damaged.
        """
        return cls(*(int(metadata[f"storyflower.{name}"]) for name in ("positions", "vocab_size", "classes")))


def is_exported(directory: Path) -> bool:
    """Whether a model directory is an export: it has a network in ONNX's format and no weights."""
    return (directory / ONNX_FILE).is_file() and not (directory / WEIGHTS_FILE).exists()
