"""The servers that are compared: how each is started, asked, watched and ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.machine import ROOT
from benchmarks.peers.served import MAX_LEN, ServedModel
from storyflower.spawning import TORCH_MEMORY, TORCH_WAITING

OURS, OURS_FP32, MLFLOW, LITSERVE, FASTAPI = (
    *("storyflower serve", "storyflower serve, fp32", "mlflow models serve"),
    *("LitServe", "FastAPI handler"),
)
_START_SECONDS = 300.0
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class System:
    """How one system is started and asked."""

    name: str
    command: Callable[[int], Sequence[str]]
    """The command line, by the port."""
    path: str
    body: Callable[[str], dict[str, object]]
    label: Callable[[Any], str]
    """The label in a reply."""
    ready: str = "/health"

    def request(self, text: str) -> bytes:
        """The body for a text."""
        return json.dumps(self.body(text), ensure_ascii=False).encode()


@dataclass
class Server:
    """A running server."""

    system: System
    process: psutil.Process
    url: str
    start_s: float
    """Seconds from the start of the command to its first reply."""
    peak_mb: float = 0.0

    def tree(self) -> list[psutil.Process]:
        """The process and all that it has started."""
        return [self.process, *self.process.children(recursive=True)]

    def pause(self) -> None:
        """Let it use no processor until `resume`."""
        for process in self.tree():
            process.suspend()

    def resume(self) -> None:
        """Let it go on."""
        for process in reversed(self.tree()):
            process.resume()

    def note_memory(self) -> None:
        """Update the peak: memory that its processes share is counted once (proportional set size)."""
        self.peak_mb = max(self.peak_mb, sum(_own_memory(process) for process in self.tree()) / 2**20)

    def end(self) -> None:
        """End it and all that it has started."""
        self.resume()
        processes = self.tree()
        for process in processes:
            process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(processes, timeout=15)
        for process in alive:
            process.kill()


def systems_for(model: ServedModel) -> list[System]:
    """All systems, ours first."""
    home, directory, limit = str(model.home.folder), str(model.directory), str(MAX_LEN)

    def module(name: str, *arguments: str) -> Callable[[int], Sequence[str]]:
        return lambda port: [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments, str(port)]

    def ours(text: str) -> dict[str, object]:
        return {"texts": [text]}

    def first(reply: Any) -> str:
        return str(reply["predictions"][0]["label"])

    serve = [str(_BIN / "storyflower"), "serve", "--port"]
    mlflow = [str(_BIN / "mlflow"), "models", "serve", "-m", model.uri, "--env-manager", "local", "--port"]
    return [
        System(OURS, lambda port: [*serve, str(port)], "/predict", ours, first),
        System(OURS_FP32, module("storyflower_app", home, "fp32"), "/predict", ours, first),
        System(
            MLFLOW, lambda port: [*mlflow, str(port)], "/invocations", lambda text: {"inputs": [text]}, first, "/ping"
        ),
        System(LITSERVE, module("litserve_app", directory, limit), "/predict", _one, _label),
        System(FASTAPI, module("fastapi_app", directory, limit), "/predict", _one, _label),
    ]


def start(system: System, model: ServedModel, cores: Sequence[int], folder: Path) -> Server:
    """Start a server on the cores and wait until it answers.

    All have the same variables: no access to a hub, as many threads as cores, and the allocator's large pages and the
    short spin of waiting threads that StoryFlower's commands set for themselves.

    Raises:
        RuntimeError: it ended, or does not answer.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log, began = folder / f"{system.name.replace(' ', '-')}.log", time.perf_counter()
    with log.open("wb") as output:
        command = ["taskset", "--cpu-list", ",".join(map(str, cores)), *system.command(port)]
        started = subprocess.Popen(
            command, cwd=ROOT, env=_environment(model, len(cores)), stdout=output, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    while time.perf_counter() - began < _START_SECONDS:
        if started.poll() is not None:
            break
        try:
            if httpx.get(url + system.ready, timeout=2).is_success:
                return Server(system, psutil.Process(started.pid), url, time.perf_counter() - began)
        except httpx.HTTPError:
            time.sleep(0.05)
    started.kill()
    raise RuntimeError(f"{system.name} does not answer:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


def _environment(model: ServedModel, threads: int) -> dict[str, str]:
    return os.environ | {
        "PATH": f"{_BIN}:{os.environ['PATH']}",  # `mlflow models serve` starts uvicorn by its name
        "STORYFLOWER_HOME": str(model.home.folder),
        "STORYFLOWER_LANG": "en",
        "MLFLOW_TRACKING_URI": model.home.mlflow_uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
        **TORCH_MEMORY,
        **TORCH_WAITING,
    }


def _own_memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0.0


def _one(text: str) -> dict[str, object]:
    return {"text": text}


def _label(reply: Any) -> str:
    return str(reply["label"])
