"""The model directory: the result of a training, and the content of a registered version.

It is a standard Hugging Face directory, which Transformers loads without StoryFlower:

- `config.json` and `model.safetensors`: Transformers' `…ForSequenceClassification` with its label names;
- the files of the tokenizer's vocabulary, and those by which `AutoTokenizer` gives the same ids;
- `storyflower.json`: `ModelFormat`, the input and output format of the model;
- `recipe.json`: the recipe of the training, for the user's information;
- `format.json`: the version of this layout.

An exported directory (`onnx_export`) has `model.onnx` instead of `model.safetensors`, and loads without PyTorch.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.model.device_choice import Device
from storyflower.model.families import Classifier
from storyflower.model.integrity import FORMAT_FILE, differences, in_words, recorded_digests
from storyflower.model.onnx_facts import is_exported
from storyflower.model.session import Session, WantedPrecision
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokenizer import Tokenizer

FORMAT_VERSION = 3  # raise when a directory is written that the code before could not read
"""The newest version; directories of this and all earlier versions can be read."""
SERVING_FILE = "storyflower.json"
RECIPE_FILE = "recipe.json"

_WEIGHTS_SINCE, _MERGED_SINCE = 2, 3
"""The version of directories with label weights; without them version 1 is written, which older code reads as well."""
_FIRST_VERSION = 1
"""The version of directories without `FORMAT_FILE`, which are older than that file."""


@dataclass(frozen=True)
class ModelFormat:
    """How texts become a model's input, and its logits become predictions."""

    max_len: int
    """The maximum tokens of a text, `[CLS]` and `[SEP]` included."""
    labels: tuple[str, ...]
    temperature: float = 1.0
    """Divides the logits; fitted on the development split."""
    text_columns: tuple[str, ...] = ()
    """The columns whose utterances are joined to a text, in order; empty in directories written by earlier versions."""
    label_weights: tuple[float, ...] = ()
    """By label: the one of the highest probability times weight is answered; empty: the most probable one."""
    merged_labels: dict[str, str] = field(default_factory=dict)
    """Labels that were too rare to train, each with the one of `labels` as which training counted it."""

    def __post_init__(self) -> None:
        """Raise ValueError unless every label, or none, has a weight above 0."""
        if self.label_weights and not (
            len(self.label_weights) == len(self.labels) and all(0 < weight < inf for weight in self.label_weights)
        ):
            raise ValueError(f"label_weights {self.label_weights} for {len(self.labels)} labels")

    @property
    def version(self) -> int:
        """The version of a directory of this format: the first one whose code reads it."""
        if self.merged_labels:
            return _MERGED_SINCE
        return _WEIGHTS_SINCE if self.label_weights else _FIRST_VERSION

    def to_json(self) -> str:
        """The content of `SERVING_FILE`, without what the model does not have, as earlier versions wrote it."""
        values = asdict(self)
        for name in ("label_weights", "merged_labels"):
            if not values[name]:
                del values[name]
        return json.dumps(values, ensure_ascii=False, indent=1)


@dataclass(frozen=True)
class LoadedModel:
    """A loaded model directory."""

    tokenizer: Tokenizer
    session: Session
    format: ModelFormat


def write_model(
    folder: Path,
    model: Classifier,
    tokenizer: Tokenizer,
    format: ModelFormat,
    *,
    recipe: dict[str, Any],
    texts: Iterable[str],
) -> None:
    """Write a model directory.

    Args:
        folder: created if missing.
        model: on any device.
        tokenizer: of the encoder; its files are copied.
        format: of the model's input and output.
        recipe: written to `RECIPE_FILE`.
        texts: on which `AutoTokenizer` must give the same ids as `tokenizer`; otherwise it will refuse to load.
    """
    from storyflower.model.classifier import save_classifier  # loads Transformers, which reading a directory does not

    save_classifier(model, folder)
    for file in tokenizer.files:
        shutil.copyfile(file, folder / file.name)
    files = tokenizer.transformers_files(format.max_len, texts) | {
        SERVING_FILE: format.to_json(),
        RECIPE_FILE: json.dumps(recipe, ensure_ascii=False, indent=1),
        FORMAT_FILE: json.dumps({"version": format.version}, indent=1),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def load_model(directory: Path, device: Device = "auto", precision: WantedPrecision = "fp32") -> LoadedModel:
    """Load the tokenizer, the model on its device, and the format; `precision` is that of `load_session`.

    Raises:
        EncoderError: the directory was written by a newer StoryFlower, or was not written by `write_model`.
        StoryFlowerError: `device` is `cuda`, and PyTorch finds no GPU, or the directory is an export; or ONNX Runtime,
            which exports need, is not installed.
    """
    format = read_format(directory)
    return LoadedModel(load_tokenizer(directory), _load_session(directory, device, precision), format)


def _load_session(directory: Path, device: Device, precision: WantedPrecision) -> Session:
    """The session of a directory; PyTorch is imported only if it is no export."""
    if is_exported(directory):
        from storyflower.model.onnx_session import load_onnx_session

        if broken := differences(directory, recorded_digests(directory) or {}):
            raise problem(EncoderError, "export_files_broken", str(directory), files=in_words(broken))
        return load_onnx_session(directory, device)
    from storyflower.model.devices import find_hardware
    from storyflower.model.torch_session import load_session

    return load_session(directory, find_hardware(device), precision)


def read_format(directory: Path) -> ModelFormat:
    """Read the format of a directory's model, after checking the version of the directory.

    Raises:
        EncoderError: the version is newer, or one of the two files cannot be read or is damaged.
    """
    version = format_version(directory)
    if version > FORMAT_VERSION:
        where = str(directory)
        raise problem(EncoderError, "newer_model_format", where, found=version, known=FORMAT_VERSION)
    try:
        facts = _read(directory / SERVING_FILE)
        facts |= {name: tuple(facts.get(name, ())) for name in ("labels", "text_columns", "label_weights")}
        return ModelFormat(**facts)
    except (OSError, ValueError, TypeError) as error:
        raise problem(EncoderError, "no_model_format", str(directory), file=SERVING_FILE, reason=error) from error


def format_version(directory: Path) -> int:
    """The version of a directory's layout.

    Raises:
        EncoderError: its file cannot be read or is damaged.
    """
    try:
        version = _read(directory / FORMAT_FILE)["version"]
    except FileNotFoundError:
        return _FIRST_VERSION
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise problem(EncoderError, "no_model_format", str(directory), file=FORMAT_FILE, reason=error) from error
    if type(version) is not int or version < _FIRST_VERSION:
        raise problem(EncoderError, "no_model_format", str(directory), file=FORMAT_FILE, reason=repr(version))
    return version


def _read(file: Path) -> dict[str, Any]:
    """Read the object in a JSON file."""
    content = json.loads(file.read_text("utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"it holds a {type(content).__name__} and no object")
    return content
