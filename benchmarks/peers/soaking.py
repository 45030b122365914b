"""Clients of `storyflower serve` that check every reply: some ask, some ask wrongly, some leave before the reply."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.03
"""Of a probability: answers in bf16 may differ so much by what they are computed with."""
_SECONDS_FOR_A_REPLY = 120.0
_TOO_LARGE = 5 * 2**20

Known = Mapping[str, Mapping[str, NDArray[np.float64]]]
"""The probabilities by version and text, in the order of the labels."""


@dataclass
class Tally:
    """What the clients have seen."""

    answered: int = 0
    """Requests that were answered rightly."""
    by_version: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    """Requests that were refused rightly, by status."""
    hung_up: int = 0
    wrong: list[str] = field(default_factory=list)
    """Replies that are not what they should be."""
    dropped: list[str] = field(default_factory=list)
    """Requests without a reply."""
    milliseconds: list[float] = field(default_factory=list)
    """Of the requests that were answered."""


@dataclass(frozen=True)
class Bad:
    """A request that is refused with a status."""

    status: int
    content: bytes
    path: str = "/predict"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


def bad_requests(mark: str) -> list[Bad]:
    """Malformed and oversized requests, which hold a text."""
    texts = {"blank": {"texts": [mark, " "]}, "number": {"texts": [mark, 3]}, "long": {"texts": [mark * 2000]}}
    return [
        Bad(400, f'{{"texts": ["{mark}"'.encode()),
        Bad(400, b'{"texts": ["\xff\xfe"]}'),
        *(Bad(422, json.dumps(body).encode()) for body in texts.values()),
        Bad(422, json.dumps({"texts": [mark], "unknown": 1}).encode()),
        Bad(422, json.dumps({"texts": [mark] * 1001}).encode()),
        Bad(400, json.dumps({"inputs": [mark, None]}).encode(), "/invocations"),
        Bad(413, json.dumps({"texts": [mark * (_TOO_LARGE // len(mark))]}).encode()),
        Bad(415, mark.encode(), headers={"Content-Type": "text/plain"}),
        Bad(404, b"{}", "/elsewhere"),
    ]


class Clients:
    """All clients of one server, in one event loop."""

    def __init__(self, url: str, known: Known, mark: str) -> None:
        """`mark` stands in the requests that are refused or given up."""
        self.tally = Tally()
        self.stopping = False
        """Whether the server has been asked to end: from then on 503 and a closed connection are no faults."""
        self._url = url
        self._known = known
        self._texts = list(next(iter(known.values())))
        self._bad = bad_requests(mark)
        self._mark = mark
        self._ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *, asking: int, wrongly: int, leaving: int) -> None:
        """Start so many clients of each kind."""
        kinds = [(self._ask, asking), (self._ask_wrongly, wrongly), (self._leave, leaving)]
        self._tasks = [asyncio.create_task(kind(number)) for kind, count in kinds for number in range(count)]

    async def end(self) -> None:
        """Let the requests in progress come to their end."""
        self._ended.set()
        await asyncio.gather(*self._tasks)

    async def answers(self, count: int) -> None:
        """Wait for so many further answers."""
        wanted = self.tally.answered + count
        while self.tally.answered < wanted:
            self.raise_failure()
            await asyncio.sleep(0.05)

    def raise_failure(self) -> None:
        """Raise what a client has failed with."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _ask(self, number: int) -> None:
        draw = random.Random(number)
        async with httpx.AsyncClient(base_url=self._url, timeout=_SECONDS_FOR_A_REPLY) as http:
            while not self._ended.is_set():
                texts = draw.sample(self._texts, number % 4 + 1)
                began = perf_counter()
                reply = await self._reply(http, Bad(200, json.dumps({"texts": texts}).encode()))
                if reply is None:
                    return
                if reply.status_code == 200:
                    self._check(texts, reply.json())
                    self.tally.milliseconds.append(1000 * (perf_counter() - began))

    async def _ask_wrongly(self, number: int) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=_SECONDS_FOR_A_REPLY) as http:
            turn = number
            while not self._ended.is_set():
                reply = await self._reply(http, self._bad[turn % len(self._bad)])
                if reply is None:
                    return
                if reply.status_code != 503:
                    self.tally.refused[reply.status_code] += 1
                turn += 1
                await asyncio.sleep(0.05)

    async def _leave(self, number: int) -> None:
        """Send a request, or half of one, and close the connection."""
        place, turn = urlsplit(self._url), number
        body = json.dumps({"texts": [self._mark] * 20}).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        while not (self._ended.is_set() or self.stopping):
            try:
                _, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(request[: len(request) // 2] if turn % 2 else request)
                await writer.drain()
                await asyncio.sleep(0.01 * (turn % 3))
                writer.close()
            except OSError as error:
                if not self.stopping:
                    self.tally.dropped.append(f"a connection: {error!r}")
            self.tally.hung_up += 1
            turn += 1
            await asyncio.sleep(0.1)

    async def _reply(self, http: httpx.AsyncClient, request: Bad) -> httpx.Response | None:
        """The reply, whose status has been checked; None where the server is ending and takes no more requests."""
        try:
            reply = await http.post(request.path, content=request.content, headers=request.headers)
        except httpx.HTTPError as error:
            if not self.stopping:
                self.tally.dropped.append(f"{request.path}: {error!r}")
                return httpx.Response(503)
            # A connection that is closed between two requests takes no answer from its client.
            if not isinstance(
                error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError
            ):
                self.tally.dropped.append(f"{request.path}: {error!r}")
            return None
        is_end = self.stopping and reply.status_code == 503 and reply.json()["error_code"] == "stopping"
        if reply.status_code != request.status and not is_end:
            self.tally.wrong.append(
                f"{request.path}: {reply.status_code} where {request.status} was due: {reply.text[:200]}"
            )
        return reply

    def _check(self, texts: Sequence[str], reply: Mapping[str, Any]) -> None:
        """Compare the answers with those of the version that they say they come from."""
        version, predictions = reply["model"]["version"], reply["predictions"]
        rows = [list(prediction["probabilities"].values()) for prediction in predictions]
        expected = [self._known[version][text] for text in texts]
        if len(rows) != len(texts) or np.abs(np.array(rows) - np.array(expected)).max() > TOLERANCE:
            self.tally.wrong.append(f"version {version} answered {texts} with {rows}")
            return
        self.tally.answered += 1
        self.tally.by_version[version] += 1
