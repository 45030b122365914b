"""One training in a process of its own: reads a job, trains, writes the measurement.

Run by `benchmarks/finetune.py` as `python -m benchmarks.systems.child JOB.json MEASUREMENT.json`.
"""

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from benchmarks.systems.corpus import TokenCorpus, load_corpus
from benchmarks.systems.job import BATCH_SIZE, DROPOUT, Job, Measurement
from storyflower.model.classifier import new_classifier


def main(job_file: Path, measurement_file: Path) -> None:
    """Measure one job."""
    job = Job(**json.loads(job_file.read_text("utf-8")))
    corpus = load_corpus(Path(job.corpus))
    if job.max_steps:
        job = cut_short(job)
        corpus = corpus.with_its_lengths(job.max_steps * BATCH_SIZE)
    model = new_classifier(Path(job.encoder), corpus.labels, dropout=DROPOUT, seed=job.seed).to(job.device)  # type: ignore[arg-type]
    started = time.perf_counter()
    measured = _train(model, corpus, job)
    on_cuda = job.device == "cuda"
    replace(
        measured,
        wall_s=time.perf_counter() - started,
        peak_mb=torch.cuda.max_memory_allocated() / 2**20 if on_cuda else peak_resident_mb(),
        device_name=torch.cuda.get_device_name() if on_cuda else "",
    ).write(measurement_file)


def cut_short(job: Job) -> Job:
    """The job over the batches that are left; Trainer, compiled, meets each width in a first pass over them."""
    return replace(job, epochs=2 if job.system == "trainer-compiled" else 1)


def peak_resident_mb() -> float:
    """The peak memory of this process, in MiB.

    Linux hands `ru_maxrss` on from the parent at a fork, so its own account of this program goes first.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if peak:
            return int(peak.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _train(model: BertForSequenceClassification, corpus: TokenCorpus, job: Job) -> Measurement:
    if job.system == "notebook":
        from benchmarks.systems.notebook import train_as_notebook

        return train_as_notebook(model, corpus, job)
    if job.system.startswith("trainer"):
        from benchmarks.systems.trainer import train_with_trainer

        return train_with_trainer(model, corpus, job, compiled=job.system == "trainer-compiled")
    from benchmarks.systems.storyflower import train_with_storyflower

    return train_with_storyflower(model, corpus, job)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
