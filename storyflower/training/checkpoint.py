"""A checkpoint at every epoch: written whole or not at all, verified when read, and tied to its training.

It is written in the background, while the next epoch trains: at KoBERT's size it is 1.1 GB.
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
"""The name holds the beginning of the content's SHA-256, so that damage is seen, and name and content come at once."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that the rest of a training depends on after an epoch; tensors on any device."""

    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    scaler: dict[str, Any]
    """Of the fp16 gradient scaler; empty in other precisions."""
    history: tuple[EpochRecord, ...]

    @property
    def epoch(self) -> int:
        """Epochs done, which is also the schedule's and the random numbers' position."""
        return len(self.history)


def best_epoch(history: tuple[EpochRecord, ...]) -> int:
    """The epoch with the highest macro-F1 on the development split; of equals the earliest."""
    return max(history, key=lambda record: (record.dev_macro_f1, -record.epoch)).epoch


class CheckpointStore:
    """The checkpoints of one training: the last one, and the best one before it.

    Used as a context, it waits at the end for what is still being written.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """Open a folder, made where missing, for the training whose outcome `fingerprint` stands for."""
        self._folder = folder
        self._fingerprint = fingerprint
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob(f"*{DRAFT}"):
            draft.unlink(missing_ok=True)  # another rank may have been quicker

    def __enter__(self) -> "CheckpointStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if error is None:
            self.wait()

    def save(self, checkpoint: Checkpoint) -> None:
        """Begin to write a checkpoint, of which the tensors may change at once; first wait for the one before it.

        Raises:
            StoryFlowerError: the one before cannot be written, such as on a full disk.
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
        """Until the last checkpoint is on the disk.

        Raises:
            StoryFlowerError: it cannot be written.
        """
        if self._writing:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, content: dict[str, Any], checkpoint: Checkpoint) -> None:
        """Write a checkpoint; only when it is complete, drop those no longer needed."""
        draft = self._folder / f"epoch-{checkpoint.epoch:04d}{DRAFT}"
        try:
            _write_synced(content, draft)
            written = draft.replace(self._folder / f"{draft.stem}.{_short_digest(draft)}.pt")
            sync(self._folder)
        except (OSError, RuntimeError) as error:  # torch reports a failed write as a RuntimeError
            draft.unlink(missing_ok=True)
            raise problem(
                StoryFlowerError,
                "checkpoint_not_written",
                str(self._folder),
                epoch=checkpoint.epoch,
                reason=error,
            ) from error
        self._drop_all_but(written, checkpoint.history[:-1])

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole, and whose best epoch's is too; none at a fresh start.

        Raises:
            StoryFlowerError: the folder holds the checkpoints of another training.
        """
        for epoch in sorted({epoch for epoch, _ in self._files()}, reverse=True):
            checkpoint = self._read(epoch)
            if checkpoint and self._whole_file(best_epoch(checkpoint.history)):
                return checkpoint
        return None

    def model_of(self, epoch: int) -> dict[str, Tensor]:
        """The weights after an epoch, on the CPU.

        Raises:
            StoryFlowerError: its checkpoint is gone or damaged.
        """
        if checkpoint := self._read(epoch):
            return checkpoint.model
        raise problem(StoryFlowerError, "best_checkpoint_gone", str(self._folder), epoch=epoch)

    def _read(self, epoch: int) -> Checkpoint | None:
        file = self._whole_file(epoch)
        if file is None:
            return None
        content = torch.load(file, map_location="cpu", weights_only=True)
        if content["fingerprint"] != self._fingerprint:
            raise problem(StoryFlowerError, "checkpoints_of_another_training", str(self._folder))
        history = tuple(EpochRecord(**record) for record in content["history"])
        return Checkpoint(content["model"], content["optimizer"], content["scaler"], history)

    def _whole_file(self, epoch: int) -> Path | None:
        """The file of an epoch whose content is what was written."""
        for _, file in (found for found in self._files() if found[0] == epoch):
            if file.name.endswith(f".{_short_digest(file)}.pt"):
                return file
            log.warning(say("training.checkpoint_damaged", file=file))
        return None

    def _files(self) -> list[tuple[int, Path]]:
        found = ((_NAME.fullmatch(file.name), file) for file in self._folder.iterdir())
        return [(int(match[1]), file) for match, file in found if match]

    def _drop_all_but(self, written: Path, earlier: tuple[EpochRecord, ...]) -> None:
        """Keep the file just written, and that of the best epoch before it: a way back should the newest be damaged."""
        fallback = best_epoch(earlier) if earlier else None
        for epoch, file in self._files():
            if file != written and epoch != fallback:
                file.unlink()


def _on_the_cpu(content: Any) -> Any:
    """A copy of nested containers, with every tensor copied to the CPU."""
    if isinstance(content, Tensor):
        return content.detach().to("cpu", copy=True)
    if isinstance(content, dict):
        return {key: _on_the_cpu(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_on_the_cpu(value) for value in content]
    return content


def _write_synced(content: dict[str, Any], path: Path) -> None:
    with path.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())


def _short_digest(path: Path) -> str:
    return file_sha256(path)[:16]
