"""The endpoints of a real server: answers, refusals with their position, languages, access."""

import itertools
import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from storyflower.app.access import Access
from storyflower.app.service import service_of
from storyflower.data.labels import MAJORS
from storyflower.registry.references import ModelReference
from storyflower.registry.versions import register_version
from storyflower.serving.predictor import load_predictor
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from tests.unit.app.conftest import OPEN, Started, answering
from tests.waiting import GIVE_UP_S

TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼", "약속을 어겨서 화가 나 " * 20]
JSON = {"Content-Type": "application/json"}
TOLERANCE = 1e-5
"""Largest difference of a probability between a text alone and the same text in a batch, in fp32."""


def test_answers_are_the_predictors(http: httpx.Client, model_directory: Path) -> None:
    reply = http.post("/predict", json={"texts": TEXTS}).json()
    assert set(reply["model"]) == {"name", "version", "digest", "created", "demo"}
    expected = load_predictor(model_directory)
    for text, answer in zip(TEXTS, reply["predictions"], strict=True):
        (row,) = expected.predict([text]).to_dict("records")
        assert answer["label"] == row["label"]
        assert answer["confidence"] == max(answer["probabilities"].values())
        assert list(answer["probabilities"]) == list(expected.labels)
        for name, probability in answer["probabilities"].items():
            assert probability == pytest.approx(row[name], abs=TOLERANCE)
    assert [answer.get("truncated") for answer in reply["predictions"]] == [None, None, None, True]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
def test_a_threshold_is_the_predictors(http: httpx.Client, model_directory: Path, threshold: float) -> None:
    answers = http.post("/predict", json={"texts": TEXTS, "threshold": threshold}).json()["predictions"]
    expected = load_predictor(model_directory).predict(TEXTS, threshold)
    assert [answer["label"] for answer in answers] == expected["label"].tolist()
    assert [answer["best_guess"] for answer in answers] == expected["best_guess"].tolist()


def test_a_threshold_of_the_server_holds_where_a_request_has_none(served_home: Home) -> None:
    reference = ModelReference.parse("1", served_home.model)
    with answering(service_of(served_home, reference, OPEN, threshold=1.0)) as http:
        for body, label in (({}, "불확실"), ({"threshold": None}, "불확실"), ({"threshold": 0}, None)):
            (answer,) = http.post("/predict", json={"texts": TEXTS[:1], **body}).json()["predictions"]
            assert answer["label"] == (label or answer["best_guess"])
        (row,) = http.post("/invocations", json={"inputs": TEXTS[:1]}).json()["predictions"]
        assert row["label"] == "불확실"


def test_label_weights_decide_the_answers_and_what_is_counted(weighted_model: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with tracked_run(home, "test", {}) as run:
        register_version(run, weighted_model, MAJORS, {"model_digest": "w"})
    with answering(service_of(home, ModelReference.parse("1", home.model), OPEN)) as http:
        answers = http.post("/predict", json={"texts": TEXTS, "threshold": 0}).json()["predictions"]
        rows = http.post("/invocations", json={"inputs": TEXTS}).json()["predictions"]
        counted = http.get("/metrics").text
    expected = load_predictor(weighted_model).predict(TEXTS)
    assert set(expected["label"]) == {MAJORS[0]}
    for answer, row in zip(answers, rows, strict=True):
        assert answer["label"] == answer["best_guess"] == row["label"] == MAJORS[0]
        assert answer["confidence"] == answer["probabilities"][MAJORS[0]]
    assert f'storyflower_labels_total{{label="{MAJORS[0]}"}} 8.0' in counted


def test_korean_is_readable_in_the_bytes(http: httpx.Client) -> None:
    reply = http.post("/predict", json={"texts": TEXTS[:1]})
    assert "기쁨".encode() in reply.content
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert "문장이 비어 있습니다.".encode() in http.post("/predict", json={"texts": [" "]}).content


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (b"", 400, "not_json", None),
        (b"{", 400, "not_json", None),
        (b'{"texts": ["\xff"]}', 400, "not_json", None),
        (b'{"texts": ["\\ud800"]}', 400, "not_json", None),
        (b"[" * 100_000, 400, "not_json", None),
        (b'{"texts":' * 50_000, 400, "not_json", None),
        (b"null", 422, "request_form", None),
        (b"[]", 422, "request_form", None),
        (b"{}", 422, "field_missing", "texts"),
        (b'{"texts": "x"}', 422, "request_form", "texts"),
        (b'{"texts": []}', 422, "texts_none", "texts"),
        (b'{"texts": ["a"], "text": 1}', 422, "request_field_unknown", "text"),
        (b'{"texts": ["a", 3]}', 422, "text_wrong_type", "texts[1]"),
        (b'{"texts": [null]}', 422, "text_wrong_type", "texts[0]"),
        (b'{"texts": [NaN]}', 422, "text_wrong_type", "texts[0]"),
        (b'{"texts": [["a"]]}', 422, "text_wrong_type", "texts[0]"),
        ('{"texts": ["안녕", "\\u00a0\\u200b\\u0000\\n"]}'.encode(), 422, "text_blank", "texts[1]"),
        (json.dumps({"texts": ["a"] * 10_000}).encode(), 422, "texts_too_many", "texts"),
        (json.dumps({"texts": [1] * 500_000}).encode(), 422, "text_wrong_type", "texts[0]"),
        (json.dumps({"texts": ["a", "가" * 2001]}).encode(), 422, "text_over_long", "texts[1]"),
        (b'{"texts": ["a"], "threshold": NaN}', 422, "threshold_unfit", "threshold"),
        (b'{"texts": ["a"], "threshold": 1e999}', 422, "threshold_unfit", "threshold"),
        (b'{"texts": ["a"], "threshold": -0.1}', 422, "threshold_unfit", "threshold"),
        (b'{"texts": ["a"], "threshold": true}', 422, "threshold_unfit", "threshold"),
        (b'{"texts": ["a"], "threshold": "0.5"}', 422, "threshold_unfit", "threshold"),
        (b'{"texts": ["' + b"a" * (4 * 2**20) + b'"]}', 413, "body_too_large", None),
    ],
    ids=itertools.count(),
)
def test_what_is_refused_is_named(http: httpx.Client, body: bytes, status: int, code: str, where: str | None) -> None:
    reply = http.post("/predict", content=body, headers=JSON)
    found = reply.json()
    assert (reply.status_code, found["error_code"], found.get("where")) == (status, code, where)
    assert found["message"]
    assert http.get("/ping").status_code == 200


@pytest.mark.parametrize("text", ["🙂" * 2000, "[CLS] [SEP] [PAD]", "a\u0301" * 900, "가\u202e나", "=1+1"])
def test_strange_texts_are_answered(http: httpx.Client, text: str) -> None:
    (answer,) = http.post("/predict", json={"texts": [text]}).json()["predictions"]
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize("chunks", [100, 1000], ids=["6 MB", "64 MB"])
def test_a_body_of_unknown_length_is_refused(http: httpx.Client, chunks: int) -> None:
    reply = http.post("/predict", content=(b" " * 65_536 for _ in range(chunks)), headers=JSON)
    assert (reply.status_code, reply.json()["error_code"]) == (413, "body_too_large")


def test_an_endless_body_is_cut_off(http: httpx.Client) -> None:
    with suppress(httpx.TransportError):  # whether the reply is read before the closed connection is noticed is chance
        reply = http.post("/predict", content=itertools.repeat(b" " * 65_536), headers=JSON)
        assert reply.status_code == 413
    assert http.get("/ping").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(http: httpx.Client, kind: str) -> None:
    reply = http.post("/predict", content=b'{"texts": ["a"]}', headers={"Content-Type": kind} if kind else {})
    assert (reply.status_code, reply.json()["error_code"]) == (415, "content_type_unread")


def test_only_utf_8_is_read(http: httpx.Client) -> None:
    body = '{"texts": ["안녕"]}'.encode("cp949")
    refused = http.post("/predict", content=body, headers={"Content-Type": "application/json; charset=cp949"})
    assert (refused.status_code, refused.json()["error_code"]) == (415, "charset_unread")
    utf_8 = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
    assert http.post("/predict", json={"texts": ["안녕"]}, headers=utf_8).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,ko;q=0.5", "en"),
        ("fr,en;q=0.1", "en"),
        ("fr;q=x", "ko"),
        ("", "ko"),
    ],
)
def test_messages_are_in_the_language_of_the_client(http: httpx.Client, wanted: str, language: str) -> None:
    reply = http.get("/nowhere", headers={"Accept-Language": wanted})
    assert reply.json()["message"] == {"ko": "그런 주소가 없습니다.", "en": "there is no such address."}[language]
    assert (reply.status_code, reply.headers["content-language"]) == (404, language)


def test_a_wrong_method_is_one_of_ours(http: httpx.Client) -> None:
    reply = http.get("/predict")
    assert (reply.status_code, reply.json()["error_code"], reply.headers["allow"]) == (
        405,
        "method_not_allowed",
        "POST",
    )


def test_health_ping_version_metrics(http: httpx.Client) -> None:
    health = http.get("/health").json()
    assert (health["live"], health["ready"], health["reference"]) == (True, True, "storyflower-kobert/1")
    assert (health["model"]["version"], health["alias_error"]) == ("1", None)
    ping = http.get("/ping")
    assert (ping.status_code, ping.text, ping.headers["content-type"]) == (200, "\n", "application/json")
    assert http.get("/version").json()["model"] == health["model"]
    before = http.get("/metrics").text
    http.post("/predict", json={"texts": TEXTS})
    after = http.get("/metrics").text
    assert _metric(after, "storyflower_texts_total") - _metric(before, "storyflower_texts_total") == len(TEXTS)
    assert _metric(after, 'storyflower_requests_total{path="/predict",status="200"}') >= 1
    assert 'storyflower_model{digest="0",name="storyflower-kobert",version="1"} 1.0' in after
    for name in (
        "storyflower_request_seconds_bucket",
        "storyflower_batch_texts_count",
        "storyflower_waiting_texts 0.0",
    ):
        assert name in after


def _metric(text: str, name: str) -> float:
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1"])
def test_a_foreign_host_is_refused(http: httpx.Client, host: str) -> None:
    reply = http.get("/health", headers={"Host": host})
    assert (reply.status_code, reply.json()["error_code"]) == (400, "host_foreign")


def test_pages_of_other_sites_are_refused(http: httpx.Client) -> None:
    own = f"http://127.0.0.1:{http.base_url.port}"
    body = {"texts": ["안녕"]}
    assert http.post("/predict", json=body, headers={"Origin": own}).status_code == 200
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{http.base_url.port + 1}"):
        reply = http.post("/predict", json=body, headers={"Origin": origin})
        assert (reply.status_code, reply.json()["error_code"]) == (403, "origin_foreign")


def test_documentation_loads_nothing_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert "https://" not in page.text
    for address in ("/static-offline-docs/swagger-ui-bundle.js", "/static-offline-docs/swagger-ui.css"):
        assert address in page.text
        assert http.get(address).status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert set(http.get("/openapi.json").json()["paths"]) == {
        *("/predict", "/invocations", "/health", "/ping", "/version", "/metrics")
    }


def test_a_key_is_asked_for(service: Started) -> None:
    with answering(service(access=Access(None, "비밀-secret"))) as http:
        body = {"texts": ["안녕"]}
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "비밀-secret".encode()}):
            reply = http.post("/predict", json=body, headers=given)
            assert (reply.status_code, reply.json()["error_code"]) == (401, "key_wrong")
            assert reply.headers["www-authenticate"] == "Bearer"
        for path in ("/metrics", "/version"):
            assert http.get(path).status_code == 401
        assert http.get("/health", headers={"Host": "api.example.org"}).json() == {"live": True, "ready": True}
        assert http.get("/docs").status_code == 200
        assert "HTTPBearer" in http.get("/openapi.json").json()["components"]["securitySchemes"]
        key = {"Authorization": "bearer 비밀-secret".encode()}
        assert http.post("/predict", json=body, headers=key).status_code == 200
        assert "model" in http.get("/health", headers=key).json()


@pytest.mark.parametrize("path", ["/predict", "/invocations", "/corrections", "/jobs?name=a.csv"])
def test_a_request_that_never_ends_is_given_up(service: Started, path: str) -> None:
    kind, limits = "octet-stream" if "jobs" in path else "json", {"seconds": 0.5, "upload_seconds": 0.5}
    with answering(service(**limits)) as http, socket.create_connection(("127.0.0.1", http.base_url.port)) as slow:
        slow.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/{kind}\r\n".encode())
        slow.sendall(b"Content-Length: 100\r\n\r\n{")
        slow.settimeout(GIVE_UP_S)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 504")
        assert http.post("/predict", json={"texts": ["안녕"]}).status_code == 200


def test_probabilities_do_not_depend_on_the_batch(http: httpx.Client) -> None:
    alone = [_row(http.post("/predict", json={"texts": [text]}).json()) for text in TEXTS]
    crowd = [*TEXTS, *(f"{text} {number}" for number in range(200) for text in TEXTS)]
    answers = http.post("/predict", json={"texts": crowd}).json()["predictions"]
    together = [list(answer["probabilities"].values()) for answer in answers[: len(TEXTS)]]
    assert np.abs(np.array(alone) - np.array(together)).max() < TOLERANCE


def _row(reply: dict[str, Any]) -> list[float]:
    return list(reply["predictions"][0]["probabilities"].values())
