"""A registered version behind MLflow's scoring server, as `mlflow models serve` starts it, called over HTTP."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from storyflower.data.labels import MAJORS
from storyflower.registry.versions import register_version
from storyflower.serving.predictor import load_predictor
from storyflower.tracking.runs import tracked_run
from tests.e2e.conftest import free_port, wait_for
from tests.homes import current_home
from tests.programs import launch, stop
from tests.unit.conftest import make_model_directory
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

JOINED = ["오늘 정말 기뻤어 친구가 떠나서 슬퍼", "무서워"]
ROWS = [["청년", "친구가 떠나서 슬퍼", "오늘 정말 기뻤어"], ["노년", None, "무서워"]]
NAMES = ["연령", "사람문장2", "사람문장1"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model_directory(tmp_path_factory.mktemp("model"), seed=1)


@pytest.fixture(scope="module")
def endpoint(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(folder / "home"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with tracked_run(current_home(), "test", {}) as run:
            version = register_version(run, directory, MAJORS, {"model_digest": "abc"})
        patch.setenv("STORYFLOWER_LANG", "ko")
        patch.setenv("MLFLOW_TRACKING_URI", current_home().mlflow_uri)
        patch.setenv("__pyfunc_model_path__", str(version.source))
        env = dict(os.environ)
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "mlflow.pyfunc.scoring_server.app:app"]
    server = launch(command, log, env, folder)
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", server, log)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        stop(server)


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": JOINED},
        {"instances": JOINED},
        {"dataframe_records": [dict(zip(NAMES, row, strict=True)) for row in ROWS]},
        {"dataframe_split": {"columns": NAMES, "data": ROWS}},
        {"inputs": [dict(zip(NAMES, row, strict=True)) for row in ROWS]},
        {"dataframe_split": {"columns": ["text"], "data": [[text] for text in JOINED]}},
    ],
)
def test_every_form_has_the_same_answers(endpoint: str, directory: Path, body: dict[str, Any]) -> None:
    reply = httpx.post(endpoint, json=body, timeout=GIVE_UP_S)
    assert reply.status_code == 200, reply.text
    expected = load_predictor(directory).predict(JOINED)
    for answer, (_, row) in zip(reply.json()["predictions"], expected.iterrows(), strict=True):
        assert answer["label"] == row["label"]
        assert answer["confidence"] == pytest.approx(row["confidence"], abs=1e-6)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"inputs": [None]}, "0번(0부터)"),
        ({"inputs": ["안녕", None]}, "1번(0부터)"),
        ({"inputs": ["안녕", 3]}, "1번(0부터)"),
        ({"instances": ["안녕", True]}, "1번(0부터)"),
        ({"instances": [1, 2]}, "0번(0부터)"),
        ({"inputs": ["안녕", " "]}, "1번(0부터)"),
        ({"inputs": [["안녕", "잘 가"]]}, "0, 1"),
        ({"inputs": [[["안녕"]]]}, "list"),
        ({"inputs": {"text": ["안녕"]}}, "list"),
        ({"dataframe_records": [{"text": "안녕"}, {"text": None}]}, "1번(0부터)"),
        ({"dataframe_records": [{"연령": "청년", "사람문장1": "안녕"}]}, "사람문장2"),
        ({"dataframe_split": {"columns": ["연령", "성별"], "data": [["청년", "여성"]]}}, "모델이 읽는 열이 없습니다"),
    ],
)
def test_what_is_no_text_is_a_bad_request_with_its_position(endpoint: str, body: dict[str, Any], words: str) -> None:
    reply = httpx.post(endpoint, json=body, timeout=GIVE_UP_S)
    assert reply.status_code == 400
    assert words in reply.json()["message"]
