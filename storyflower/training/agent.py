"""The agent that keeps the ranks of this machine running: PyTorch's elastic agent, of which torchrun is made.

It runs in the process that starts the training, between whose looks at the ranks their reports reach the observers:
signals, time limits and the context of a flow belong to the main thread of that process.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from torch.distributed import DistStoreError
from torch.distributed.elastic.agent.server.api import RunResult, WorkerGroup, WorkerSpec
from torch.distributed.elastic.agent.server.local_elastic_agent import LocalElasticAgent
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure
from torch.distributed.elastic.rendezvous import RendezvousClosedError, RendezvousHandler, RendezvousTimeoutError

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.training.job import Job
from storyflower.training.rendezvous import VARIABLE
from storyflower.training.reports import Reports, Sender

log = logging.getLogger(__name__)

RESTARTS = 3
"""How often all ranks are started again after one of this machine was lost; they go on from the last checkpoint."""
_LOGGERS = ("torch.distributed.elastic", "torch.multiprocessing.spawn", "torchelastic-events-null")
_SURROUNDINGS = {
    # the handlers of the process that starts the training stay in force: Ctrl-C, Prefect's for SIGTERM
    "TORCHELASTIC_SIGNALS_TO_HANDLE": "",
    # else machines that stay would look for the ranks' store on a machine that was replaced (`RankEnvironment`)
    "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
}


class TrainingAgent(LocalElasticAgent):
    """Starts the ranks of this machine, passes on their reports, and starts them again when one is lost."""

    def __init__(
        self,
        job: Job[Any],
        run_rank: Callable[[Job[Any], list[Sender]], None],
        handler: RendezvousHandler,
        reports: Reports[Any],
        folder: Path,
    ) -> None:
        """Prepare the ranks of a job on this machine.

        Args:
            job: the training.
            run_rank: the entry point of a rank, importable; receives the job and the senders of all ranks here.
            handler: where the machines meet.
            reports: receives what the ranks send.
            folder: for the errors of ranks, empty.
        """
        spec = WorkerSpec(
            role="trainer",
            local_world_size=job.recipe.devices,
            rdzv_handler=handler,
            entrypoint=run_rank,
            max_restarts=RESTARTS,
            monitor_interval=0.1,
        )
        super().__init__(spec, DefaultLogsSpecs(str(folder)), exit_barrier_timeout=30)
        self._job, self._reports, self._lost = job, reports, 0

    def train(self) -> None:
        """Run the ranks until all have ended well.

        Raises:
            StoryFlowerError: a rank sent this error, was lost more often than `RESTARTS`, or a machine did not come.
        """
        try:
            with _surroundings():
                result = self.run()
        except (RendezvousTimeoutError, DistStoreError) as error:  # the latter: gone between meeting and starting
            raise problem(StoryFlowerError, "machines_missing", VARIABLE, nodes=self._job.recipe.nodes) from error
        except RendezvousClosedError as error:
            raise problem(StoryFlowerError, "machine_gave_up", VARIABLE) from error
        if result is None:
            raise problem(StoryFlowerError, "machine_gave_up", VARIABLE)
        if result.is_failed():
            raise problem(StoryFlowerError, "ranks_lost", "devices", reason=self._loss(result), restarts=RESTARTS)

    def _start_workers(self, worker_group: WorkerGroup) -> dict[int, Any]:
        senders = self._reports.opened(worker_group.spec.local_world_size)
        worker_group.spec.args = (self._job, senders)
        try:
            workers: dict[int, Any] = super()._start_workers(worker_group)
        finally:
            for sender in senders:
                sender.close()
        return workers

    def _monitor_workers(self, worker_group: WorkerGroup) -> RunResult:
        self._reports.pass_on()
        result: RunResult = super()._monitor_workers(worker_group)
        self._reports.pass_on()  # a rank that ends well sends its result before
        if result.is_failed():
            self._lost += 1
            if self._lost <= RESTARTS:
                self._reports.note(say("training.rank_lost", reason=self._loss(result)))
        return result

    def _loss(self, result: RunResult) -> str:
        """Which rank of this machine was lost first, and how."""
        first = min(result.failures.values(), key=lambda failure: failure.timestamp)
        values = {"number": first.local_rank + 1, "total": self._job.recipe.ranks}
        if first.exitcode < 0:
            return say("rank.killed", None, **values, signal=-first.exitcode)
        return say("rank.died", None, **values, code=first.exitcode, reason=_reason(first))


def _reason(failure: ProcessFailure) -> str:
    """The rank's own error in one line."""
    message: Any = failure.error_file_data["message"]
    text = str(message["message"]) if isinstance(message, dict) else ""
    return text.strip().partition("\n")[0] or say("rank.no_reason")


@contextmanager
def _surroundings() -> Iterator[None]:
    """Within the block, PyTorch's agent leaves signals alone and is silent: errors are raised, and reported once."""
    before = {name: os.environ.get(name) for name in _SURROUNDINGS}
    os.environ.update(_SURROUNDINGS)
    try:
        with ExitStack() as stack:
            for name in _LOGGERS:
                stack.enter_context(_at_debug(logging.getLogger(name)))
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _at_debug(logger: logging.Logger) -> Iterator[None]:
    """Within the block, the lines of a logger and of those below it are debug lines of this module."""
    handler = _ToDebug()
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated


class _ToDebug(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.debug("%s", record.getMessage(), exc_info=record.exc_info)
