"""Checkpoints, one per epoch: written atomically, verified when read, and bound to one training.

They are written in the background, while the next epoch trains: at KoBERT's size a checkpoint is 1.1 GB.
"""

import logging
import os
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from storyflower.atomic import DRAFT, sync
from storyflower.digests import file_sha256
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.training.progress import EpochRecord

log = logging.getLogger(__name__)

_NAME = re.compile(r"epoch-(\d+)\.([0-9a-f]{16})\.pt")
"""The name contains the first 16 digits of the content's SHA-256, by which damage is detected."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a training after an epoch; tensors on any device."""

    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    scaler: dict[str, Any]
    """Of the fp16 gradient scaler; empty in other precisions."""
    history: tuple[EpochRecord, ...]

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history)


def best_epoch(history: tuple[EpochRecord, ...]) -> int:
    """The epoch with the highest macro-F1 on the development split; of equal ones the earliest."""
    return max(history, key=lambda record: (record.dev_macro_f1, -record.epoch)).epoch


class CheckpointStore:
    """The checkpoints of one training: the last one, and the best one before it.

    As a context manager it waits at the end for the checkpoint that is being written.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """Open a folder, created if missing, for the training that `fingerprint` identifies."""
        self._folder = folder
        self._fingerprint = fingerprint
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob(f"*{DRAFT}"):
            draft.unlink(missing_ok=True)  # another rank may have deleted it

    def __enter__(self) -> "CheckpointStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if error is None:
            self.wait()

    def save(self, checkpoint: Checkpoint) -> None:
        """Start writing a checkpoint, after waiting for the one before; its tensors may change as soon as this returns.

        Raises:
            StoryFlowerError: the checkpoint before could not be written, for example because the disk is full.
        """
        self.wait()
        content = {
            "fingerprint": self._fingerprint,
            "model": checkpoint.model,
            "optimizer": checkpoint.optimizer,
            "scaler": checkpoint.scaler,
            "history": [asdict(record) for record in checkpoint.history],
        }
        self._writing = self._writer.submit(self._write, _on_the_cpu(content), checkpoint)

    def wait(self) -> None:
        """Wait until the last checkpoint is on the disk.

        Raises:
            StoryFlowerError: it could not be written.
        """
        if self._writing:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, content: dict[str, Any], checkpoint: Checkpoint) -> None:
        """Write a checkpoint, and afterwards delete those that are no longer needed."""
        draft = self._folder / f"epoch-{checkpoint.epoch:04d}{DRAFT}"
        try:
            with draft.open("wb") as stream:
                torch.save(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            written = draft.replace(self._folder / f"{draft.stem}.{_short_digest(draft)}.pt")
            sync(self._folder)
        except (OSError, RuntimeError) as error:  # torch reports a failed write as a RuntimeError
            draft.unlink(missing_ok=True)
            where, epoch = str(self._folder), checkpoint.epoch
            raise problem(StoryFlowerError, "checkpoint_not_written", where, epoch=epoch, reason=error) from error
        earlier = checkpoint.history[:-1]
        fallback = best_epoch(earlier) if earlier else None  # to resume from, should the newest be damaged
        for epoch, file in self._files():
            if file != written and epoch != fallback:
                file.unlink()

    def latest(self) -> Checkpoint | None:
        """The newest intact checkpoint whose best epoch's checkpoint is intact too; None if there is none.

        Raises:
            StoryFlowerError: the folder contains the checkpoints of another training.
        """
        for epoch in sorted({epoch for epoch, _ in self._files()}, reverse=True):
            checkpoint = self._read(epoch)
            if checkpoint and self._intact_file(best_epoch(checkpoint.history)):
                return checkpoint
        return None

    def model_of(self, epoch: int) -> dict[str, Tensor]:
        """The weights after an epoch, on the CPU.

        Raises:
            StoryFlowerError: its checkpoint is missing or damaged.
        """
        if checkpoint := self._read(epoch):
            return checkpoint.model
        raise problem(StoryFlowerError, "best_checkpoint_gone", str(self._folder), epoch=epoch)

    def _read(self, epoch: int) -> Checkpoint | None:
        file = self._intact_file(epoch)
        if file is None:
            return None
        content = torch.load(file, map_location="cpu", weights_only=True)
        if content["fingerprint"] != self._fingerprint:
            raise problem(StoryFlowerError, "checkpoints_of_another_training", str(self._folder))
        history = tuple(EpochRecord(**record) for record in content["history"])
        return Checkpoint(content["model"], content["optimizer"], content["scaler"], history)

    def _intact_file(self, epoch: int) -> Path | None:
        """The file of an epoch whose content matches the digest in its name."""
        for _, file in (found for found in self._files() if found[0] == epoch):
            if file.name.endswith(f".{_short_digest(file)}.pt"):
                return file
            log.warning(say("training.checkpoint_damaged", file=file))
        return None

    def _files(self) -> list[tuple[int, Path]]:
        found = ((_NAME.fullmatch(file.name), file) for file in self._folder.iterdir())
        return [(int(match[1]), file) for match, file in found if match]


def _on_the_cpu(content: Any) -> Any:
    """A copy of nested containers, with every tensor copied to the CPU."""
    if isinstance(content, Tensor):
        return content.detach().to("cpu", copy=True)
    if isinstance(content, dict):
        return {key: _on_the_cpu(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_on_the_cpu(value) for value in content]
    return content


def _short_digest(path: Path) -> str:
    return file_sha256(path)[:16]
