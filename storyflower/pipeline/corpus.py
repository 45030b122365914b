"""Reads the corpus of a run, which most stages need, once in a process."""

from functools import lru_cache
from pathlib import Path

from storyflower.data.corpus import Corpus
from storyflower.data.corpus_files import load_corpus
from storyflower.pipeline.manifests import CorpusRef


def read_corpus(ref: CorpusRef) -> Corpus:
    """Return the corpus of a reference. All callers share it: its frames and counts must not be modified.

    The last two are kept: those of a challenger and of the champion.
    """
    return _read(ref.directory, frozenset(ref.files.items()))


@lru_cache(maxsize=2)
def _read(directory: Path, _files: frozenset[tuple[str, str]]) -> Corpus:
    """Read a corpus; file names with SHA-256 are the key, since `CorpusRef.digest` leaves the rows' places out."""
    return load_corpus(directory)
