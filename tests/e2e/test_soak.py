"""`storyflower serve` as a process, soaked as by `benchmarks/soak.py`, in the shortest way that meets everything."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks.peers.served import registered_versions
from benchmarks.peers.soaked import Soak, children
from benchmarks.peers.soaking import TOLERANCE, Clients, Known
from storyflower.model.directory import SERVING_FILE, read_format
from storyflower.serving.predictor import load_predictor
from storyflower.storage.home import Home
from tests.e2e.conftest import free_port, make_world
from tests.unit.conftest import make_model_directory
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

MARK = "이 문장은 어디에도 남지 않는다"
"""A text that must not be found in what the server writes."""
TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼", "약속을 어겨서 화가 나", "무서워"]


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Known]:
    folder = tmp_path_factory.mktemp("soak")
    directories = [make_model_directory(folder / str(seed), seed=seed) for seed in (1, 5)]
    for directory in directories:  # random weights give similar answers, which a low temperature draws apart
        form = read_format(directory)
        (directory / SERVING_FILE).write_text(replace(form, temperature=0.02).to_json(), "utf-8")
    known = {}
    for number, directory in enumerate(directories, 1):
        answers = load_predictor(directory, "cpu", "auto").probabilities(TEXTS)
        known[str(number)] = dict(zip(TEXTS, answers, strict=True))
    return registered_versions(directories, folder), known


def test_no_answer_is_lost_whatever_happens(two_versions: tuple[Home, Known], tmp_path: Path) -> None:
    home, known = two_versions
    assert max(abs(known["1"][text] - known["2"][text]).max() for text in TEXTS) > TOLERANCE
    asyncio.run(_soak(home, known, make_world(tmp_path).env, tmp_path))


async def _soak(home: Home, known: Known, env: Mapping[str, str], folder: Path) -> None:
    served, mlflow = children(home, (free_port(), free_port()), env, folder)
    soak = Soak(home, served, mlflow, Clients(served.url, known, MARK))
    try:
        await mlflow.start()
        await served.start()
        assert f"curl {served.url}/predict" in served.written()
        assert '{"texts": ["오늘 정말 기뻤어."]}' in served.written()
        soak.clients.start(asking=16, wrongly=2, leaving=2)
        for version in ("2", "1", "2"):
            await soak.promote(version)
            await soak.clients.answers(20)
        await soak.kill_mlflow()
        await soak.clients.answers(100)
        health = httpx.get(f"{served.url}/health", timeout=GIVE_UP_S).json()
        assert (health["ready"], health["model"]["version"]) == (True, "2")
        assert mlflow.url in health["alias_error"]["message"]
        assert await soak.terminate() == 0
    finally:
        await soak.close()

    tally, log = soak.clients.tally, served.written()
    assert (tally.dropped, tally.wrong) == ([], [])
    assert set(tally.by_version) == {"1", "2"}
    assert set(tally.refused) == {400, 404, 413, 415, 422}
    assert tally.hung_up > 0
    assert "버전 2" in log
    assert MARK not in log
    assert "Traceback" not in log
