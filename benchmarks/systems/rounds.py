"""Runs the systems against each other: a process for each training, a round for each seed, the order rotating."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.systems.job import Job, Measurement

TRAINERS = ("trainer", "trainer-compiled")
AS_SHIPPED = "storyflower-auto"

Rounds = dict[str, list[Measurement]]
"""By system, its measurement in each round that it ran in."""
LeftOut = dict[str, str]
"""By system that could not be measured, the reason."""


def run_rounds(
    systems: Sequence[str], job: Job, *, seeds: int, cut_after: int | None, folder: Path
) -> tuple[Rounds, LeftOut]:
    """Measure `systems` side by side, `seeds` times.

    Of the two ways to run Trainer only the faster one runs after the first round, and the shipped default runs in the
    first alone. A system that fails is left out from then on; what was measured of the others counts.

    Args:
        systems: names, as `Job.system` has them.
        job: common to all systems; its seed is that of the first round.
        seeds: rounds.
        cut_after: steps that all but StoryFlower train, over texts of the corpus' lengths.
        folder: for jobs, measurements and compilers' caches; each system's are empty in its first round.
    """
    measured: Rounds = {system: [] for system in systems}
    left_out: LeftOut = {}
    running = list(systems)
    for round_no in range(seeds):
        turn = round_no % max(1, len(running))
        for system in running[turn:] + running[:turn]:
            stops = None if system.startswith("storyflower") else cut_after
            heading = f"round {round_no + 1}/{seeds}  {system:<26}"
            try:
                found = _run(replace(job, system=system, seed=job.seed + round_no, max_steps=stops), folder)
            except RuntimeError as error:
                _tell(f"{heading} left out: {error}")
                left_out[system] = str(error).splitlines()[-1]
                running.remove(system)
                continue
            measured[system].append(found)
            _tell(f"{heading} {found.steady_rate:>10,.1f} examples/s")
        if round_no == 0:
            slower = (
                min(TRAINERS, key=lambda name: measured[name][0].steady_rate) if set(TRAINERS) <= set(running) else ""
            )
            running = [name for name in running if name not in (slower, AS_SHIPPED)]
    return measured, left_out


def _run(job: Job, folder: Path) -> Measurement:
    job_file, measurement_file = folder / "job.json", folder / "measurement.json"
    job_file.write_text(json.dumps(asdict(job)), "utf-8")
    measurement_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.systems.child", str(job_file), str(measurement_file)]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(folder / job.system), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{job.system} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Measurement.read(measurement_file)


def _environment(folder: Path) -> dict[str, str]:
    """No downloads, large pages for all, and compilers' caches that hold nothing of earlier runs."""
    return os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "THP_MEM_ALLOC_ENABLE": "1",  # as StoryFlower's commands set it; its peers gain by it too
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        "TRITON_CACHE_DIR": str(folder / "triton"),
    }


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
