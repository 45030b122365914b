"""The score flow: shard by shard in a flow run, with the answers that a process of its own would give."""

from pathlib import Path

import pandas as pd
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter

from flows.score import score
from storyflower.data.labels import MAJORS
from storyflower.errors import WorkbookError
from storyflower.registry.to_score import scoring_model
from storyflower.registry.versions import register_version
from storyflower.scoring.request import ScoreRequest, scored
from storyflower.tracking.runs import tracked_run
from tests.homes import current_home
from tests.unit.conftest import make_model_directory

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def version(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    directory = make_model_directory(tmp_path_factory.mktemp("model"), seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        with tracked_run(current_home(), "test", {}) as run:
            pass
        return str(register_version(run, directory, MAJORS, {}).version)


def test_a_flow_run_scores_as_a_process_does_and_a_second_one_does_nothing(version: str, tmp_path: Path) -> None:
    texts = [f"오늘 {number}번 기뻤어" for number in range(60)]
    pd.DataFrame({"text": texts}).to_parquet(tmp_path / "a.parquet")
    request = ScoreRequest(file=str(tmp_path / "a.parquet"), model=version, all_labels=True)

    state = score(request, return_state=True)
    report = state.result()
    assert state.is_completed()
    assert (report.scored, report.up_to_date, report.computed_shards) == (60, False, 1)
    assert str(tmp_path / "a.scored.parquet") in (state.message or "")

    again = score(request, return_state=True)
    assert again.result().up_to_date
    with get_client(sync_client=True) as prefect:
        artifacts = prefect.read_artifacts(artifact_filter=ArtifactFilter(type={"any_": ["progress", "markdown"]}))
        tasks = prefect.read_task_runs()
    assert {artifact.key for artifact in artifacts} >= {"scoring", "scoring-progress"}
    assert "Cached" in {task.state_name for task in tasks if task.name.startswith("score")}

    elsewhere = current_home().folder.parent / "other"
    elsewhere.mkdir()
    home, model = current_home(), scoring_model(current_home(), version)
    (home.folder / "stages" / "score").rename(elsewhere / "score")  # so that all is computed anew
    here = ScoreRequest(file=request.file, out=str(tmp_path / "b.parquet"), model=version, all_labels=True)
    assert scored(home, model, here, device="cpu").computed_shards == 1
    assert (tmp_path / "b.parquet").read_bytes() == (tmp_path / "a.scored.parquet").read_bytes()


def test_a_missing_file_ends_the_run_as_failed_with_one_sentence(version: str, tmp_path: Path) -> None:
    request = ScoreRequest(file=str(tmp_path / "none.xlsx"), model=version)
    state = score(request, return_state=True)
    assert state.is_failed()
    with pytest.raises(WorkbookError, match=r"none\.xlsx"):
        state.result()
