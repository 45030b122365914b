"""The whole flow with encoders as they are published: `--encoder` is all that changes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from huggingface_hub import constants

from flows.train import train
from storyflower.data.labels import MAJORS
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY
from storyflower.settings import DEFAULT_MODEL
from tests.homes import current_home
from tests.published import KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL, cache_as_hub, train_pieces, write_encoder

PUBLISHED = {
    "klue/bert-base": KLUE_BERT,
    "klue/roberta-base": KLUE_ROBERTA,
    "monologg/koelectra-small-v3-discriminator": KOELECTRA_SMALL,
}
ALONE = """
import json, sys
checkout = {checkout!r}
sys.path = [entry for entry in sys.path if entry != checkout]
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import mlflow
mlflow.set_tracking_uri({uri!r})
models = [mlflow.pyfunc.load_model(f"models:/{name}/{{version}}") for version in {versions}]
answers = [model.predict(["오늘 정말 기뻤어", "[SEP] TV를 보다가 화가 났어"]) for model in models]
import storyflower
print(json.dumps({{"labels": [each["label"].tolist() for each in answers], "code": storyflower.__file__}}))
"""


@pytest.fixture(scope="module")
def pieces(source: CorpusSource) -> list[str]:
    frame = pd.read_excel(source.training)
    columns = [frame[name].dropna() for name in frame.columns if "사람문장" in name]
    return train_pieces(pd.concat(columns).astype(str), 1500)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and no way out to the hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


@pytest.mark.slow
def test_published_encoders_become_versions_that_answer_alone(
    pieces: list[str], source: CorpusSource, hub_cache: Path, tmp_path: Path
) -> None:
    """Each named as on the hub, from a cache that holds a tiny one; all versions then answer in one process."""
    versions = []
    for name, layout in PUBLISHED.items():
        files = [*write_encoder(tmp_path / layout.name, layout, pieces).iterdir()]
        cache_as_hub(hub_cache, name, "0123abcd" * 5, files)
        made = train(source, TINY.with_changes({"encoder": name, "epochs": 1}))
        versions.append(made.model_version)
    assert len({*versions}) == len(PUBLISHED)
    place = {"uri": current_home().mlflow_uri, "name": DEFAULT_MODEL, "versions": versions}
    script = ALONE.format(checkout=str(Path(__file__).resolve().parents[2]), **place)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert [len(labels) for labels in answer["labels"]] == [2] * len(PUBLISHED)
    assert set().union(*answer["labels"]) <= set(MAJORS)
    assert str(current_home().folder) in answer["code"]  # the version's own code, not the checkout's
