from pathlib import Path

import pytest
from matplotlib import font_manager

from storyflower.data.labels import FINE
from storyflower.reports.fonts import FONT_FILE, drawable, font_families


def test_the_shipped_font_is_found_by_its_family() -> None:
    family, _ = font_families()
    assert family == "NanumGothic"
    assert Path(font_manager.findfont(family, fallback_to_default=False)).name == FONT_FILE.name


def test_its_licence_is_beside_it() -> None:
    licence = (FONT_FILE.parent / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "NAVER Corporation" in licence


def test_every_label_can_be_drawn() -> None:
    assert [drawable(name) for name in FINE] == list(FINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("기쁨\n슬픔", "기쁨 슬픔"), ("−5 ✓", "−5 ✓"), ("\U0001f979 눈물", "□ 눈물")],
)
def test_what_no_font_has_becomes_a_box(text: str, shown: str) -> None:
    assert drawable(text) == shown
