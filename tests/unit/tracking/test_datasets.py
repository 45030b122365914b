"""What MLflow lists as the data of a run."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow.store.tracking.dbmodels.models import SqlDataset
from sqlalchemy import event
from sqlalchemy.orm import Session

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.labels import label_map
from storyflower.data.schema import validate
from storyflower.data.workbook import fetch_file, parse_workbook
from storyflower.recipe import TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.tracking.datasets import log_datasets
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    books = write_sample_workbooks(tmp_path, training_rows=200, validation_rows=60)
    checked = [
        [validate(parse_workbook(fetch_file(str(book), TINY.data, tmp_path), TINY.data), TINY.data)] for book in books
    ]
    return build_corpus(*checked, TINY.corpus, label_map(TINY.data.label_set))


def test_both_workbooks_are_data_sets_of_the_run(corpus: Corpus) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        log_datasets(run, corpus)
    inputs = client(current_home()).get_run(run.run_id).inputs.dataset_inputs
    found = {entry.tags[0].value: entry.dataset for entry in inputs}
    assert {role: data.name for role, data in found.items()} == {
        "training": "sample_Training.xlsx",
        "validation": "sample_Validation.xlsx",
    }
    assert found["training"].digest == corpus.training_digest[:36]
    rows = pd.Series(corpus.frame["split"]).isin(["train", "dev"]).sum()
    assert f'"num_rows": {rows}' in found["training"].profile


def test_two_runs_may_log_the_same_data_sets_at_once(corpus: Corpus) -> None:
    """The other run inserts them after MLflow has looked for those of the first one, and before it inserts them."""
    with tracked_run(current_home(), "first", {}) as first, tracked_run(current_home(), "other", {}) as other:

        def insert_before(session: Session, *_: Any) -> None:
            if waiting and any(isinstance(row, SqlDataset) for row in session.new):
                log_datasets(waiting.pop(), corpus)

        waiting = [other]
        event.listen(Session, "before_flush", insert_before)
        try:
            log_datasets(first, corpus)
        finally:
            event.remove(Session, "before_flush", insert_before)
        assert not waiting
    for run in (first, other):
        assert len(client(current_home()).get_run(run.run_id).inputs.dataset_inputs) == 2
