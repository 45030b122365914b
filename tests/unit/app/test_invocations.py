"""`/invocations` against MLflow's own scoring code on the registered model: the same requests, the same answers."""

import itertools
import json
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel, scoring_server
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from storyflower.registry.versions import load_version
from storyflower.storage.home import Home

JOINED = ["오늘 정말 기뻤어 친구가 떠나서 슬퍼", "무서워"]
NAMES = ["연령", "사람문장2", "사람문장1"]
ROWS = [["청년", "친구가 떠나서 슬퍼", "오늘 정말 기뻤어"], ["노년", None, "무서워"]]
RECORDS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
JSON = "application/json"


@pytest.fixture(scope="module")
def model(served_home: Home) -> Iterator[PyFuncModel]:
    before = [*sys.path]
    yield load_version(served_home, 1)
    sys.path[:] = before  # MLflow puts the code of the registered model first, which processes started here would take


def mlflows(model: PyFuncModel, body: bytes, kind: str) -> scoring_server.InvocationsResponse:
    return scoring_server.invocations(body, kind, model, model.metadata.get_input_schema())


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (encoded({"inputs": JOINED}), JSON),
        (encoded({"instances": JOINED}), "application/json; charset=utf-8"),
        (encoded({"inputs": JOINED, "params": {"threshold": 0.9}}), JSON),
        (encoded({"inputs": JOINED, "params": {"threshold": 0}}), JSON),
        (encoded({"inputs": JOINED, "params": {}}), JSON),
        (encoded({"inputs": RECORDS}), JSON),
        (encoded({"dataframe_records": RECORDS}), JSON),
        (encoded({"dataframe_split": {"columns": NAMES, "data": ROWS}}), JSON),
        (encoded({"dataframe_split": {"columns": NAMES, "data": ROWS, "index": [7, 3]}}), JSON),
        (encoded({"dataframe_split": {"columns": ["text"], "data": [[text] for text in JOINED]}}), JSON),
        (encoded({"dataframe_split": {"columns": ["text"], "data": JOINED}}), JSON),
        (encoded({"dataframe_split": {"data": JOINED}}), JSON),
        (encoded({"dataframe_split": {"columns": [0, "x"], "data": [[text, 1] for text in JOINED]}}), JSON),
        (encoded({"dataframe_split": {"columns": ["text"], "data": None}}), JSON),
        (encoded({"dataframe_records": JOINED}), JSON),
        (encoded({"dataframe_records": [[text] for text in JOINED]}), JSON),
        (encoded({"inputs": [[text] for text in JOINED]}), JSON),
        (encoded({"instances": [[text] for text in JOINED]}), JSON),
        (encoded({"inputs": {"text": JOINED[0]}}), JSON),
        (encoded({"inputs": {"사람문장1": "가", "사람문장2": None}}), JSON),
        (encoded({"instances": {"사람문장1": "가", "사람문장2": "나"}}), JSON),
        (encoded({"instances": {"text": JOINED[0]}}), JSON),
    ],
    ids=itertools.count(),
)
def test_answers_are_those_of_mlflows_server(http: httpx.Client, model: PyFuncModel, body: bytes, kind: str) -> None:
    theirs = json.loads(mlflows(model, body, kind).response)
    ours = http.post("/invocations", content=body, headers={"Content-Type": kind})
    assert ours.status_code == 200, ours.text
    assert set(ours.json()) == set(theirs)
    for mine, other in zip(ours.json()["predictions"], theirs["predictions"], strict=True):
        assert list(mine) == list(other)
        assert {k: v for k, v in mine.items() if isinstance(v, str)} == {
            k: v for k, v in other.items() if isinstance(v, str)
        }
        assert [v for v in mine.values() if isinstance(v, float)] == pytest.approx(
            [v for v in other.values() if isinstance(v, float)], abs=1e-5
        )


@pytest.mark.parametrize(
    "body",
    [{"inputs": []}, {"instances": []}, {"dataframe_split": {"columns": ["text"], "data": []}}],
    ids=str,
)
def test_no_texts_have_no_answers_and_hold_nothing_up(http: httpx.Client, body: Any) -> None:
    """As an empty part of a batch job sends them."""
    nothing = http.post("/invocations", json=body)
    assert (nothing.status_code, nothing.json()) == (200, {"predictions": []})
    assert len(http.post("/invocations", json={"inputs": ["안녕"]}).json()["predictions"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"texts": ["안녕"]},
        {"inputs": ["안녕"], "instances": ["안녕"]},
        {"inputs": [None]},
        {"inputs": ["안녕", None]},
        {"inputs": ["안녕", 3]},
        {"instances": [1, 2]},
        {"inputs": ["안녕", " "]},
        {"inputs": [["안녕", "잘 가"]]},
        {"inputs": {"text": ["안녕"]}},
        {"inputs": ["안녕"], "params": {"threshold": 2}},
        {"inputs": ["안녕"], "params": {"threshold": "x"}},
        {"inputs": ["안녕"], "params": 3},
        {"dataframe_records": {"text": "안녕"}},
        {"dataframe_records": [{"text": "안녕"}, {"text": None}]},
        {"dataframe_records": [{"연령": "청년", "사람문장1": "안녕"}]},
        {"dataframe_split": {"columns": ["연령", "성별"], "data": [["청년", "여성"]]}},
        {"dataframe_split": {"columns": ["text"], "data": [["a", "b"]]}},
        {"dataframe_split": [["a"]]},
        {"dataframe_split": {"columns": ["other"], "data": [["안녕"]]}},
        {"dataframe_split": {"columns": ["0"], "data": [["안녕"]]}},
        {"dataframe_split": {"columns": ["text"], "data": [["안녕"], ["잘 가"]], "index": [0]}},
        {"dataframe_split": {"columns": ["text"], "data": [["안녕"]], "index": "x"}},
        {"dataframe_split": {"columns": ["text"], "data": [["안녕"]], "extra": 1}},
        {"dataframe_split": {"columns": ["text", "x"], "data": [["안녕"]]}},
        {"dataframe_records": [{"other": "안녕"}]},
        {"dataframe_records": [{" text ": "안녕"}]},
        {"dataframe_records": [{}]},
        {"dataframe_records": [{"text": "안녕"}, "안녕"]},
        {"inputs": [{"other": "안녕"}]},
        {"inputs": [["안녕"], []]},
        {"inputs": [["안녕"], "안녕"]},
        {"instances": [{"0": "안녕"}]},
        {"inputs": RECORDS[0]},
        {"instances": RECORDS[0]},
        {"instances": [{"text": "안녕"}, {"text": "안녕", "x": 1}]},
    ],
    ids=str,
)
def test_what_mlflows_server_refuses_is_refused(http: httpx.Client, model: PyFuncModel, body: Any) -> None:
    with pytest.raises(MlflowException) as theirs:
        mlflows(model, encoded(body), JSON)
    ours = http.post("/invocations", json=body)
    assert (ours.status_code, ours.status_code) == (400, theirs.value.get_http_status_code())
    assert {"error_code", "message"} <= set(ours.json())


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"inputs": ["\\ud800"]}', JSON, 400),
        (b"text\n\xea\xb0\x80\n", "text/csv", 415),
        (encoded({"dataframe_split": {"columns": [True, [], [{}]], "data": []}}), JSON, 400),
        (encoded({"dataframe_split": {"data": [[""] * 500_000] + [[]] * 100_000}}), JSON, 400),
        (encoded({"dataframe_records": [{f"{i}-{j}": 1 for j in range(300)} for i in range(900)]}), JSON, 400),
        (encoded({"dataframe_records": [{"text": {"text": ["a"]}}]}), JSON, 400),
        (encoded({"inputs": ["a"] * 1001}), JSON, 400),
        (encoded({"inputs": ["가" * 2001]}), JSON, 400),
        (b'{"inputs": ["a"]}', "text/plain", 415),
        (b'{"inputs": ["a"]}', "application/json; charset=cp949", 415),
    ],
    ids=itertools.count(),
)
def test_hostile_bodies(http: httpx.Client, body: bytes, kind: str, status: int) -> None:
    assert http.post("/invocations", content=body, headers={"Content-Type": kind}).status_code == status
    assert http.get("/ping").status_code == 200


def test_the_columns_that_are_not_read_are_named(http: httpx.Client) -> None:
    refused = http.post("/invocations", json={"dataframe_records": [{"문장": "안녕"}]}).json()
    assert "열이 문장인 표" in refused["message"]
    assert "'text'" in refused["remedy"]


def test_mlflows_server_takes_no_csv_of_our_models(model: PyFuncModel) -> None:
    with pytest.raises(MlflowException, match="types are not DataType"):
        mlflows(model, b"text\n\xea\xb0\x80\n", "text/csv")


def test_mlflows_client_works_unchanged(http: httpx.Client, model: PyFuncModel) -> None:
    client = ScoringServerClient("127.0.0.1", http.base_url.port)
    client.ping()
    answers = client.invoke(pd.DataFrame(ROWS, columns=NAMES)).get_predictions()
    assert answers["label"].tolist() == model.predict(pd.DataFrame(ROWS, columns=NAMES))["label"].tolist()
