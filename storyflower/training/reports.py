"""The reports of the ranks of this machine, on their way to the observers."""

from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Generic

from storyflower.messages import say
from storyflower.training.epochs import TrainingResult
from storyflower.training.progress import R, Record, RecordObserver, StepProgress, TrainingPlan


class Sender:
    """An observer in a rank, which sends what it receives to the process that started the rank."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, kind: str, content: object) -> None:
        """Send a report, the `result` of the training, or an `error` that ends it."""
        self._connection.send((kind, content))

    def close(self) -> None:
        """Close this process's end of the pipe."""
        self._connection.close()

    def started(self, plan: TrainingPlan) -> None:
        """Send the plan."""
        self.send("started", plan)

    def stepped(self, progress: StepProgress) -> None:
        """Send the progress of a step."""
        self.send("stepped", progress)

    def noted(self, note: str) -> None:
        """Send a message for the user."""
        self.send("noted", note)

    def epoch_ended(self, record: Record) -> None:
        """Send the record of an epoch."""
        self.send("epoch_ended", record)


class Reports(Generic[R]):
    """Passes on what the ranks send; steps and epochs that they repeat after a restart are passed on once."""

    def __init__(self, observers: Sequence[RecordObserver[R]]) -> None:
        self.result: TrainingResult[R] | None = None
        self._observers = observers
        self._receivers: list[Connection] = []
        self._started = False
        self._furthest = {"stepped": 0, "epoch_ended": 0}

    def opened(self, ranks: int) -> list[Sender]:
        """The senders of as many processes that are to be started, in the place of those before.

        The caller closes them once the processes have their own: the end of a process is then that of its reports.
        """
        self.close()
        pipes = [Pipe(duplex=False) for _ in range(ranks)]
        self._receivers = [receiver for receiver, _ in pipes]
        return [Sender(sender) for _, sender in pipes]

    def close(self) -> None:
        """Stop receiving."""
        for receiver in self._receivers:
            receiver.close()
        self._receivers = []

    def pass_on(self) -> None:
        """Pass on everything that has been sent so far.

        Raises:
            StoryFlowerError: a rank has sent this error.
        """
        while ready := wait(self._receivers, timeout=0):
            for receiver in ready:
                assert isinstance(receiver, Connection)  # noqa: S101  # `wait` returns some of those it was given
                try:
                    kind, content = receiver.recv()
                except EOFError:
                    self._receivers.remove(receiver)
                    receiver.close()
                    continue
                self._take(kind, content)

    def note(self, message: str) -> None:
        """Give the observers a message for the user."""
        for observer in self._observers:
            observer.noted(message)

    def _take(self, kind: str, content: Any) -> None:
        if kind == "error":
            raise content
        if kind == "result":
            self.result = content
        elif kind == "started" and self._started:
            self.note(say("training.restarted", epoch=len(content.history)))
        elif not self._is_repeated(kind, content):
            self._started = True
            for observer in self._observers:
                getattr(observer, kind)(content)

    def _is_repeated(self, kind: str, content: Any) -> bool:
        if kind not in self._furthest:
            return False
        number = content.step if kind == "stepped" else content.epoch
        before = self._furthest[kind]
        self._furthest[kind] = max(number, before)
        return bool(number <= before)
