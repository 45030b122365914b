"""Fine-tuning: the notebook's recipe, Transformers' Trainer at its best, and StoryFlower, side by side.

Same tokens, same encoder with the same new head, same number of steps, same seeds. Each training runs in a process of
its own; a round runs all systems, in an order that rotates, so that what disturbs the machine disturbs all of them.
StoryFlower runs compiled and, in the first round, as it is shipped (it decides itself whether to compile). The column
`whole s` is a training as each system does it: StoryFlower's holds a checkpoint and an evaluation on the development
split after every epoch, that of the others at most one evaluation at the end.

    python benchmarks/finetune.py --rows 1600                       speed at KoBERT's shape, made-up texts
    python benchmarks/finetune.py --encoder DIR --write-tokens corpus.npz --workbooks TRAIN.xlsx VALIDATION.xlsx
    python benchmarks/finetune.py --encoder DIR --tokens corpus.npz --epochs 3     speed and macro-F1

Needs torch, transformers, accelerate (for Trainer alone), sentencepiece, scikit-learn, numpy and pandas; neither
Prefect nor MLflow. Only --write-tokens needs StoryFlower's data room (pandera, fastexcel, pydantic).
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script, also where nothing is installed

from benchmarks.machine import describe_machine
from benchmarks.script import print_report, run_plainly
from benchmarks.systems.ablations import ABLATIONS, ablations_on
from benchmarks.systems.comparison import Workload, compare
from benchmarks.systems.corpus import TokenCorpus, draw_corpus, load_corpus, save_corpus, write_kobert_shape
from benchmarks.systems.floor import training_flops
from benchmarks.systems.job import Job
from benchmarks.systems.rounds import AS_SHIPPED, run_rounds
from benchmarks.views import finetune_view
from storyflower.model.config import read_config
from storyflower.model.devices import find_hardware

KOBERT_SHAPE = "kobert-shape"
FIRST_SEED = 42
FEWEST_STEPS = 50
"""Of a training that is cut short: in fewer, what warms up outweighs the pace."""


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = _options()
    if options.write_tokens:
        from benchmarks.systems.workbooks import tokens_of_workbooks

        training, validation = options.workbooks
        save_corpus(options.write_tokens, tokens_of_workbooks(training, validation, Path(options.encoder)))
        return
    with TemporaryDirectory() as scratch:
        report = _measure(options, Path(scratch))
    print_report(report, finetune_view, as_json=options.json)


def _measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    encoder = Path(options.encoder)
    if options.encoder == KOBERT_SHAPE:
        encoder = folder / KOBERT_SHAPE
        write_kobert_shape(encoder, seed=FIRST_SEED)
    corpus = _corpus(options, encoder)
    tokens = folder / "corpus.npz"
    save_corpus(tokens, corpus)
    hardware = find_hardware(options.device)
    job = Job(
        system="",
        encoder=str(encoder),
        corpus=str(tokens),
        device=hardware.device,
        epochs=options.epochs,
        seed=FIRST_SEED,
        learning_rate=options.learning_rate,
        max_steps=None,
        judge=options.tokens is not None,
    )
    rounds, left_out = run_rounds(
        _systems(options, hardware.device), job, seeds=options.seeds, cut_after=options.baseline_steps, folder=folder
    )
    lengths = corpus.train.tokens.lengths
    flops = training_flops(encoder, lengths, len(corpus.labels))
    work = Workload(float(lengths.mean()), flops, len(lengths) * options.epochs)
    about = {
        "device": hardware.recorded,
        "encoder": options.encoder if options.encoder == KOBERT_SHAPE else encoder.name,
        "rows": len(lengths),
        "dev_rows": len(corpus.dev.labels),
        "mean_tokens": work.mean_length,
        "epochs": options.epochs,
        "seeds": options.seeds,
        "baseline_steps": options.baseline_steps,
        "machine": describe_machine(),
    }
    return compare(rounds, work) | about | ({"left_out": left_out} if left_out else {})


def _corpus(options: argparse.Namespace, encoder: Path) -> TokenCorpus:
    if options.tokens is None:
        return draw_corpus(options.rows or 1600, read_config(encoder).vocab_size, seed=FIRST_SEED)
    corpus = load_corpus(options.tokens)
    return corpus.first(options.rows, FIRST_SEED) if options.rows else corpus


def _systems(options: argparse.Namespace, device: str) -> list[str]:
    systems = ["storyflower", AS_SHIPPED, "notebook"]
    if find_spec("accelerate"):
        systems += ["trainer", "trainer-compiled"] if options.trainer_compile else ["trainer"]
    else:
        print("Transformers' Trainer is left out: it needs the package `accelerate`", file=sys.stderr)
    return systems + [f"storyflower:{name}" for name in (ablations_on(device) if options.ablate else ())]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--encoder",
        default=KOBERT_SHAPE,
        help=f"BERT directory, or `{KOBERT_SHAPE}` (default): random weights, 12 × 768, 8,002 pieces",
    )
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="a tokenised corpus; made-up texts without it")
    parser.add_argument("--rows", type=int, help="training examples; all of --tokens, or 1,600 made-up ones")
    parser.add_argument("--epochs", type=int, default=2, help="passes over them; with two or more the first warms up")
    parser.add_argument("--seeds", type=int, default=3, help="rounds, each with a seed of its own")
    parser.add_argument("--learning-rate", type=float, default=5e-5, help="peak rate of all systems (default 5e-5)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--baseline-steps",
        type=int,
        metavar="N",
        help=f"notebook and Trainer train N steps only, at least {FEWEST_STEPS}, over texts of the same lengths: "
        "speed alone",
    )
    parser.add_argument(
        "--trainer-compile", action="store_true", help="try Trainer with torch_compile too, and take the faster one"
    )
    parser.add_argument(
        "--ablate", action="store_true", help=f"StoryFlower also without each of: {', '.join(ABLATIONS)}"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--write-tokens", type=Path, metavar="FILE", help="make a corpus for --tokens, and leave")
    parser.add_argument("--workbooks", nargs=2, metavar=("TRAINING", "VALIDATION"), help="what --write-tokens reads")
    options = parser.parse_args()
    if options.baseline_steps is not None and options.baseline_steps < FEWEST_STEPS:
        parser.error(f"--baseline-steps: at least {FEWEST_STEPS}")
    if bool(options.write_tokens) != bool(options.workbooks):
        parser.error("--write-tokens and --workbooks go together")
    if options.write_tokens and options.encoder == KOBERT_SHAPE:
        parser.error("--write-tokens needs an --encoder with `spiece.model`")
    return options


if __name__ == "__main__":
    run_plainly(main)
