"""Frames whose texts lie on the disk and are mapped into memory: they are read when they are used, however many.

The files have no name in the folder for temporary files (`TMPDIR`): they go with the process, however that ends. Pages
of them that are in memory are the system's cache, which it gives up when it needs the memory for something else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from storyflower.disk_errors import writing_to

ROWS_AT_ONCE = 2**14
BUFFER_BYTES = 2**20
"""Of a column that is read from a parquet file at once; without a bound it is all of it in a row group."""

_TEXTS = pa.large_string()
_LEAST_MAPPED = 2**20
"""Bytes; less than that is in memory, so that a thousand small files of a corpus do not take as many open files."""


def read_mapped(path: Path) -> pd.DataFrame:
    """The frame in a parquet file that pandas wrote, with its texts mapped; parquet is compressed and cannot be."""
    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES) as file:
        schema = file.schema_arrow
        names = [field.name for field in schema if field.type == _TEXTS]
        texts = _mapped(
            (batch.column(0) for batch in file.iter_batches(ROWS_AT_ONCE, columns=[name])) for name in names
        )
        others = file.read(columns=[name for name in schema.names if name not in names])
        columns = dict(zip(names, texts, strict=True)) | dict(zip(others.column_names, others.columns, strict=True))
        frame: pd.DataFrame = pa.table(columns, schema=schema).to_pandas()
    return frame


def take_mapped(frame: pd.DataFrame, places: NDArray[np.int64]) -> pd.DataFrame:
    """The rows at these places (from 0), in that order, with their index; texts are mapped."""
    names = [str(name) for name, column in frame.items() if column.dtype == "str"]
    chunks = {name: _chunks(frame[name]) for name in names}
    texts = _mapped((_gathered(chunks[name], some) for some in in_parts(places)) for name in names)
    taken = {name: _column(column).array for name, column in zip(names, texts, strict=True)}
    columns = {name: taken[str(name)] if name in taken else column.array[places] for name, column in frame.items()}
    return pd.DataFrame(columns, index=frame.index[places])


def mapped_texts(parts: Iterable[Sequence[str]]) -> "pd.Series[str]":
    """A column of the texts of all parts, mapped."""
    return _column(*_mapped([(pa.array(part, _TEXTS) for part in parts)]))


def repeated(values: Sequence[str], numbers: NDArray[Any]) -> "pd.Series[str]":
    """For each row the value at its number, mapped."""
    given = pa.array(values, _TEXTS)
    return _column(*_mapped([(given.take(pa.array(some)) for some in in_parts(numbers))]))


def parts_of(texts: "pd.Series[str]") -> Iterator[list[str]]:
    """The texts of a column, some thousands at a time."""
    chunks = _chunks(texts)
    for chunk in chunks:
        for start in range(0, len(chunk), ROWS_AT_ONCE):
            yield chunk[start : start + ROWS_AT_ONCE].to_pylist()


def in_parts(numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The numbers, some thousands at a time."""
    return (numbers[start : start + ROWS_AT_ONCE] for start in range(0, len(numbers), ROWS_AT_ONCE))


def ranks(texts: "pd.Series[str]") -> NDArray[np.int64]:
    """(n,) the place of each text among the different texts in the order of code points: the same for equal texts."""
    order = texts.array.argsort(kind="stable")
    chunks, is_new, last = _chunks(texts), np.ones(len(order), bool), None
    for start in range(0, len(order), ROWS_AT_ONCE):
        ordered = _gathered(chunks, order[start : start + ROWS_AT_ONCE]).to_numpy(zero_copy_only=False)
        is_new[start : start + len(ordered)] = ordered != np.concatenate([[last], ordered[:-1]])
        last = ordered[-1]
    found = np.empty(len(order), np.int64)
    found[order] = np.cumsum(is_new) - 1
    return found


def _chunks(texts: "pd.Series[str]") -> list[pa.LargeStringArray]:
    """The Arrow arrays of a column, which are not copied."""
    found = pa.array(texts)
    return [chunk for chunk in getattr(found, "chunks", [found]) if len(chunk)]


def _gathered(chunks: list[pa.LargeStringArray], places: NDArray[np.int64]) -> pa.LargeStringArray:
    """The texts at these places of several chunks, of which Arrow's own `take` would join all."""
    ends = np.cumsum([len(chunk) for chunk in chunks])
    of_chunk = np.searchsorted(ends, places, side="right")
    parts, found = [pa.array([], _TEXTS)], [np.empty(0, np.int64)]
    for number in np.unique(of_chunk):
        here = np.flatnonzero(of_chunk == number)
        start = ends[number] - len(chunks[number])
        parts.append(chunks[number].take(pa.array(places[here] - start)))
        found.append(here)
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(found))))


def _mapped(columns: Iterable[Iterable[pa.LargeStringArray]]) -> list[pa.LargeStringArray]:
    """Each column, given in parts, as one array. All lie in one file, since each that is mapped stays open."""
    with TemporaryFile() as file, writing_to(gettempdir()):
        written = [_written(parts, file) for parts in columns]
        file.flush()
        is_small = file.tell() < _LEAST_MAPPED
        file.seek(0)
        content = pa.py_buffer(file.read() if is_small else mmap(file.fileno(), 0, access=ACCESS_READ))
    return [column.array(content) for column in written]


@dataclass(frozen=True)
class _Written:
    """Where a column lies in a file."""

    count: int
    letters: slice
    offsets: slice
    valid: pa.Buffer | None

    def array(self, content: pa.Buffer) -> pa.LargeStringArray:
        letters, offsets = (content[place] for place in (self.letters, self.offsets))
        return pa.LargeStringArray.from_buffers(self.count, offsets, letters, self.valid)


def _written(parts: Iterable[pa.LargeStringArray], file: IO[bytes]) -> _Written:
    """Append a column to a file: its letters, then its offsets."""
    begin = file.tell()
    ends, valid = [np.zeros(1, np.int64)], [np.empty(0, bool)]
    for part in parts:
        given = np.frombuffer(part.buffers()[1], np.int64)[part.offset : part.offset + len(part) + 1]
        if len(part) and part.buffers()[2] is not None:
            file.write(memoryview(part.buffers()[2])[given[0] : given[-1]])
        ends.append(given[1:] - given[:1] + ends[-1][-1:])
        valid.append(part.is_valid().to_numpy(zero_copy_only=False))
    end = file.tell()
    start = end + file.write(bytes(-end % 8))  # numbers lie at multiples of their size
    offsets = np.concatenate([end_of for end_of in ends if len(end_of)])
    file.write(offsets.data)
    is_valid = pa.array(np.concatenate(valid))
    bits = None if is_valid.true_count == len(is_valid) else is_valid.buffers()[1]
    return _Written(len(is_valid), slice(begin, end), slice(start, start + offsets.nbytes), bits)


def _column(texts: pa.LargeStringArray) -> "pd.Series[str]":
    column: pd.Series[str] = pa.table({"": texts}).to_pandas()[""]
    return column
