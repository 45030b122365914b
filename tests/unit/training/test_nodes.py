"""Two machines train together: here two agents on the loopback, each with one process."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.errors import RecipeError, StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.ports import free_ports
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.membership import RankEnvironment, run_rank
from storyflower.training.rendezvous import Rendezvous, listening_store, rendezvous_of
from tests.processes import is_alive
from tests.waiting import GIVE_UP_S

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


class Joining:
    """Machines that join by torchrun; `killed` holds the processes of those that were killed."""

    def __init__(self, address: str, log: Path) -> None:
        self._address, self._log = address, log
        self._agents: list[subprocess.Popen[bytes]] = []
        self.killed: list[int] = []

    def join(self) -> None:
        options = ["--nnodes=2", "--nproc-per-node=1", "--max-restarts=3", "--rdzv-backend=c10d"]
        where = [f"--rdzv-endpoint={self._address}", "--rdzv-id=storyflower", "--rdzv-conf=is_host=false"]
        module = ["--local-addr=127.0.0.1", "-m", "storyflower.training"]
        environment = {**os.environ, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "torch.distributed.run", *options, *where, *module]
            self._agents.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))

    @property
    def has_begun(self) -> bool:
        """Whether a machine has joined."""
        return bool(self._agents)

    def kill(self) -> None:
        """Kill the last agent; its process has to end by itself."""
        agent = self._agents[-1]
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
        self.killed += [agent.pid, *map(int, children)]
        agent.kill()
        agent.wait()

    def ended(self) -> int:
        """Wait until the last agent has ended, and return its exit code."""
        return self._agents[-1].wait(GIVE_UP_S)

    def close(self) -> None:
        for agent in self._agents:
            agent.kill()
            agent.wait()


@pytest.fixture
def joining(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Joining]:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    monkeypatch.setenv("STORYFLOWER_RENDEZVOUS", address)
    with ExitStack() as stack:
        machines = Joining(address, tmp_path / "joining.log")
        stack.callback(machines.close)
        yield machines


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread_each")
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_machine_that_is_killed_and_joins_again_ends_with_the_weights_of_an_undisturbed_training(
    make_model,
    longer,
    longer_resampled,
    dev,
    recipe,
    tmp_path: Path,
    recorder,
    undisturbed,
    same_weights,
    joining: Joining,
):
    def noted(note: str) -> None:
        recorder.notes.append(note)
        if note.startswith("waiting") and not joining.has_begun:  # noted again by a busy machine
            joining.join()

    def stepped(progress) -> None:
        recorder.steps.append(progress)
        if progress.epoch == 2 and not joining.killed:
            joining.kill()
            joining.join()

    recorder.noted, recorder.stepped = noted, stepped
    model, (theirs, history) = make_model(), undisturbed
    changed = replace(recipe, nodes=2, log_every=1)
    job = TrainingJob(model, longer, dev, changed, CPU, tmp_path / "ck", longer_resampled)
    result = finetune(job, [recorder])
    assert len(joining.killed) == 2
    assert not any(is_alive(pid) for pid in joining.killed)
    assert joining.ended() == 0, (tmp_path / "joining.log").read_text()
    assert result.resumed_from_epoch == 1
    assert same_weights(model, theirs)
    assert [record.dev_loss for record in result.history] == [record.dev_loss for record in history]
    assert [record.epoch for record in recorder.epochs] == [1, 2, 3]


def test_several_machines_need_an_address(recipe, monkeypatch: pytest.MonkeyPatch):
    two = replace(recipe, nodes=2)
    monkeypatch.delenv("STORYFLOWER_RENDEZVOUS", raising=False)
    assert rendezvous_of(recipe).nodes == 1
    with pytest.raises(RecipeError, match="a training on 2 machines needs an address"):
        rendezvous_of(two)
    for unfit in ("somewhere", "host:0", "host:70000", "http://host:80", "host:80/path"):
        monkeypatch.setenv("STORYFLOWER_RENDEZVOUS", unfit)
        with pytest.raises(RecipeError, match="no address of the form host:port"):
            rendezvous_of(two)
    monkeypatch.setenv("STORYFLOWER_RENDEZVOUS", "10.0.0.5:29500")
    assert rendezvous_of(two) == Rendezvous("10.0.0.5", 29500, 2)


def test_an_address_that_is_taken_is_a_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StoryFlowerError, match=f"cannot be taken at 127.0.0.1:{port}"):
            Rendezvous("127.0.0.1", port, 2).opened()


def test_more_ranks_than_examples_in_a_batch_are_refused(recipe):
    with pytest.raises(ValueError, match="nodes"):
        replace(recipe, batch_size=16, devices=4, nodes=5)


def test_a_process_that_torchrun_did_not_start_is_a_clear_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with pytest.raises(StoryFlowerError, match="is to be started by torchrun"):
        RankEnvironment.of_environment()


@pytest.fixture
def of_torchrun(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the second of two processes, each on a machine of its own."""
    numbers = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
    others = {"TORCHELASTIC_RUN_ID": "storyflower", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in {**numbers, **others}.items():
        monkeypatch.setenv(name, value)
    return {**numbers, **others}


@pytest.mark.usefixtures("of_torchrun")
def test_one_store_for_all_restarts_is_refused(monkeypatch: pytest.MonkeyPatch):
    assert RankEnvironment.of_environment() == RankEnvironment(1, 2, 0, 1, "127.0.0.1", 1)
    monkeypatch.setenv("TORCHELASTIC_USE_AGENT_STORE", "True")
    with pytest.raises(StoryFlowerError, match="TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1"):
        RankEnvironment.of_environment()


@pytest.mark.usefixtures("of_torchrun")
@pytest.mark.parametrize("changes", [{"nodes": 3}, {"devices": 2}, {"nodes": 2, "devices": 2}])
def test_other_numbers_of_processes_than_the_recipes_are_a_clear_error(
    make_model, train, dev, recipe, tmp_path, changes
):
    job = TrainingJob(make_model(), train, dev, replace(recipe, **changes), CPU, tmp_path)
    with pytest.raises(StoryFlowerError, match="and 2 have met, 1 of them here"):
        run_rank(job, [])


def test_a_machine_with_other_versions_ends_without_a_traceback(of_torchrun: dict[str, str]):
    store = listening_store("127.0.0.1", 0)
    store.set("lead", json.dumps({"rank": 0, "device": "cpu", "version": "storyflower 0.0.1, PyTorch 2.0"}))
    command = [sys.executable, "-m", "storyflower.training"]
    environment = {**os.environ, **of_torchrun, "MASTER_PORT": str(store.port)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "has storyflower 0.0.1, PyTorch 2.0, and this one storyflower" in ended.stderr
    assert "Traceback" not in ended.stderr
