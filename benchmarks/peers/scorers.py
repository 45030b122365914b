"""One scoring in a process of its own: python -m benchmarks.peers.scorers JOB.json RESULT.json.

The model is loaded and has answered a first few texts before the clock starts.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile

from benchmarks.peers.served import MAX_LEN
from benchmarks.systems.child import peak_resident_mb
from storyflower.model.directory import read_format

OURS, OURS_FP32, PYFUNC, PIPELINE, OPENVINO = (
    *("storyflower score", "storyflower score, fp32", "pyfunc on a frame"),
    *("Transformers' pipeline", "OpenVINO, bf16"),
)
TEXT = "사람문장1"
_BATCH = 32
_FIRST = 64
"""Texts that are answered before the clock starts."""

Answers = NDArray[np.float64]
"""Probabilities (texts, labels), in the order of the label map."""


@dataclass(frozen=True)
class ScoreJob:
    """What is scored, and how."""

    system: str
    directory: str
    """Model directory."""
    home: str
    uri: str
    labels: tuple[str, ...]
    texts: str
    """Parquet file with a column `TEXT`."""


@dataclass(frozen=True)
class Scored:
    """How it went; the probabilities stand beside the result, as `.npy`."""

    seconds: float
    """From the file, or the frame in memory, to all answers."""
    peak_mb: float


def main(job_file: Path, result_file: Path) -> None:
    """Run one job."""
    job = ScoreJob(**json.loads(job_file.read_text("utf-8")))
    scorer = SCORERS[job.system](job)
    source, few = Path(job.texts), result_file.with_suffix(".few.parquet")
    next(ParquetFile(source).iter_batches(_FIRST)).to_pandas().to_parquet(few)
    scorer(few)
    began = time.perf_counter()
    answers = scorer(source)
    scored = Scored(time.perf_counter() - began, peak_resident_mb())  # before the answers are read back to be compared
    np.save(result_file.with_suffix(".npy"), answers() if callable(answers) else answers)
    result_file.write_text(json.dumps(asdict(scored)), "utf-8")


Later = Callable[[], Answers]
Scorer = Callable[[Path], Answers | Later]
"""Answers the texts of a file; what is only read back for the comparison comes later, outside of the clock."""


def _storyflower(precision: str) -> Callable[[ScoreJob], Scorer]:
    """The command's function: from file to file, with the answers kept in the home."""

    def made(job: ScoreJob) -> Scorer:
        from storyflower.registry.to_score import scoring_model
        from storyflower.scoring.engines import LocalEngine
        from storyflower.scoring.model import Compute
        from storyflower.scoring.options import ScoreOptions
        from storyflower.scoring.run import score
        from storyflower.storage.home import Home

        home = Home(Path(job.home))
        model = scoring_model(home, "@champion")
        here = Compute.here("cpu")
        compute = here if precision == "auto" else Compute(here.device, here.threads, "fp32")
        engine, options = LocalEngine(model, compute), ScoreOptions((TEXT,), all_labels=True)

        def run(source: Path) -> Later:
            out = source.with_name(f"{source.stem}.{precision}.{time.time_ns()}.parquet")
            score(home, model, engine, str(source), out=out, options=options)
            return lambda: pd.read_parquet(out)[list(job.labels)].to_numpy(np.float64)

        return run

    return made


def _pyfunc(job: ScoreJob) -> Scorer:
    import mlflow

    from storyflower.storage.home import Home

    mlflow.set_tracking_uri(Home(Path(job.home)).mlflow_uri)
    model = mlflow.pyfunc.load_model(job.uri)

    def run(source: Path) -> Answers:
        frame = pd.DataFrame({"text": pd.read_parquet(source)[TEXT]})
        answers: pd.DataFrame = model.predict(frame)
        return answers[list(job.labels)].to_numpy(np.float64)

    return run


def _pipeline(job: ScoreJob) -> Scorer:
    from transformers import pipeline

    classify: Any = pipeline(
        "text-classification", job.directory, top_k=None, truncation=True, max_length=MAX_LEN, device="cpu"
    )

    def run(source: Path) -> Answers:
        found = classify(pd.read_parquet(source)[TEXT].tolist(), batch_size=_BATCH)
        rows = [{answer["label"]: answer["score"] for answer in one} for one in found]
        return _calibrated(np.log([[row[label] for label in job.labels] for row in rows]), job)

    return run


def _openvino(job: ScoreJob) -> Scorer:
    """Batches of texts of similar length, which is what the peer needs to pad little."""
    import openvino
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(job.directory)  # type: ignore[no-untyped-call]
    model = AutoModelForSequenceClassification.from_pretrained(job.directory).eval()
    example = dict(tokenizer(["안녕하세요", "네"], padding=True, return_tensors="pt"))
    with torch.inference_mode():
        converted = openvino.convert_model(model, example_input=example)
    hints = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "THROUGHPUT"}
    compiled = openvino.compile_model(converted, "CPU", hints)
    names = [port.get_any_name() for port in compiled.inputs]

    def run(source: Path) -> Answers:
        texts = pd.read_parquet(source)[TEXT].tolist()
        order = np.argsort([len(text) for text in texts], kind="stable")
        logits = np.zeros((len(texts), len(job.labels)))

        def keep(request: Any, rows: NDArray[np.int64]) -> None:
            logits[rows] = request.get_output_tensor(0).data

        requests = openvino.AsyncInferQueue(compiled)
        requests.set_callback(keep)
        for rows in np.array_split(order, max(1, len(texts) // _BATCH)):
            batch = [texts[row] for row in rows]
            inputs = tokenizer(batch, padding=True, truncation=True, max_length=MAX_LEN, return_tensors="np")
            requests.start_async({name: inputs[name] for name in names}, rows)
        requests.wait_all()
        return _calibrated(logits, job)

    return run


def _calibrated(logits: Answers, job: ScoreJob) -> Answers:
    """Probabilities with the temperature of the model directory, which Transformers does not know."""
    scaled = logits / read_format(Path(job.directory)).temperature
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


SCORERS: dict[str, Callable[[ScoreJob], Scorer]] = {
    OURS: _storyflower("auto"),
    OURS_FP32: _storyflower("fp32"),
    PYFUNC: _pyfunc,
    PIPELINE: _pipeline,
    OPENVINO: _openvino,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
