"""The stored results: `results.json`, with a section per claim and machine, and `RESULTS.md`, written from it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.views import VIEWS

FOLDER = Path(__file__).resolve().parent
HEAD = """# Results

Medians, side by side in one run. Written by `make bench` (CPU) and `make bench-gpu` from `results.json`, which holds
every figure; how each is measured stands at the top of its script.
"""


class Results:
    """The sections measured so far, those of other machines included."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._json, self._page = folder / "results.json", folder / "RESULTS.md"
        self._sections: dict[str, Any] = json.loads(self._json.read_text("utf-8")) if self._json.is_file() else {}

    def keep(self, kind: str, title: str, report: Mapping[str, Any]) -> None:
        """Replace the report of the same title, and write both files."""
        measured = datetime.now(UTC).date().isoformat()
        self._sections[title] = {"kind": kind, "measured": measured, "report": report}
        self._json.write_text(json.dumps(self._sections, ensure_ascii=False, indent=1) + "\n", "utf-8")
        sections = [_section(title, **section) for title, section in self._sections.items()]
        self._page.write_text("\n".join([HEAD, *sections]), "utf-8")


def _section(title: str, kind: str, measured: str, report: Mapping[str, Any]) -> str:
    machine = dict(report["machine"])
    versions = ", ".join(
        f"{name} {value}" for name, value in machine.items() if name not in ("cpu", "system", "commit")
    )
    where = f"{machine['cpu']}, {machine['system']}; {versions}"
    commit = f", commit {machine['commit']}" if "commit" in machine else ""
    return (
        "\n\n".join([f"## {title}", VIEWS[kind](report).as_markdown(), f"<sub>{measured}{commit}. {where}.</sub>"])
        + "\n"
    )
