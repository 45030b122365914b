"""The options of the scripts that compare answering: which model, and which texts."""

import argparse
from pathlib import Path

from benchmarks.bench import MINI, SHARED
from benchmarks.peers.served import ServedModel, classifier_of, registered_versions, texts_to_ask
from benchmarks.systems.corpus import write_kobert_shape
from storyflower.model.directory import read_format

_OPEN = SHARED / "corpus" / "open_Validation.xlsx"
KOBERT_SHAPE = Path("kobert-shape")
_SEED = 42


def add_model_options(parser: argparse.ArgumentParser, *, with_model: bool = True) -> None:
    """Add `--encoder`, `--model`, `--workbook` and `--json`."""
    encoder = MINI if MINI.is_dir() else KOBERT_SHAPE
    about = (
        f"BERT directory, to which a new head is added, or `{KOBERT_SHAPE}`: random weights (default {encoder.name})"
    )
    parser.add_argument("--encoder", type=Path, default=encoder, help=about)
    if with_model:
        another = "a model directory instead, as a training leaves it"
        parser.add_argument("--model", type=Path, metavar="DIR", help=another)
    workbook = _OPEN if _OPEN.is_file() else None
    where = f"of the texts (default {workbook.name if workbook else 'the sample corpus'})"
    parser.add_argument("--workbook", type=Path, default=workbook, help=where)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def model_and_texts(options: argparse.Namespace, folder: Path) -> tuple[ServedModel, list[str]]:
    """The model in a home of its own in `folder`, and the texts."""
    texts = texts_to_ask(options.workbook)
    directory = options.model or folder / "model"
    if options.model is None:
        encoder = options.encoder
        if encoder == KOBERT_SHAPE:
            encoder = folder / "encoder"
            write_kobert_shape(encoder, seed=_SEED)
        classifier_of(encoder, directory, texts, seed=_SEED)
    home = registered_versions([directory], folder)
    return ServedModel(directory, home, read_format(directory).labels), texts
