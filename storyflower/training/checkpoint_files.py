"""A checkpoint and its file, whose name contains the epoch and a digest of the content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from torch import Tensor

from storyflower.digests import file_sha256
from storyflower.training.progress import R, Record

NAME = re.compile(r"epoch-(\d+)\.([0-9a-f]{16})\.pt")
"""The name contains the first digits of the content's SHA-256, by which damage is detected."""
DIGITS = 16


@dataclass(frozen=True, eq=False)
class Checkpoint(Generic[R]):
    """The state of a training after an epoch; tensors on any device."""

    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    """Empty once the training is finished."""
    scaler: dict[str, Any]
    """Of the fp16 gradient scaler; empty in other precisions."""
    history: tuple[R, ...]
    best: dict[str, Tensor] | None = None
    """The weights of the best epoch. None if it is the last one, or if its own checkpoint is kept as well, as earlier
    versions did."""
    compiled: bool | None = None
    """Whether the following epochs are compiled; None if that is not decided yet."""
    shape: dict[str, Any] | None = None
    """The fields of the batches' `StaticShape`, for texts that are segmented anew in each epoch; else None."""

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history)


def checkpoint_files(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints in a folder, which are whole: the number of finished epochs, and the file. None are read."""
    found = ((NAME.fullmatch(file.name), file) for file in folder.iterdir()) if folder.is_dir() else ()
    return [(int(match[1]), file) for match, file in found if match]


def is_intact(file: Path) -> bool:
    """Whether the content of a checkpoint's file matches the digest in its name."""
    return file.name.endswith(f".{file_sha256(file)[:DIGITS]}.pt")


def best_epoch(history: Sequence[Record]) -> int:
    """The epoch with the highest merit; of equal ones the earliest."""
    return max(history, key=lambda record: (record.merit, -record.epoch)).epoch
