"""The queue, with a real model: batches, limits, clients that leave, and many at once."""

import asyncio
import gc
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
import numpy as np
import pytest
import torch

from storyflower.app.answers import Answered
from storyflower.app.boundary import log_background_error
from storyflower.app.limits import Limits
from storyflower.app.metrics import Metrics
from storyflower.app.replies import Refusal
from storyflower.app.text_queue import TextQueue
from storyflower.registry.opened import OpenVersion, open_version
from storyflower.registry.references import ModelReference
from storyflower.serving.predictor import Predictor
from storyflower.storage.home import Home
from storyflower.text.tokens import TokenSequences
from tests.unit.app.conftest import Started, answering
from tests.waiting import GIVE_UP_S

T = TypeVar("T")
TEXTS = [f"오늘 정말 기뻤어 {number}" * (number % 5 + 1) for number in range(64)]


@pytest.fixture(scope="module")
def version(served_home: Home) -> OpenVersion:
    return open_version(served_home, ModelReference.parse("1", served_home.model))


class Gate:
    """The predictor of a version, whose computing waits until it is let through; it records the batches."""

    def __init__(self, version: OpenVersion) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.batches: list[int] = []
        self.threads: list[int] = []
        self._inner = version.predictor
        self.labels = self._inner.labels
        self.tokenize = self._inner.tokenize
        self.decide = self._inner.decide
        self.version = OpenVersion(*(version.name, version.version, version.digest, version.created), predictor=self)  # type: ignore[arg-type]

    def probabilities_of(self, tokens: TokenSequences) -> np.ndarray:
        self.batches.append(len(tokens))
        self.threads.append(torch.get_num_threads())
        self.entered.set()
        assert self.open.wait(GIVE_UP_S)
        return self._inner.probabilities_of(tokens)


def running(queue: TextQueue, act: Callable[[], Awaitable[T]]) -> T:
    """Run `act` while the queue runs."""

    async def both() -> T:
        task = asyncio.create_task(queue.run())
        try:
            return await act()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return asyncio.run(both())


async def until(happened: Callable[[], bool]) -> None:
    while not happened():
        await asyncio.sleep(0.005)


def queue_of(gate: Gate, threads: int = 1, **limits: int) -> TextQueue:
    return TextQueue(lambda: gate.version, Limits(**limits), Metrics(), threads)  # type: ignore[arg-type]


def test_what_waits_is_answered_together(version: OpenVersion) -> None:
    gate = Gate(version)
    queue = queue_of(gate)

    async def act() -> list[np.ndarray]:
        first = asyncio.create_task(queue.answer(TEXTS[:1]))
        await until(gate.entered.is_set)  # the lone request was not held back for company
        rest = [asyncio.create_task(queue.answer([text])) for text in TEXTS[1:]]
        await asyncio.sleep(0)
        gate.open.set()
        return [answered.probabilities for answered in await asyncio.gather(first, *rest)]

    together = np.concatenate(running(queue, act))
    assert gate.batches == [1, 63]
    alone = np.concatenate([version.predictor.probabilities([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_what_waits_is_shared_out_among_the_cores(version: OpenVersion) -> None:
    gate = Gate(version)
    queue = queue_of(gate, threads=2)

    async def act() -> list[np.ndarray]:
        first = asyncio.create_task(queue.answer(TEXTS[:1]))
        await until(gate.entered.is_set)
        long = asyncio.create_task(queue.answer(TEXTS))
        await asyncio.sleep(0)
        gate.open.set()
        await first
        gate.open.clear()
        await until(lambda: len(gate.batches) == 3)  # both of its halves are computed at once
        gate.open.set()
        return [(await first).probabilities, (await long).probabilities]

    lone, answered = running(queue, act)
    assert gate.threads == [2, 1, 1]
    assert sum(gate.batches[1:]) == len(TEXTS)
    assert np.abs(answered - version.predictor.probabilities(TEXTS)).max() < 1e-5
    assert np.abs(lone - answered[:1]).max() < 1e-5


def test_a_long_request_does_not_hold_up_a_short_one(version: OpenVersion) -> None:
    gate = Gate(version)
    queue = queue_of(gate, batch_characters=64)
    ended = []

    async def act() -> None:
        async def asked(name: str, texts: list[str]) -> None:
            answered = await queue.answer(texts)
            assert len(answered.probabilities) == len(answered.truncated) == len(texts)
            expected = version.predictor.probabilities(texts)
            assert np.abs(answered.probabilities - expected).max() < 1e-5
            ended.append(name)

        long = asyncio.create_task(asked("long", TEXTS))
        await until(gate.entered.is_set)
        short = asyncio.create_task(asked("short", TEXTS[:1]))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(long, short)

    running(queue, act)
    assert ended == ["short", "long"]
    assert len(gate.batches) > 5


def test_a_request_is_answered_by_one_version(version: OpenVersion, served_home: Home) -> None:
    other = open_version(served_home, ModelReference.parse("2", served_home.model))
    gate = Gate(version)
    current = [gate.version]
    queue = TextQueue(lambda: current[0], Limits(batch_characters=64), Metrics())

    async def act() -> None:
        before = asyncio.create_task(queue.answer(TEXTS))
        await until(gate.entered.is_set)
        current[0] = other
        after = asyncio.create_task(queue.answer(TEXTS))
        gate.open.set()
        first, second = await asyncio.gather(before, after)
        assert (first.version.version, second.version.version) == ("1", "2")
        for answered, opened in ((first, version), (second, other)):
            assert np.abs(answered.probabilities - opened.predictor.probabilities(TEXTS)).max() < 1e-5

    running(queue, act)


def test_a_full_queue_says_when_to_come_back(version: OpenVersion) -> None:
    gate = Gate(version)
    queue = queue_of(gate, waiting_texts=10)

    async def act() -> None:
        large = asyncio.create_task(queue.answer(TEXTS))  # alone it is taken, whatever its size
        await until(gate.entered.is_set)
        with pytest.raises(Refusal) as refusal:
            await queue.answer(TEXTS[:1])
        assert (refusal.value.status, refusal.value.code) == (429, "queue_full")
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= 60
        gate.open.set()
        await large
        await queue.answer(TEXTS[:1])

    running(queue, act)


def test_who_leaves_is_dropped(version: OpenVersion) -> None:
    gate = Gate(version)
    queue = queue_of(gate)

    async def act() -> None:
        first = asyncio.create_task(queue.answer(TEXTS[:1]))
        await until(gate.entered.is_set)
        leaving = [asyncio.create_task(queue.answer(TEXTS)) for _ in range(5)]
        staying = asyncio.create_task(queue.answer(TEXTS[:2]))
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        gate.open.set()
        await asyncio.gather(first, staying)

    running(queue, act)
    assert gate.batches == [1, 2]


class Failing(Predictor):
    """Fails on one text, as a model could on ids beyond its vocabulary."""

    def __init__(self, inner: Predictor, on: str) -> None:
        self.__dict__.update(inner.__dict__)
        self._text = on
        self._bad = inner.tokenize([on]).ids.tolist()

    def probabilities_of(self, tokens: TokenSequences) -> np.ndarray:
        if any(tokens.sequence(i).tolist() == self._bad for i in range(len(tokens))):
            raise RuntimeError(self._text)
        return super().probabilities_of(tokens)


def test_a_failure_is_that_of_its_own_request(version: OpenVersion) -> None:
    values = (version.name, version.version, version.digest, version.created)
    failing = OpenVersion(*values, predictor=Failing(version.predictor, "나쁜 문장"))
    queue = TextQueue(lambda: failing, Limits(), Metrics())

    async def act() -> list[object]:
        asked = [asyncio.create_task(queue.answer([text])) for text in ("좋은 문장", "나쁜 문장", "다른 문장")]
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, third = running(queue, act)
    assert isinstance(second, RuntimeError)
    assert not isinstance(first, Exception)
    assert not isinstance(third, Exception)


def test_a_failure_of_the_queue_ends_the_requests_that_wait_and_no_others(version: OpenVersion) -> None:
    asked = iter([RuntimeError("no version")])

    def current() -> OpenVersion:
        for error in asked:
            raise error
        return version

    queue = TextQueue(current, Limits(), Metrics())

    async def act() -> tuple[object, Answered]:
        (failed,) = await asyncio.gather(queue.answer(["첫 문장"]), return_exceptions=True)
        return failed, await queue.answer(["다음 문장"])

    failed, answered = running(queue, act)
    assert isinstance(failed, RuntimeError)
    assert len(answered.probabilities) == 1


def test_sixty_four_clients_at_once(http: httpx.Client, version: OpenVersion) -> None:
    def asked(number: int) -> float:
        text = TEXTS[number]
        # Not kept alive: with more than 20 connections httpcore's pool closes one that another thread
        # was just given ([Errno 9] Bad file descriptor), and a client of its own opens its own anyway.
        reply = http.post("/predict", json={"texts": [text]}, headers={"Connection": "close"})
        (answer,) = reply.json()["predictions"]
        expected = version.predictor.probabilities([text])[0]
        return float(np.abs(np.array(list(answer["probabilities"].values())) - expected).max())

    with ThreadPoolExecutor(64) as clients:
        assert max(clients.map(asked, list(range(64)) * 3)) < 1e-5


def test_a_client_that_disconnects_is_counted_and_leaves_the_queue(service: Started, version: OpenVersion) -> None:
    served, gate = service(), Gate(version)
    served.queue._current = lambda: gate.version
    with answering(served) as http:
        body = '{"texts": ["기다리다 간다"]}'.encode()
        head = "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", http.base_url.port)) as client:
                client.sendall(request)
                assert gate.entered.wait(GIVE_UP_S)
        while served.traffic.in_progress:
            http.get("/ping")
        gate.open.set()
        assert http.post("/predict", json={"texts": ["남는다"]}).status_code == 200
        metrics = http.get("/metrics").text
    assert "storyflower_hang_ups_total 3.0" in metrics
    assert gate.batches[-1] == 1


def test_no_text_reaches_the_log(
    service: Started, version: OpenVersion, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    values = (version.name, version.version, version.digest, version.created)
    failing = OpenVersion(*values, predictor=Failing(version.predictor, "기밀 나쁜 문장"))
    served = service()
    served.queue._current = lambda: failing
    with answering(served) as http:
        reply = http.post("/predict", json={"texts": ["기밀 나쁜 문장"]})
        assert (reply.status_code, reply.json()["error_code"]) == (500, "internal_error")
        assert "기밀" not in reply.text
        http.post("/predict", json={"texts": ["기밀", 3]})
        http.post("/predict", json={"texts": ["기밀" * 2000]})
        http.post("/predict?q=기밀", content='{"texts": ["기밀"'.encode(), headers={"X-Text": "기밀".encode()})
        http.post("/invocations", json={"inputs": ["기밀", None]})
        http.post("/invocations", json={"dataframe_split": {"columns": ["기밀"], "data": [["기밀", "기밀"]]}})
        http.get("/기밀")
        assert "기밀" not in http.get("/metrics").text
    assert "RuntimeError" in caplog.text  # the kind and the place are there
    assert "probabilities_of" in caplog.text
    assert "기밀" not in caplog.text + "".join(capfd.readouterr())


def test_an_error_that_nothing_waits_for_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log_background_error)
        loop.create_future().set_exception(RuntimeError(TEXTS[0]))
        gc.collect()
        loop.call_exception_handler({"message": "of asyncio"})

    asyncio.run(act())
    assert "RuntimeError" in caplog.text
    assert "of asyncio" in caplog.text
    assert TEXTS[0] not in caplog.text
