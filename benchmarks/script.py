"""The output of the scripts: a table or one JSON object, or one message for an error that the user can correct."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.table import View
from storyflower.errors import StoryFlowerError


def run_plainly(main: Callable[[], None]) -> None:
    """Run a script's `main` in English, and turn a StoryFlowerError into one message."""
    os.environ.setdefault("STORYFLOWER_LANG", "en")  # reports and the page of results are in English
    try:
        main()
    except StoryFlowerError as error:
        sys.exit(f"✗ {error}")


def print_report(report: Mapping[str, Any], view: Callable[[Mapping[str, Any]], View], *, as_json: bool) -> None:
    """Write the report to standard output."""
    print(json.dumps(report, ensure_ascii=False, indent=1) if as_json else view(report).as_text())
