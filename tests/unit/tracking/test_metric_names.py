"""Metric names: what MLflow refuses is escaped, readable and apart, and MLflow itself takes the result."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.artifacts import load_text
from mlflow.utils.validation import _validate_metric_name

from storyflower.data.labels import FINE
from storyflower.tracking.metric_names import METRIC_NAMES_FILE, metric_name
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

HOSTILE = ["가난한, 불우한", "[기쁨]", "기쁨:슬픔", "😀", "a//b", "/a", "a/", ".", "..", "../a", "%", "", "x" * 300]


@pytest.mark.parametrize("name", ["accuracy", "test/f1/상처/버려진", "구역질 나는", "a.b-c_d"])
def test_a_name_that_mlflow_takes_stays(name: str) -> None:
    assert metric_name(name) == name


def test_the_fine_label_with_a_comma_stays_readable() -> None:
    assert metric_name("test/f1/상처/가난한, 불우한") == "test/f1/상처/가난한_ 불우한-c677be"
    assert sum(metric_name(label) != label for label in FINE) == 1


@given(st.text(st.characters(), max_size=300))
def test_mlflow_takes_every_escaped_name(label: str) -> None:
    escaped = metric_name(f"test/f1/{label}")
    _validate_metric_name(escaped)
    assert len(escaped) <= 250


@given(st.lists(st.text("a,:[/. ", max_size=6), unique=True))
def test_different_names_stay_different(names: list[str]) -> None:
    assert len({metric_name(name) for name in names}) == len(names)


def test_a_run_keeps_the_real_names_beside() -> None:
    with tracked_run(current_home(), "hostile names", {}) as run:
        run.log_metrics({f"test/f1/{name}": 0.5 for name in HOSTILE})
        run.log_metrics({"test/f1/기쁨": 0.25})
    logged = client(current_home()).get_run(run.run_id)
    kept = json.loads(load_text(f"{logged.info.artifact_uri}/{METRIC_NAMES_FILE}"))
    assert {kept.get(name, name): value for name, value in logged.data.metrics.items()} == {
        **{f"test/f1/{name}": 0.5 for name in HOSTILE},
        "test/f1/기쁨": 0.25,
    }
