"""Load on a server: clients in one event loop, each with one request at a time (a closed loop)."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import numpy as np
import psutil

_SECONDS_FOR_A_REPLY = 120


@dataclass(frozen=True)
class Cell:
    """What one measurement has found."""

    rate: float
    """Replies a second."""
    p50_ms: float
    p99_ms: float
    idle: float
    """Share of the cores' time in which nothing ran, 0 to 1."""
    generator: float
    """Share of the cores' time that the clients themselves used."""
    replies: int


def measure(
    url: str, bodies: Sequence[bytes], *, clients: int, seconds: float, warm_up: float, cores: Sequence[int]
) -> Cell:
    """Ask with so many clients, first `warm_up` seconds uncounted, then `seconds` counted.

    A reply counts if it comes within those seconds.

    Raises:
        RuntimeError: a reply has another status than 200, or there was none at all.
    """
    return asyncio.run(_measure(url, bodies, clients, seconds, warm_up, cores))


async def _measure(
    url: str, bodies: Sequence[bytes], clients: int, seconds: float, warm_up: float, cores: Sequence[int]
) -> Cell:
    found: list[tuple[float, float]] = []
    upcoming = itertools.cycle(bodies)
    own = psutil.Process()
    async with _session(clients) as session:
        asking = [asyncio.create_task(_ask(session, url, upcoming, found)) for _ in range(clients)]
        try:
            await _unless_failed(asking, warm_up)
            began, before, used = time.perf_counter(), _idle_seconds(cores), sum(own.cpu_times()[:2])
            await _unless_failed(asking, seconds)
            ended, after, used_then = time.perf_counter(), _idle_seconds(cores), sum(own.cpu_times()[:2])
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
    milliseconds = [1000 * (end - start) for start, end in found if began <= end <= ended]
    if not milliseconds:
        raise RuntimeError(f"{url} gave no reply within {seconds} seconds")
    available = (ended - began) * len(cores)
    return Cell(
        rate=len(milliseconds) / (ended - began),
        p50_ms=float(np.percentile(milliseconds, 50)),
        p99_ms=float(np.percentile(milliseconds, 99)),
        idle=min(max((after - before) / available, 0.0), 1.0),
        generator=(used_then - used) / available,
        replies=len(milliseconds),
    )


async def _ask(
    session: aiohttp.ClientSession, url: str, bodies: "itertools.cycle[bytes]", found: list[tuple[float, float]]
) -> None:
    headers = {"Content-Type": "application/json"}
    while True:
        began = time.perf_counter()
        async with session.post(url, data=next(bodies), headers=headers) as reply:
            content = await reply.read()
            if reply.status != 200:
                raise RuntimeError(f"{url} replied with {reply.status}: {content[:500].decode(errors='replace')}")
        found.append((began, time.perf_counter()))


async def _unless_failed(asking: Sequence["asyncio.Task[None]"], seconds: float) -> None:
    """Wait so long, or raise what a client has failed with."""
    done, _ = await asyncio.wait(asking, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


def _session(clients: int) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=_SECONDS_FOR_A_REPLY)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=clients), timeout=timeout)


def _idle_seconds(cores: Sequence[int]) -> float:
    times = psutil.cpu_times(percpu=True)
    return float(sum(times[core].idle + getattr(times[core], "iowait", 0.0) for core in cores))
