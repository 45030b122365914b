"""Scoring many rows: `storyflower score`, the registered pyfunc, Transformers' pipeline, OpenVINO, side by side.

Each scoring runs in a process of its own, with the model loaded before the clock starts. StoryFlower's time is that of
the command: Parquet read, answers computed and kept in the home, Parquet written. The peers' is from a frame in memory
to probabilities. The rows are drawn from a workbook's texts with replacement, so that no shard occurs twice. The
answers of all are compared with those of the pyfunc, which computes in fp32.

    python benchmarks/scoring.py                                                      2,004 rows, three rounds
    python benchmarks/scoring.py --model DIR --rows 10000 100000 1000000 --systems "storyflower score" --rounds 1

Needs the extra `bench` (OpenVINO).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT, describe_machine
from benchmarks.peers.options import add_model_options, model_and_texts
from benchmarks.peers.scorers import OURS, PYFUNC, SCORERS, TEXT, Scored, ScoreJob
from benchmarks.peers.served import ServedModel
from benchmarks.script import print_report, run_plainly
from benchmarks.views import scoring_view
from storyflower.scoring.shards import STAGE
from storyflower.spawning import TORCH_MEMORY, TORCH_WAITING
from storyflower.storage.stages import StageStore

_SEED = 42
Found = dict[tuple[str, int], list[Scored]]


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = _options()
    with TemporaryDirectory() as scratch:
        report = _report(options, Path(scratch))
    print_report(report, scoring_view, as_json=options.json)


def _report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    model, texts = model_and_texts(options, folder)
    found: Found = {}
    for count in options.rows or [len(texts)]:
        source = folder / f"rows-{count}.parquet"
        _draw(texts, count).to_parquet(source)
        for number in range(options.rounds):
            turn = number % len(options.systems)
            for system in [*options.systems[turn:], *options.systems[:turn]]:
                scored = _scored(system, source, model, folder / f"{number}")
                found.setdefault((system, count), []).append(scored)
                _say(f"round {number + 1}  {count:>9,} rows  {system:<24} {count / scored.seconds:>9,.0f} rows/s")
    return {
        "systems": [_row(system, count, scored, folder) for (system, count), scored in found.items()],
        "ratio": _ratios(found),
        "model": options.model.name if options.model else options.encoder.name,
        "rounds": options.rounds,
        "load": os.getloadavg()[0],
        "machine": describe_machine(),
    }


def _draw(texts: Sequence[str], count: int) -> pd.DataFrame:
    """The texts in their order if there are as many as rows; otherwise rows drawn with replacement."""
    if count == len(texts):
        return pd.DataFrame({TEXT: texts})
    chosen = np.random.default_rng(_SEED).integers(0, len(texts), count)
    return pd.DataFrame({TEXT: np.array(texts, object)[chosen]})


def _scored(system: str, source: Path, model: ServedModel, scratch: Path) -> Scored:
    """One scoring; its home knows the model and no answers."""
    scratch.mkdir(exist_ok=True)
    job = ScoreJob(system, str(model.directory), str(model.home.folder), model.uri, model.labels, str(source))
    job_file, result = scratch / "job.json", _result(scratch, system, source)
    job_file.write_text(json.dumps(asdict(job)), "utf-8")
    _forget(model)
    command = [sys.executable, "-m", "benchmarks.peers.scorers", str(job_file), str(result)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{system} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return Scored(**json.loads(result.read_text("utf-8")))


def _row(system: str, count: int, scored: list[Scored], folder: Path) -> dict[str, Any]:
    rows_per_s = [count / one.seconds for one in scored]
    figures = {"rows_per_s": median(rows_per_s), "rates": rows_per_s, "peak_mb": max(one.peak_mb for one in scored)}
    return {"name": system, "rows": count} | figures | _agreement(system, count, folder)


def _agreement(system: str, count: int, folder: Path) -> dict[str, float]:
    """With the pyfunc in the first round: the share of equal labels, and the largest difference of a probability."""
    source = folder / f"rows-{count}.parquet"
    ours, reference = (_result(folder / "0", name, source).with_suffix(".npy") for name in (system, PYFUNC))
    if not reference.is_file():
        return {}
    a, b = np.load(ours), np.load(reference)
    return {"same_labels": float((a.argmax(1) == b.argmax(1)).mean()), "difference": float(np.abs(a - b).max())}


def _ratios(found: Found) -> list[dict[str, Any]]:
    """Medians over the rounds of how many times as fast `storyflower score` is."""
    return [
        {
            "peer": system,
            "rows": count,
            "ratio": median(b.seconds / a.seconds for a, b in zip(found[OURS, count], scored, strict=True)),
        }
        for (system, count), scored in found.items()
        if system != OURS and (OURS, count) in found
    ]


def _result(scratch: Path, system: str, source: Path) -> Path:
    return scratch / f"{list(SCORERS).index(system)}-{source.stem}.json"


def _forget(model: ServedModel) -> None:
    """Remove the answers that the home keeps."""
    shutil.rmtree(StageStore(model.home).root / STAGE, ignore_errors=True)


def _environment() -> dict[str, str]:
    """What StoryFlower's commands set for themselves, for all."""
    return os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **TORCH_MEMORY,
        **TORCH_WAITING,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_options(parser)
    parser.add_argument("--rows", type=int, nargs="+", help="numbers of rows; as many as texts without it")
    parser.add_argument("--rounds", type=int, default=3, help="measurements, of which the median is reported")
    parser.add_argument("--systems", nargs="+", choices=tuple(SCORERS), default=list(SCORERS), help="only these")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run_plainly(main)
