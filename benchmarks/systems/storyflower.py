"""(c) StoryFlower's fine-tuning, or the same without one of its improvements."""

import tempfile
import time
from pathlib import Path

from transformers import BertForSequenceClassification

from benchmarks.systems.ablations import ABLATIONS, Ablation
from benchmarks.systems.corpus import TokenCorpus
from benchmarks.systems.job import (
    BATCH_SIZE,
    DROPOUT,
    MAX_GRAD_NORM,
    WARMUP_SHARE,
    WEIGHT_DECAY,
    Job,
    Measurement,
    Window,
)
from benchmarks.systems.rounds import AS_SHIPPED
from storyflower.model.devices import find_hardware
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan


def train_with_storyflower(model: BertForSequenceClassification, corpus: TokenCorpus, job: Job) -> Measurement:
    """Train the model; the times are those that StoryFlower records itself, an epoch a window.

    The steady pace is that of the first epoch after its first quarter, which warms up: its preparations are timed
    apart, and no checkpoint is written beside it, as none is by the other systems. In an epoch of 800 steps that makes
    no difference; in one of 10 it does.
    It is compiled however short the training: what is measured stands for a training of the notebook's length. As it
    is shipped (`storyflower-auto`) it decides itself, and its pace is that of the whole training.
    """
    name = job.system.partition(":")[2]
    as_shipped = job.system == AS_SHIPPED
    ablation = ABLATIONS[name] if name else Ablation("as it stands", compiling="auto" if as_shipped else "on")
    steps = -(-len(corpus.train.labels) // BATCH_SIZE)
    recipe = FinetuneRecipe(
        epochs=job.epochs,
        batch_size=BATCH_SIZE,
        learning_rate=job.learning_rate,
        weight_decay=WEIGHT_DECAY,
        warmup_share=WARMUP_SHARE,
        dropout=DROPOUT,
        max_grad_norm=MAX_GRAD_NORM,
        seed=job.seed,
        log_every=min(ablation.log_every, max(1, steps // 4)),
        precision=ablation.precision,
    )
    account = Account()
    with tempfile.TemporaryDirectory() as checkpoints, ablation.in_force():
        result = finetune(
            TrainingJob(
                model,
                corpus.train,
                corpus.dev,
                recipe,
                find_hardware(job.device),
                Path(checkpoints),
                compiling=ablation.compiling,
            ),
            [account],
        )
    windows = [Window(len(corpus.train.labels), record.seconds) for record in result.history]
    return Measurement(
        windows,
        steady=None if as_shipped else account.after_the_first_log_point(),
        compile_s=sum(record.setup_seconds for record in result.history),
        macro_f1=result.history[-1].dev_macro_f1 if job.judge else None,
        precision=account.precision,
        notes=account.notes,
    )


class Account:
    """Keeps the reports of the training."""

    def __init__(self) -> None:
        self.precision = ""
        self.notes: list[str] = []
        self._log_points: list[tuple[int, float]] = []

    def after_the_first_log_point(self) -> Window | None:
        """The first epoch's steps from its first log point to its last; None where it has only one."""
        (examples, began), (examples_in_all, ended) = self._log_points[0], self._log_points[-1]
        return Window(examples_in_all - examples, ended - began) if ended > began else None

    def started(self, plan: TrainingPlan) -> None:
        """Keep the precision and the notes."""
        self.precision = plan.precision
        self.notes += plan.notes

    def stepped(self, progress: StepProgress) -> None:
        """Keep the time of each log point of the first epoch."""
        if progress.log_point and progress.epoch == 1:
            self._log_points.append((progress.examples_seen, time.perf_counter()))

    def noted(self, note: str) -> None:
        """Keep the note."""
        self.notes.append(note)

    def epoch_ended(self, record: EpochRecord) -> None:
        """Nothing of it is needed: the result of the training has the records."""
