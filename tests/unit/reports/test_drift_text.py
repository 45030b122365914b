import pytest

from storyflower.evaluation.drift import Drift, DriftReport
from storyflower.messages import speaking
from storyflower.reports.drift_text import drift_lines, drift_markdown, drift_summary

REPORT = DriftReport(
    drifts=(Drift("labels", 0.25, 0.1, 0.229, "large"), Drift("lengths", 0.05, 0.05, 0.0, "small")),
    n=(100, 200),
    unk_share=(0.0, 0.1),
    mean_length=(8.0, 9.0),
    label_shares={"기쁨": (0.5, 0.8), "a|b": (0.5, 0.2)},
)


@pytest.mark.parametrize(
    ("lang", "summary", "line", "bounds"),
    [
        (
            "ko",
            "챔피언 버전 3 이후 변화 큼: 감정 분포 0.229, 문장 길이 0.000",
            "감정 분포의 변화: 큼 (우연으로 설명되는 만큼을 뺀 거리 0.229",
            "0.1부터",
        ),
        (
            "en",
            "large since champion version 3: label balance 0.229, lengths 0.000",
            "change of label balance: large",
            "notable from 0.1",
        ),
    ],
)
def test_drift_is_worded_in_both_languages(lang: str, summary: str, line: str, bounds: str) -> None:
    with speaking(lang):  # type: ignore[arg-type]
        assert drift_summary(REPORT, "3") == summary
        lines = drift_lines(REPORT)
        assert len(lines) == 3
        assert lines[0].startswith(line)
        assert bounds in lines[-1]
        markdown = drift_markdown(REPORT)
    assert [f"- {entry}" for entry in lines] == markdown.splitlines()[:3]
    assert "| a\\|b | 50.0% | 20.0% |" in markdown
