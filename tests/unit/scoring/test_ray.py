"""Shards on a Ray cluster of this machine: the answers of this process, bit for bit."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from storyflower.errors import StoryFlowerError
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.ray_engine import ray_cluster
from tests.waiting import GIVE_UP_S

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
from pathlib import Path
import ray
from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.ray_engine import RayEngine
from storyflower.scoring.run import score
from storyflower.settings import settings
from storyflower.storage.home import Home

facts, source, out = json.loads(sys.argv[1]), *sys.argv[2:]
listed = {name: tuple(facts[name]) for name in ("labels", "text_columns", "label_weights")}
model = ScoringModel(**facts | listed | {"folder": Path(facts["folder"]), "created": None})
ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
options = ScoreOptions(all_labels=True)
report = score(Home.of(settings()), model, RayEngine(model, Compute("cpu", 1)), source, out=Path(out), options=options)
print(report.computed_shards)
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'storyflower[ray]'")
def test_a_cluster_gives_the_answers_of_this_process_bit_for_bit(
    model: ScoringModel, scored: Any, own_home: Path, tmp_path: Path
) -> None:
    texts = [f"{number}번째로 기뻤어" if number % 5 else None for number in range(6000)]
    pd.DataFrame({"text": texts}).to_parquet(tmp_path / "a.parquet")
    facts = json.dumps(vars(model) | {"folder": str(model.folder)})
    env = os.environ | {"STORYFLOWER_HOME": str(tmp_path / "home of ray"), "RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, "-c", PROGRAM, facts, str(tmp_path / "a.parquet"), str(tmp_path / "ray.parquet")]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2"
    here = scored(tmp_path / "a.parquet", out=tmp_path / "here.parquet", all_labels=True)
    assert here.computed_shards == 2
    assert (tmp_path / "here.parquet").read_bytes() == (tmp_path / "ray.parquet").read_bytes()


def test_a_cluster_that_is_away_is_one_message() -> None:
    expected = r"127\.0\.0\.1:1: " if find_spec("ray") else r"storyflower\[ray\]"
    with pytest.raises(StoryFlowerError, match=expected), ray_cluster("127.0.0.1:1"):
        pass
