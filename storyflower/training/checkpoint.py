"""Checkpoints of a training: written atomically, verified when read, and bound to one training.

They are written and hashed in the background, while the next epoch trains, and at most one a minute: at KoBERT's size
a checkpoint is 1.1 to 1.5 GB. A training that is killed repeats the epochs since the last one.
"""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Generic

import torch
from torch import Tensor

from storyflower.atomic import DRAFT, sync
from storyflower.digests import HashingStream
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.training.checkpoint_files import DIGITS, Checkpoint, best_epoch, checkpoint_files, is_intact
from storyflower.training.host_copy import host_copy
from storyflower.training.progress import R

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 60.0
"""The least time from the start of one checkpoint to that of the next one, but for the end of the training."""


class CheckpointStore(Generic[R]):
    """The checkpoints of one training: the last one, and one to resume from should the last one be damaged.

    As a context manager it waits at the end for the checkpoint that is being written.
    """

    def __init__(self, folder: Path, fingerprint: str, record: Callable[..., R]) -> None:
        """Open a folder, created if missing, for the training that `fingerprint` identifies.

        Args:
            folder: of this training alone.
            fingerprint: of all that decides the training's outcome.
            record: makes an epoch's record of its values.
        """
        self._record = record
        self._folder = folder
        self._fingerprint = fingerprint
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None
        self._saved_at: float | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob(f"*{DRAFT}"):
            draft.unlink(missing_ok=True)  # another rank may have deleted it

    def __enter__(self) -> "CheckpointStore[R]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if error is None:
            self.wait()

    def is_due(self) -> bool:
        """Whether a checkpoint should be saved now: this process has saved none in the last minute."""
        return self._saved_at is None or time.monotonic() - self._saved_at >= SECONDS_BETWEEN

    def save(self, checkpoint: Checkpoint[R]) -> None:
        """Start writing a checkpoint, after waiting for the one before; its tensors may change as soon as this returns.

        Raises:
            StoryFlowerError: the checkpoint before could not be written, for example because the disk is full.
        """
        self.wait()
        self._saved_at = time.monotonic()
        content = {
            "fingerprint": self._fingerprint,
            "model": checkpoint.model,
            "optimizer": checkpoint.optimizer,
            "scaler": checkpoint.scaler,
            "history": [asdict(record) for record in checkpoint.history],
            "best": checkpoint.best,
            "compiled": checkpoint.compiled,
            "shape": checkpoint.shape,
        }
        self._writing = self._writer.submit(self._write, host_copy(content), checkpoint.history)

    def raise_failure(self) -> None:
        """Return at once while a checkpoint is being written.

        Raises:
            StoryFlowerError: the last one could not be written, for example because the disk is full.
        """
        if self._writing and self._writing.done():
            self.wait()

    def wait(self) -> None:
        """Wait until the last checkpoint is on the disk.

        Raises:
            StoryFlowerError: it could not be written.
        """
        if self._writing:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, content: dict[str, Any], history: tuple[R, ...]) -> None:
        """Write a checkpoint, and afterwards delete those that are no longer needed."""
        epoch = len(history)
        draft = self._folder / f"epoch-{epoch:04d}{DRAFT}"
        try:
            with draft.open("wb") as stream:
                hashed = HashingStream(stream)
                torch.save(content, hashed)  # type: ignore[arg-type]
                stream.flush()
                os.fsync(stream.fileno())
            written = draft.replace(self._folder / f"{draft.stem}.{hashed.sha256()[:DIGITS]}.pt")
            sync(self._folder)
        except (OSError, RuntimeError) as error:  # torch reports some failed writes as a RuntimeError
            draft.unlink(missing_ok=True)
            where = str(self._folder)
            raise problem(StoryFlowerError, "checkpoint_not_written", where, epoch=epoch, reason=error) from error
        fallback = self._fallback(history[:-1])
        for found, file in self._files():
            if file != written and found != fallback:
                file.unlink()

    def _fallback(self, earlier: tuple[R, ...]) -> int | None:
        """The epoch to resume from should the newest checkpoint be damaged: the best of `earlier`, else the last."""
        stored = [epoch for epoch, _ in self._files() if epoch <= len(earlier)]
        if earlier and best_epoch(earlier) in stored:
            return best_epoch(earlier)
        return max(stored, default=None)

    def latest(self) -> Checkpoint[R] | None:
        """The newest intact checkpoint with the best epoch's weights, or an intact one of that epoch; None without any.

        Raises:
            StoryFlowerError: the folder contains the checkpoints of another training.
        """
        for epoch in sorted({epoch for epoch, _ in self._files()}, reverse=True):
            checkpoint = self._read(epoch)
            if checkpoint and (checkpoint.best or self._intact_file(best_epoch(checkpoint.history))):
                return checkpoint
        return None

    def best_of(self, checkpoint: Checkpoint[R]) -> dict[str, Tensor]:
        """The best epoch's weights of what `latest` returned, on the CPU.

        Raises:
            StoryFlowerError: they stand in a checkpoint of their own, which is missing or damaged.
        """
        return checkpoint.best or self.model_of(best_epoch(checkpoint.history))

    def model_of(self, epoch: int) -> dict[str, Tensor]:
        """The weights after an epoch that has a checkpoint, on the CPU.

        Raises:
            StoryFlowerError: its checkpoint is missing or damaged.
        """
        if checkpoint := self._read(epoch):
            return checkpoint.model
        raise problem(StoryFlowerError, "best_checkpoint_gone", str(self._folder), epoch=epoch)

    def _read(self, epoch: int) -> Checkpoint[R] | None:
        file = self._intact_file(epoch)
        if file is None:
            return None
        content = torch.load(file, map_location="cpu", weights_only=True)
        if content["fingerprint"] != self._fingerprint:
            raise problem(StoryFlowerError, "checkpoints_of_another_training", str(self._folder))
        history = tuple(self._record(**record) for record in content["history"])
        model, optimizer, scaler = content["model"], content["optimizer"], content["scaler"]
        later = {name: content.get(name) for name in ("best", "compiled", "shape")}  # not in those of earlier versions
        return Checkpoint(model, optimizer, scaler, history, **later)

    def _intact_file(self, epoch: int) -> Path | None:
        """The file of an epoch whose content matches the digest in its name."""
        for _, file in (found for found in self._files() if found[0] == epoch):
            if is_intact(file):
                return file
            log.warning(say("training.checkpoint_damaged", file=file))
        return None

    def _files(self) -> list[tuple[int, Path]]:
        return checkpoint_files(self._folder)
