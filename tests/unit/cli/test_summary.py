"""The summary after a training: the places that it names are there."""

from pathlib import Path

import pytest

from storyflower.cli.summary import _show_places
from storyflower.pipeline.results import RegisteredVersion, Score
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client


@pytest.mark.usefixtures("in_english")
def test_a_home_with_korean_and_a_blank_in_its_path_is_named_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "내 홈")
    with tracked_run(home, "test", {}) as run:
        client(home).log_text(run.run_id, "<html>", "evaluation/results.html")
    score = Score(accuracy=0.9, macro_f1=0.9)
    result = RegisteredVersion(
        run_id=run.run_id,
        model_name="storyflower-kobert",
        model_version="1",
        promoted=True,
        reason="first",
        test=score,
        baseline=score,
    )
    _show_places(home, result, client(home).get_run(run.run_id).info.artifact_uri)
    (page,) = (line for line in capsys.readouterr().out.splitlines() if line.endswith("results.html"))
    assert Path(page[page.index("/") :]).read_text("utf-8") == "<html>"
