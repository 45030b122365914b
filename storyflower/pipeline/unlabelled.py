"""Further texts without labels, on which the encoder is adapted beside the training texts.

A `.txt` file holds a text a line; a workbook, CSV or Parquet file is read as `storyflower score` reads it, from the
text columns of the recipe. Texts of the corpus are left out, so that no text of the development split or of the
validation workbook is trained on.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from storyflower.cleaning import clean
from storyflower.data.encodings import UnknownEncoding, encoding_of
from storyflower.data.repetition import text_key
from storyflower.data.scorable import read_scorable
from storyflower.data.text_columns import WantedColumns
from storyflower.data.workbook import fetch_file
from storyflower.digests import digest_of_files
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef
from storyflower.quoting import pasted
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_data import DataRecipe
from storyflower.scoring.csv_files import CsvSource
from storyflower.scoring.inputs import Input, found_input
from storyflower.scoring.parquet_files import ParquetSource
from storyflower.scoring.tables import TableSource
from storyflower.storage.home import Home

log = logging.getLogger(__name__)

LINES_SUFFIX = ".txt"
"""Of files with a text a line."""


@dataclass(frozen=True)
class UnlabelledCounts:
    """The rows or lines of all files."""

    rows: int = 0
    """That are not blank."""
    without_text: int = 0
    """That hold no text: numbers, dates, formulas without a value."""
    in_corpus: int = 0
    """Whose text stands in the corpus in some spelling: in the training, development or validation split."""
    repeated: int = 0
    """Whose text stands in a row before in some spelling."""

    @property
    def texts(self) -> int:
        """That the encoder is adapted on."""
        return self.rows - self.without_text - self.in_corpus - self.repeated


@dataclass(frozen=True, eq=False)
class Unlabelled:
    """The texts of all files, cleaned, each once."""

    texts: list[str]
    counts: UnlabelledCounts


def read_unlabelled(locations: Sequence[str], recipe: DataRecipe, downloads: Path, corpus: Iterable[str]) -> Unlabelled:
    """Read the texts of all files.

    Args:
        locations: paths or addresses.
        recipe: the text columns.
        downloads: where remote files are kept.
        corpus: the texts of the corpus, of all its splits.

    Raises:
        WorkbookError: a file is missing, cannot be read, holds no column of texts, or no text.
    """
    known = {text_key(text) for text in corpus}
    seen: set[str] = set()
    texts: list[str] = []
    rows = without_text = in_corpus = repeated = 0
    for location in locations:
        found = 0
        for text in texts_of(location, recipe, downloads):
            rows += 1
            if text is None:
                without_text += 1
                continue
            found += 1
            key = text_key(text)
            in_corpus += key in known
            repeated += key in seen and key not in known
            if key not in known and key not in seen:
                texts.append(text)
            seen.add(key)
        if not found:
            raise problem(WorkbookError, "unlabelled_empty", pasted(location))
    return Unlabelled(texts, UnlabelledCounts(rows, without_text, in_corpus, repeated))


def read_further(home: Home, corpus: CorpusRef, recipe: TrainingRecipe, locations: Sequence[str]) -> list[str]:
    """The texts of files without labels that do not stand in the corpus; the counts are logged.

    Raises:
        WorkbookError: see `read_unlabelled`.
    """
    if not locations:
        return []
    found = read_unlabelled(locations, recipe.data, home.downloads, read_corpus(corpus).frame["text"])
    log.info(say("unlabelled.read", None, **asdict(found.counts), texts=found.counts.texts))
    return found.texts


def digest_of_unlabelled(home: Home, locations: Sequence[str]) -> str | None:
    """The SHA-256 of the files, whatever their order; None without any.

    Raises:
        WorkbookError: one is missing, or of no kind that can be read.
    """
    if not locations:
        return None
    return digest_of_files(_found(location, home.downloads).sha256 for location in locations)


def _found(location: str, downloads: Path) -> Input:
    return found_input(location, downloads, json_code="unlabelled_json")


def texts_of(location: str, recipe: DataRecipe, downloads: Path) -> Iterator[str | None]:
    """The text of every row or line of a file that is not blank; None where it holds none.

    Raises:
        WorkbookError: the file is missing, cannot be read, or holds no column of texts.
    """
    file = _found(location, downloads)
    wanted = WantedColumns(of_model=recipe.text_columns, by_option=False)
    if file.kind == "xlsx":
        return _given(read_scorable(fetch_file(location, recipe, downloads), wanted).rows)
    if file.kind == "csv" and file.path.suffix.lower() == LINES_SUFFIX:
        return _lines(file)
    source: TableSource
    if file.kind == "parquet":
        source = ParquetSource(file.path, location, wanted)
    else:
        source = CsvSource(file.path, location, wanted)
    return (text for piece in source.pieces(whole=False) for text in _given(piece.rows))


def _given(rows: pd.DataFrame) -> Iterator[str | None]:
    return (None if pd.isna(text) else str(text) for text in rows["text"])


def _lines(file: Input) -> Iterator[str | None]:
    """The lines that are not blank, cleaned."""
    with file.path.open("rb") as content:
        try:
            encoding = encoding_of(content)
        except UnknownEncoding as error:
            raise problem(WorkbookError, "unknown_encoding", pasted(file.location), line=error.line) from None
    with file.path.open(encoding=encoding) as lines:
        yield from filter(None, map(clean, lines))
