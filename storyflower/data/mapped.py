"""Frames whose texts lie on the disk and are mapped into memory: they are read when they are used, however many.

The files have no name in the folder for temporary files (`TMPDIR`): they go with the process, however that ends. Pages
of them that are in memory are the system's cache, which it gives up when it needs the memory for something else.
"""

from collections.abc import Iterable, Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

ROWS_AT_ONCE = 2**14
BUFFER_BYTES = 2**20
"""Of a column that is read from a parquet file at once; without a bound it is all of it in a row group."""

_TEXTS = pa.large_string()


def read_mapped(path: Path) -> pd.DataFrame:
    """The frame in a parquet file that pandas wrote, with its texts mapped; parquet is compressed and cannot be."""
    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES) as file:
        columns = [
            _mapped(batch.column(0) for batch in file.iter_batches(ROWS_AT_ONCE, columns=[field.name]))
            if field.type == _TEXTS
            else file.read(columns=[field.name]).column(0)
            for field in file.schema_arrow
        ]
        frame: pd.DataFrame = pa.Table.from_arrays(columns, schema=file.schema_arrow).to_pandas()
    return frame


def take_mapped(frame: pd.DataFrame, places: NDArray[np.int64]) -> pd.DataFrame:
    """The rows at these places (from 0), in that order, with their index; texts are mapped."""
    columns = {str(name): _taken(column, places) for name, column in frame.items()}
    return pd.DataFrame(columns, index=frame.index[places])


def mapped_texts(parts: Iterable[Sequence[str]]) -> "pd.Series[str]":
    """A column of the texts of all parts, mapped."""
    return _column(_mapped(pa.array(part, _TEXTS) for part in parts))


def repeated(values: Sequence[str], numbers: NDArray[Any]) -> "pd.Series[str]":
    """For each row the value at its number, mapped."""
    given = pa.array(values, _TEXTS)
    return _column(_mapped(given.take(pa.array(some)) for some in _some(numbers)))


def parts_of(texts: "pd.Series[str]") -> Iterator[list[str]]:
    """The texts of a column, some thousands at a time."""
    chunks = _chunks(texts)
    for chunk in chunks:
        for start in range(0, len(chunk), ROWS_AT_ONCE):
            yield chunk[start : start + ROWS_AT_ONCE].to_pylist()


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


def _taken(column: "pd.Series[Any]", places: NDArray[np.int64]) -> Any:
    if column.dtype != "str":
        return column.array[places]
    chunks = _chunks(column)
    return _column(_mapped(_gathered(chunks, some) for some in _some(places))).array


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


def _mapped(parts: Iterable[pa.LargeStringArray]) -> pa.LargeStringArray:
    """The texts of all parts in one array, whose letters and offsets are mapped."""
    with TemporaryFile() as letters, TemporaryFile() as offsets:
        count = end = 0
        valid: list[NDArray[np.bool_]] = []
        offsets.write(np.zeros(1, np.int64).data)
        for part in parts:
            given = np.frombuffer(part.buffers()[1], np.int64)[part.offset : part.offset + len(part) + 1]
            if len(part) and part.buffers()[2] is not None:
                letters.write(memoryview(part.buffers()[2])[given[0] : given[-1]])
            offsets.write((given[1:] - given[:1] + end).data)
            valid.append(part.is_valid().to_numpy(zero_copy_only=False))
            count, end = count + len(part), end + int(given[-1] - given[0])
        is_valid = pa.array(np.concatenate([np.empty(0, bool), *valid]))
        return pa.LargeStringArray.from_buffers(
            count, _buffer(offsets), _buffer(letters), None if is_valid.true_count == count else is_valid.buffers()[1]
        )


def _buffer(file: IO[bytes]) -> pa.Buffer:
    file.flush()
    return pa.py_buffer(mmap(file.fileno(), 0, access=ACCESS_READ) if file.tell() else b"")


def _column(texts: pa.LargeStringArray) -> "pd.Series[str]":
    column: pd.Series[str] = pa.table({"": texts}).to_pandas()[""]
    return column


def _some(numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (numbers[start : start + ROWS_AT_ONCE] for start in range(0, len(numbers), ROWS_AT_ONCE))
