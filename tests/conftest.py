"""What every test may use: the real material, where it is at hand, and a home of its own."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material: `STORYFLOWER_SHARED`, or `shared` beside the checkout."""
    folder = Path(os.environ.get("STORYFLOWER_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real material at {folder}; set STORYFLOWER_SHARED to its folder")
    return folder
