"""Token ids of many texts in one flat array, and their files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

ARRAYS: dict[str, np.dtype[Any]] = {
    "ids": np.dtype(np.int32),
    "offsets": np.dtype(np.int64),
    "truncated": np.dtype(np.bool_),
}

_TEXTS_AT_ONCE = 2**14


@dataclass(frozen=True, eq=False)
class TokenSequences:
    """The ids of `n` texts end to end: text `i` is `ids[offsets[i]:offsets[i + 1]]`.

    Raises:
        ValueError: the arrays do not fit together.
    """

    ids: NDArray[np.int32]
    """(n_tokens,) token ids."""
    offsets: NDArray[np.int64]
    """(n + 1,) first token of each text, then the number of all tokens."""
    truncated: NDArray[np.bool_]
    """(n,) whether the text was longer than the limit and lost its end."""

    def __post_init__(self) -> None:
        for name, dtype in ARRAYS.items():
            array = getattr(self, name)
            _require(array.ndim == 1, f"{name} has {array.ndim} dimensions instead of 1")
            _require(array.dtype == dtype, f"{name} holds {array.dtype} instead of {dtype}")
        _require(len(self.offsets) == len(self.truncated) + 1, "offsets and truncated differ in their number of texts")
        _require(int(self.offsets[0]) == 0, "the first offset is not 0")
        _require(int(self.offsets[-1]) == len(self.ids), "the last offset is not the number of tokens")
        _require(bool((self.offsets[1:] > self.offsets[:-1]).all()), "the offsets do not rise from text to text")
        _require(not len(self.ids) or int(self.ids.min()) >= 0, "there are negative token ids")

    def __len__(self) -> int:
        return len(self.truncated)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) tokens of each text, `[CLS]` and `[SEP]` included."""
        return np.diff(self.offsets)

    def sequence(self, i: int) -> NDArray[np.int32]:
        """(length,) ids of text `i`, a view."""
        return self.ids[self.offsets[i] : self.offsets[i + 1]]

    def parts(self) -> Iterator["TokenSequences"]:
        """The texts in their order, some thousands at a time, as views."""
        for start in range(0, len(self), _TEXTS_AT_ONCE):
            offsets = self.offsets[start : start + _TEXTS_AT_ONCE + 1]
            ids = self.ids[offsets[0] : offsets[-1]]
            yield TokenSequences(ids, offsets - offsets[0], self.truncated[start : start + _TEXTS_AT_ONCE])

    def batches_by_length(self, tokens_per_batch: int) -> list[NDArray[np.int64]]:
        """Indices of the texts in batches of about so many tokens, the shortest texts first."""
        if not len(self):
            return []
        order = np.argsort(self.lengths, kind="stable")
        lengths = self.lengths[order]
        batch_of = (np.cumsum(lengths) - lengths) // tokens_per_batch
        return np.split(order, np.flatnonzero(np.diff(batch_of)) + 1)

    def take(self, indices: NDArray[Any]) -> "TokenSequences":
        """The texts at `indices` (integers, or a mask of `n` booleans), in that order."""
        chosen = np.arange(len(self))[indices]
        return TokenSequences(self.ids[self.places(chosen)], offsets_of(self.lengths[chosen]), self.truncated[chosen])

    def take_in_parts(self, indices: NDArray[Any]) -> Iterator["TokenSequences"]:
        """As `take`, some thousands of texts at a time."""
        chosen = np.arange(len(self))[indices]
        for start in range(0, len(chosen), _TEXTS_AT_ONCE):
            yield self.take(chosen[start : start + _TEXTS_AT_ONCE])

    def places(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places in `ids` of the tokens of the texts at `chosen`, one text after the other."""
        lengths = self.lengths[chosen]
        offsets = offsets_of(lengths)
        return np.repeat(self.offsets[chosen] - offsets[:-1], lengths) + np.arange(offsets[-1])

    def take_mapped(self, indices: NDArray[Any], folder: Path) -> "TokenSequences":
        """As `take`, with the ids on the disk and mapped into memory, however many they are.

        The file has no name in `folder`: it goes with the process, however that ends.
        """
        chosen = np.arange(len(self))[indices]
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            for part in self.take_in_parts(chosen):
                file.write(part.ids.data)
            file.flush()
            offsets = offsets_of(self.lengths[chosen])
            content = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ) if len(chosen) else b"")
        return TokenSequences(np.frombuffer(content, np.int32), offsets, self.truncated[chosen])


def joined(parts: Sequence[TokenSequences]) -> TokenSequences:
    """The texts of all parts, of which there is at least one, one part after the other."""
    return TokenSequences(
        np.concatenate([part.ids for part in parts]),
        offsets_of(np.concatenate([part.lengths for part in parts])),
        np.concatenate([part.truncated for part in parts]),
    )


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) offsets of texts of these (n,) lengths."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def frame(pieces: Sequence[Sequence[int]], max_len: int, *, cls: int, sep: int) -> TokenSequences:
    """Put each text's ids between `cls` and `sep`, cut to at most `max_len` ids.

    Raises:
        ValueError: `max_len` is less than 3.
    """
    if max_len < 3:
        raise ValueError(f"max_len must leave room for a piece between [CLS] and [SEP], not {max_len}")
    room = max_len - 2
    framed = [[cls, *ids[:room], sep] for ids in pieces]
    offsets = offsets_of(np.fromiter(map(len, framed), np.int64, len(framed)))
    return TokenSequences(
        ids=np.fromiter(chain.from_iterable(framed), np.int32, int(offsets[-1])),
        offsets=offsets,
        truncated=np.fromiter((len(ids) > room for ids in pieces), np.bool_, len(pieces)),
    )


def save_tokens(folder: Path, tokens: TokenSequences | Iterable[TokenSequences], name: str = "tokens") -> None:
    """Write `<name>.ids.npy`, `<name>.offsets.npy` and `<name>.truncated.npy` into an existing folder.

    Of several sequences the texts come one after the other; each is written before the next is asked for.
    """
    parts = [tokens] if isinstance(tokens, TokenSequences) else tokens
    with (
        _appended(folder, name, "ids") as append_ids,
        _appended(folder, name, "offsets") as append_offsets,
        _appended(folder, name, "truncated") as append_truncated,
    ):
        end = np.zeros(1, np.int64)
        append_offsets(end)
        for part in parts:
            append_ids(part.ids)
            append_offsets(part.offsets[1:] + end)
            append_truncated(part.truncated)
            end += len(part.ids)


@contextmanager
def _appended(folder: Path, name: str, array: str) -> Iterator[Callable[[NDArray[Any]], None]]:
    """A function that appends to the new file of an array, which is complete when the block ends."""
    length = 0
    with _file(folder, name, array).open("wb") as content:

        def append(values: NDArray[Any]) -> None:
            nonlocal length
            length += len(values)
            content.write(np.ascontiguousarray(values).data)

        def write_header() -> None:
            about = {"descr": ARRAYS[array].str, "fortran_order": False, "shape": (length,)}
            write_array_header_1_0(content, about)

        write_header()
        yield append
        content.seek(0)
        write_header()  # of the same size: NumPy leaves room in it for any length


def load_tokens(folder: Path, name: str = "tokens") -> TokenSequences:
    """Map what `save_tokens` wrote into memory, read-only.

    Raises:
        StoryFlowerError: a file is missing or damaged, or the arrays do not fit together.
    """
    try:
        tokens = TokenSequences(**{a: _mapped(_file(folder, name, a)) for a in ARRAYS})
    except (OSError, EOFError, ValueError) as error:
        where = str(folder / f"{name}.*.npy")
        raise problem(StoryFlowerError, "kept_tokens_unusable", where, reason=error) from error
    return tokens


def _mapped(file: Path) -> NDArray[Any]:
    """The array in a file; its pages are read when they are used, and the system may drop them again."""
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


def _file(folder: Path, name: str, array: str) -> Path:
    return folder / f"{name}.{array}.npy"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
