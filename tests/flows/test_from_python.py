"""The example "From Python" of both READMEs, as it stands there: the flow then finds every stage made."""

import re
from pathlib import Path

import pytest

from flows.train import train
from storyflower.pipeline.manifests import EvaluationRef
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.registering import TrainedModel, register_model
from storyflower.recipe import TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.tracking.runs import tracked_run

pytestmark = [pytest.mark.server, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"```python\n(from pathlib import Path\n.*?)```", re.DOTALL)


def example(readme: str) -> str:
    (code,) = EXAMPLE.findall((ROOT / readme).read_text("utf-8"))
    return str(code)


def test_both_readmes_show_the_same_example() -> None:
    assert example("README.md") == example("README.ko.md")


def test_the_example_makes_what_the_flow_would_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_sample_workbooks(tmp_path / ".storyflower" / "sample", training_rows=400, validation_rows=120)
    names: dict[str, object] = {}
    exec(compile(example("README.md"), "README.md", "exec"), names)  # noqa: S102
    evaluation, source = names["evaluation"], names["source"]
    assert isinstance(evaluation, EvaluationRef)
    assert isinstance(source, CorpusSource)
    assert capsys.readouterr().out.startswith(
        f"{evaluation.facts.test.macro_f1} {tmp_path}/.storyflower/stages/finetune/"
    )
    assert not (tmp_path / ".storyflower" / "mlflow.db").exists()

    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / ".storyflower"))
    result = train(source, TINY)
    assert [name for name, report in result.stages.items() if report.state == "ran"] == ["register"]
    assert result.test.macro_f1 == evaluation.facts.test.macro_f1
    with tracked_run(Home(tmp_path / ".storyflower"), "from Python", {}) as run:
        made = {stage: names[stage] for stage in ("corpus", "tokens", "model", "evaluation")}
        registration = register_model(run, TrainedModel(**made), TINY, by="a script")  # type: ignore[arg-type]
    assert registration.was_registered
    assert str(registration.version.version) == result.model_version
    assert registration.decision.promoted == result.promoted
    kept = StageStore(Home(tmp_path / ".storyflower")).find(
        EvaluationRef, "evaluate", lambda ref: ref.key == evaluation.key
    )
    assert kept is not None
