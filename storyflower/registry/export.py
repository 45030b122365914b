"""Exports a registered version to a folder that predicts without PyTorch, MLflow and the registry."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyflower import text
from storyflower.atomic import draft_beside, replace_folder
from storyflower.errors import RecipeError
from storyflower.messages import LANGUAGES, problem, say
from storyflower.model.directory import read_format
from storyflower.model.integrity import CARD_FILE, DIGESTS_FILE, recorded_digests
from storyflower.model.onnx_facts import INPUTS, ONNX_FILE, OPSET, OUTPUT, is_exported
from storyflower.registry.opened import find_version
from storyflower.registry.references import ModelReference
from storyflower.registry.requirements import pinned
from storyflower.storage.home import Home
from storyflower.text.tokenizer import TOKENIZER_FILE

REQUIREMENTS_FILE = "requirements.txt"
REQUIREMENTS = ("onnxruntime", *text.PACKAGES, "numpy", "pandas", "regex")
"""Packages that an exported model needs for predictions, beside StoryFlower itself."""
_NAMED = 3
"""Files of another origin that the refusal to replace a folder names."""


@dataclass(frozen=True)
class Exported:
    """A version that was exported."""

    folder: Path
    name: str
    """Of the registered model."""
    version: str
    digest: str
    """The digest of the version's files."""
    opset: int
    largest_difference: float
    """Of a logit, from PyTorch's."""
    size: int
    """Bytes of the network's file."""


def export_version(home: Home, reference: ModelReference, folder: Path) -> Exported:
    """Write a version to a folder, which appears whole or not at all.

    Args:
        home: in whose store the version is looked up.
        reference: to the version.
        folder: is created; an earlier export in it is replaced.

    Raises:
        RecipeError: the folder has other content than an earlier export.
        VersionFilesError: the version's files are missing or altered, and cannot be put back.
        TrackingError: there is no such version, or the store does not answer.
        EncoderError: as `write_onnx`.
        StoryFlowerError: as `write_onnx`.
    """
    folder = folder.resolve()
    _require_replaceable(folder)
    record = find_version(home, reference)
    from storyflower.model.onnx_export import write_onnx  # with it comes PyTorch

    with draft_beside(folder) as draft:
        difference = write_onnx(record.directory, draft)
        title = say("export.source", name=reference.name, version=record.version, digest=record.digest[:12])
        card = record.directory / CARD_FILE  # versions of early releases have none
        written = _without_use(card.read_text("utf-8")).rstrip() + "\n\n" if card.is_file() else ""
        usage = _use(draft, title, difference)
        (draft / CARD_FILE).write_text(written + usage, "utf-8")
        (draft / REQUIREMENTS_FILE).write_text("\n".join(pinned(REQUIREMENTS)) + "\n", "utf-8")
        size = (draft / ONNX_FILE).stat().st_size
        replace_folder(draft, folder)
    return Exported(folder, reference.name, record.version, record.digest, OPSET, difference, size)


def _require_replaceable(folder: Path) -> None:
    """Raise RecipeError if something would be lost: the folder has files that no export wrote, or is a file."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise problem(RecipeError, "export_onto_a_file", f"--out {folder}")
    ours = {CARD_FILE, DIGESTS_FILE, REQUIREMENTS_FILE, *(recorded_digests(folder) or ())}
    there = sorted(path.name for path in folder.iterdir())
    others = [name for name in there if name not in ours] if is_exported(folder) else there
    if others:
        names = ", ".join(others[:_NAMED]) + (" …" if len(others) > _NAMED else "")
        raise problem(RecipeError, "export_folder_taken", f"--out {folder}", names=names)


def _without_use(card: str) -> str:
    """The card without how the version is loaded: an export has no weights, so MLflow and Transformers load none."""
    titles = "|".join(re.escape(say("card.load", lang)) for lang in LANGUAGES)
    card = re.sub(rf"^## (?:{titles})\n.*?(?=^## |\Z)", "", card, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^library_name: transformers$", "library_name: onnx", card, count=1, flags=re.MULTILINE)


def _use(folder: Path, source: str, difference: float) -> str:
    """How the export in a folder is loaded and used."""
    format = read_format(folder)
    weights = ", ".join(map(str, format.label_weights))
    decision = say("export.weighted", weights=weights) if weights else say("export.unweighted")
    names: dict[str, Any] = {"ids": INPUTS[0], "mask": INPUTS[1], "logits": OUTPUT}
    tokens = say(
        "export.tokens" if (folder / TOKENIZER_FILE).is_file() else "export.no_tokens",
        **names,
        max_len=format.max_len,
        temperature=format.temperature,
        labels=list(format.labels),
        weights=f"np.array([{weights}])" if weights else "1",
    )
    return say(
        "export.card",
        **names,
        decision=decision,
        source=source,
        opset=OPSET,
        difference=difference,
        temperature=format.temperature,
        labels=", ".join(format.labels),
        tokens=tokens,
    )
