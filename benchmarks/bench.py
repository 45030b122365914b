"""Everything at once: what `make bench` and `make bench-gpu` run.

    python benchmarks/bench.py cpu                                      about two and a half hours on two cores
    python benchmarks/bench.py gpu                                      5 minutes on an H100, estimated
    python benchmarks/bench.py gpu --encoder DIR --tokens corpus.npz    with macro-F1, three seeds: 10, estimated

Each script runs in a process of its own; results are kept in `benchmarks/results.json` and `benchmarks/RESULTS.md` as
they come, so that a run that is broken off loses only what had not ended.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import ROOT
from benchmarks.results import Results
from benchmarks.script import run_plainly
from storyflower.model.devices import find_hardware

SHARED = Path(os.environ.get("STORYFLOWER_SHARED", ROOT.parent / "shared"))
"""Real material, where it is at hand: an encoder, a vocabulary, workbooks."""
MINI = SHARED / "kobert-mini"
SPIECE = SHARED / "kobert-tokenizer" / "spiece.model"


@dataclass(frozen=True)
class Claim:
    """One script with its arguments, and the heading of what it measures."""

    kind: str
    title: str
    arguments: tuple[str, ...]


def main() -> None:
    """Run all claims of the machine's kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("where", choices=("cpu", "gpu"))
    parser.add_argument("--only", default="", metavar="TEXT", help="only the claims with this in their title")
    parser.add_argument("--encoder", type=Path, help="for macro-F1 on the GPU: a pretrained BERT directory")
    parser.add_argument("--tokens", type=Path, help="for macro-F1 on the GPU: a corpus of finetune.py --write-tokens")
    parser.add_argument("--learning-rate", default="5e-5", help="for macro-F1 on the GPU (default 5e-5)")
    options = parser.parse_args()
    if bool(options.encoder) != bool(options.tokens):
        parser.error("--encoder and --tokens go together")
    results = Results()
    claims = cpu_claims() if options.where == "cpu" else gpu_claims(options)
    for claim in (claim for claim in claims if options.only in claim.title):
        print(f"== {claim.title}", file=sys.stderr, flush=True)
        results.keep(claim.kind, claim.title, _measured(claim))


def cpu_claims() -> list[Claim]:
    """All scripts, at sizes for two cores; with made-up material where no real one is at hand."""
    encoder = MINI.name if MINI.is_dir() else "KoBERT's shape"
    claims = [
        Claim("ingest", "Reading workbooks of AI Hub's size", ()),
        Claim("tokens", "Tokenising", ("--spiece", str(SPIECE)) if SPIECE.is_file() else ()),
        Claim("rerun", "A train flow with nothing changed", ()),
    ]
    claims.append(Claim("serving", f"Serving, with {encoder} on two cores", ()))
    claims.append(Claim("scoring", f"Scoring, with {encoder} on two cores", ()))
    short = ("--rows", "3200", "--epochs", "1", "--seeds", "1", "--trainer-compile", "--device", "cpu")  # 50 steps
    if MINI.is_dir():
        shares = ("--encoder", str(MINI), "--ablate", *short)
        claims.append(Claim("finetune", f"Fine-tuning {MINI.name} on the CPU: what has which share", shares))
    claims.append(Claim("finetune", "Fine-tuning at KoBERT's shape on the CPU", short))
    if MINI.is_dir() and (tokens := tokens_of_open_corpus()):
        real = ("--encoder", str(MINI), "--tokens", str(tokens), "--epochs", "3", "--device", "cpu")
        speed = (*real, "--seeds", "1", "--baseline-steps", "50", "--trainer-compile")
        claims.append(Claim("finetune", f"Fine-tuning {MINI.name} on the open corpus, three epochs on the CPU", speed))
        quality = (*real, "--rows", "4096", "--learning-rate", "1e-4")
        claims.append(Claim("finetune", f"Fine-tuning {MINI.name} on the CPU, with macro-F1", quality))
    return claims


def tokens_of_open_corpus() -> Path | None:
    """The open corpus as `finetune.py --write-tokens` makes it, in a temporary folder; None where it is not at hand."""
    workbooks = [str(SHARED / "corpus" / f"open_{split}.xlsx") for split in ("Training", "Validation")]
    if not all(Path(workbook).is_file() for workbook in workbooks):
        return None
    tokens = Path(mkdtemp(prefix="storyflower-bench-")) / "corpus.npz"
    command = [sys.executable, str(ROOT / "benchmarks" / "finetune.py"), "--encoder", str(MINI)]
    subprocess.run([*command, "--write-tokens", str(tokens), "--workbooks", *workbooks], check=True)
    return tokens


def gpu_claims(options: argparse.Namespace) -> list[Claim]:
    """KoBERT's shape, AI Hub's size and the five epochs of `best`; and quality, where there is something to learn."""
    name = find_hardware("cuda").gpus[0]
    size = ("--rows", "51630", "--epochs", "5", "--seeds", "1", "--baseline-steps", "300")
    speed = Claim(
        "finetune", f"Fine-tuning at KoBERT's shape on {name}", (*size, "--trainer-compile", "--device", "cuda")
    )
    if not options.tokens:
        return [speed]
    material = ("--encoder", str(options.encoder), "--tokens", str(options.tokens))
    trained = ("--epochs", "3", "--seeds", "3", "--learning-rate", options.learning_rate, "--device", "cuda")
    return [speed, Claim("finetune", f"Fine-tuning {options.encoder.name} on {name}", (*material, *trained))]


def _measured(claim: Claim) -> dict[str, object]:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{claim.kind}.py"), *claim.arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    report: dict[str, object] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    run_plainly(main)
