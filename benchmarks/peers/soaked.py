"""A server under load to which everything happens that an operator does and a network breaks."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.machine import ROOT
from benchmarks.peers.soaking import Clients
from storyflower.storage.home import Home
from storyflower.tracking.store import client

_BIN = Path(sys.executable).parent
_START_SECONDS = 300.0


@dataclass
class Child:
    """A server that this process has started, in a process group of its own."""

    command: Sequence[str]
    url: str
    ready: str
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended, or does not answer.
        """
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        async with asyncio.timeout(_START_SECONDS), httpx.AsyncClient(timeout=5) as http:
            while not await _is_up(http, self.url + self.ready):
                if self.process.poll() is not None:
                    raise RuntimeError(
                        f"{self.command[0]} ended:\n{self.log.read_text('utf-8', errors='replace')[-3000:]}"
                    )
                await asyncio.sleep(0.2)

    def written(self) -> str:
        """What it has written so far."""
        return self.log.read_text("utf-8", errors="replace")

    async def end(self, sign: signal.Signals) -> int:
        """Send a signal, and return the exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            os.killpg(self.process.pid, sign)
        return await asyncio.to_thread(self.process.wait, _START_SECONDS)


@dataclass
class Soak:
    """One server of a home with versions 1 and 2, its MLflow server, and its clients."""

    home: Home
    served: Child
    mlflow: Child
    clients: Clients
    promotions: int = 0
    kills: int = 0
    memory_mb: list[float] = field(default_factory=list)

    async def promote(self, version: str) -> None:
        """Move the alias, and wait until the version answers."""
        await asyncio.to_thread(client(self.home).set_registered_model_alias, self.home.model, "champion", version)
        await self._until("/version", lambda reply: reply["model"]["version"] == version)
        self.promotions += 1
        self.note_memory()

    async def kill_mlflow(self) -> None:
        """Kill MLflow's server, and wait until the health says so."""
        await self.mlflow.end(signal.SIGKILL)
        self.kills += 1
        await self._until("/health", lambda reply: reply["ready"] and reply["alias_error"] is not None)
        self.note_memory()

    async def start_mlflow(self) -> None:
        """Start it again, and wait until the alias is followed again."""
        await self.mlflow.start()
        await self._until("/health", lambda reply: reply["alias_error"] is None)

    async def terminate(self) -> int:
        """End the server by SIGTERM under load, then the clients; its exit status."""
        self.clients.stopping = True
        status = await self.served.end(signal.SIGTERM)
        await self.clients.end()
        return status

    async def close(self) -> None:
        """End what still runs."""
        for child in (self.served, self.mlflow):
            await child.end(signal.SIGKILL)

    def note_memory(self) -> None:
        """Keep the server's resident memory, in MiB."""
        if self.served.process is not None:
            self.memory_mb.append(psutil.Process(self.served.process.pid).memory_info().rss / 2**20)

    async def _until(self, path: str, is_so: Any) -> None:
        async with httpx.AsyncClient(base_url=self.served.url, timeout=60) as http:
            while not is_so((await http.get(path)).json()):
                self.clients.raise_failure()
                await asyncio.sleep(0.1)


def children(home: Home, ports: tuple[int, int], env: Mapping[str, str], folder: Path) -> tuple[Child, Child]:
    """`storyflower serve`, and the MLflow server that it looks at, not started."""
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    serve = [str(_BIN / "storyflower"), "serve", "--port", str(ports[0])]
    store = ("--backend-store-uri", home.mlflow_uri, "--artifacts-destination", str(home.mlflow_artifacts))
    mlflow = [str(_BIN / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(ports[1]), "--workers", "1", *store]
    env = {**env, "STORYFLOWER_HOME": str(home.folder), "PATH": f"{_BIN}:{os.environ['PATH']}"}
    quiet = {**env, "MLFLOW_LOGGING_LEVEL": "WARNING"}
    return (
        Child(serve, urls[0], "/ping", env | {"MLFLOW_TRACKING_URI": urls[1]}, folder / "serve.log"),
        Child(mlflow, urls[1], "/health", quiet, folder / "mlflow.log"),
    )


async def _is_up(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False
