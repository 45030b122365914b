"""The whole train flow: cold, and again with nothing changed, in a home of its own.

    python benchmarks/rerun.py
    python benchmarks/rerun.py --workbooks open_Training.xlsx open_Validation.xlsx

The recipe is `tiny`: what is measured is what stands around the training. `process` is the command as a person waits
for it, imports and Prefect's own server included; `in the flow` is the time of its MLflow run.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from mlflow import MlflowClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import describe_machine
from benchmarks.material import parser_of, workbooks_of
from benchmarks.script import print_report, run_plainly
from benchmarks.views import rerun_view

SAMPLE_ROWS = (3_000, 600)


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = parser_of(__doc__, rounds=3).parse_args()
    with TemporaryDirectory() as scratch:
        workbooks = workbooks_of(options, Path(scratch), SAMPLE_ROWS)
        home = Path(scratch) / "home"
        cold = train_once(workbooks, home)
        again = [train_once(workbooks, home) for _ in range(options.rounds)]
    report = {
        "systems": [_row("cold", [cold]), _row("nothing changed", again)],
        "rounds": options.rounds,
        "machine": describe_machine(),
    }
    report["ratio"] = report["systems"][0]["process_s"] / report["systems"][1]["process_s"]
    print_report(report, rerun_view, as_json=options.json)


def train_once(workbooks: list[str], home: Path) -> dict[str, Any]:
    """Run `storyflower train` in its own process, and read its duration."""
    program = Path(sys.executable).with_name("storyflower")
    train, validation = workbooks
    command = [str(program), "train", "--train", train, "--validation", validation, "--recipe", "tiny", "--json"]
    started = perf_counter()
    done = subprocess.run(command, env=_environment(home), capture_output=True, text=True, check=False)
    process_s = perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    result = json.loads(done.stdout)
    run = MlflowClient(f"sqlite:///{home / 'mlflow.db'}").get_run(result["run_id"]).info
    return {
        "process_s": process_s,
        "flow_s": (run.end_time - run.start_time) / 1000,
        "stages_s": sum(stage["seconds"] for stage in result["stages"].values()),
        "stages_run": sum(stage["state"] == "ran" for stage in result["stages"].values()),
    }


def _environment(home: Path) -> dict[str, str]:
    """An environment with its own home, without the user's servers and settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "MLFLOW_", "STORYFLOWER_"))
    }
    return kept | {"HOME": str(home), "STORYFLOWER_HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true"}


def _row(name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name} | {key: median(run[key] for run in runs) for key in runs[0]}


if __name__ == "__main__":
    run_plainly(main)
