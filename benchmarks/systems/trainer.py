"""(b) Transformers' Trainer with all its options for speed.

bf16 autocast (fp16 on GPUs without bf16), batches grouped by length and padded to their longest text only, fused
AdamW, SDPA attention, workers and pinned memory where there is a GPU to feed, no logging, no saving, no evaluation,
no look at the loss after each step. The texts come as ready tensors through a collator that only pads: leaner than
`DataCollatorWithPadding`, which goes through a tokenizer.

Compiled, every batch is padded to a multiple of 8 (`pad_to_multiple_of=8`), so that there are eight widths to compile;
its pace is that of the second epoch, by which all of them have been met.

Trainer sorts by length within 50 batches, but within a quarter of the corpus at most: 1,280 texts would be padded by
16 %, 51,630 by 2 %. A short measurement stands for a long training, so there the texts are grouped as in a long one.
"""

import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Sampler
from transformers import (
    BertForSequenceClassification,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from benchmarks.systems.clock import WindowClock
from benchmarks.systems.corpus import TokenCorpus
from benchmarks.systems.job import BATCH_SIZE, MAX_GRAD_NORM, WARMUP_SHARE, WEIGHT_DECAY, Job, Measurement, Window
from benchmarks.systems.judging import macro_f1
from storyflower.model.devices import choose_precision, find_hardware
from storyflower.recipe_parts import Precision
from storyflower.text.sentencepiece import PAD_ID
from storyflower.training.batches import LabelledTokens

Features = dict[str, Tensor]

_WORKERS_ON_CUDA = 4
GROUP = 50
"""Batches within which Trainer sorts by length."""


def train_with_trainer(
    model: BertForSequenceClassification, corpus: TokenCorpus, job: Job, *, compiled: bool
) -> Measurement:
    """Train the model, and time it; compiled, the extra time of what warms up is counted as compiling."""
    precision = choose_precision(find_hardware(job.device), "auto")
    steps = math.ceil(len(corpus.train.labels) / BATCH_SIZE)
    clock = WindowClock(job.device, max_steps=job.epochs * steps)
    timing = _Timing(clock, len(corpus.train.labels))
    with tempfile.TemporaryDirectory() as folder:
        trainer = _GroupingTrainer(
            model=model,
            args=_arguments(job, precision, folder, compiled=compiled),
            train_dataset=_features(corpus.train),
            data_collator=PadToLongest(multiple=8 if compiled or job.device == "cuda" else 1),
            callbacks=[timing],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    evaluates = job.judge and job.max_steps is None
    score = macro_f1(model, corpus.dev, job.device) if evaluates else None
    measured = Measurement(clock.windows, macro_f1=score, precision=precision)
    return _with_compiling_apart(measured, timing.windows_of_first_epoch) if compiled else measured


class PadToLongest:
    """Collates features into a batch as wide as its longest text, rounded up to a `multiple`."""

    def __init__(self, multiple: int) -> None:
        self._multiple = multiple

    def __call__(self, features: Sequence[Features]) -> Features:
        """`input_ids` and `attention_mask` (n, width), `labels` (n,)."""
        ids = pad_sequence([f["input_ids"] for f in features], batch_first=True, padding_value=PAD_ID)
        ids = pad(ids, (0, -ids.shape[1] % self._multiple), value=PAD_ID)
        lengths = torch.tensor([len(feature["input_ids"]) for feature in features])
        return {
            "input_ids": ids,
            "attention_mask": (torch.arange(ids.shape[1]) < lengths[:, None]).long(),
            "labels": torch.stack([feature["labels"] for feature in features]),
        }


class GroupedAsInLongTrainings(Sampler[int]):
    """Batches of texts of similar length, in random order, for a corpus of less than 200 batches."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = torch.tensor(lengths)

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        """Yield every index once; the last batch is incomplete, and its indices are drawn first."""
        drawn = torch.randperm(len(self))
        full = len(self) // BATCH_SIZE * BATCH_SIZE
        batches: list[Tensor] = []
        for group in drawn[:full].split(GROUP * BATCH_SIZE):  # type: ignore[no-untyped-call]
            batches += group[self._lengths[group].argsort()].split(BATCH_SIZE)
        order = [batches[i] for i in torch.randperm(len(batches)).tolist()]
        return iter(torch.cat([*order, drawn[full:]]).tolist())


class _GroupingTrainer(Trainer):
    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        texts: Any = self.train_dataset if train_dataset is None else train_dataset
        if len(texts) >= 4 * GROUP * BATCH_SIZE:
            sampler: Sampler[int] | None = super()._get_train_sampler(train_dataset)
            return sampler
        return GroupedAsInLongTrainings([len(text["input_ids"]) for text in texts])


class _Timing(TrainerCallback):
    def __init__(self, clock: WindowClock, examples: int) -> None:
        self._clock = clock
        self._examples = examples
        self._left = examples
        self.windows_of_first_epoch = 0

    def on_train_begin(self, *_: object, **__: object) -> None:
        self._clock.start()

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002 - Trainer's own signature
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,
        **_: object,
    ) -> TrainerControl:
        in_step = min(BATCH_SIZE, self._left)
        self._left = self._left - in_step or self._examples
        self._clock.step(in_step)
        return control

    def on_epoch_end(self, *_: object, **__: object) -> None:
        self._clock.cut()
        self.windows_of_first_epoch = self.windows_of_first_epoch or len(self._clock.windows)


def _arguments(job: Job, precision: Precision, folder: str, *, compiled: bool) -> TrainingArguments:
    on_cuda = job.device == "cuda"
    workers = _WORKERS_ON_CUDA if on_cuda else 0  # on the CPU workers would only take cores from the model
    return TrainingArguments(
        output_dir=folder,
        use_cpu=not on_cuda,
        num_train_epochs=job.epochs,
        per_device_train_batch_size=BATCH_SIZE,
        learning_rate=job.learning_rate,
        weight_decay=WEIGHT_DECAY,
        lr_scheduler_type="cosine",
        warmup_steps=WARMUP_SHARE,  # below 1 it is a share
        max_grad_norm=MAX_GRAD_NORM,
        optim="adamw_torch_fused",
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        train_sampling_strategy="group_by_length",
        dataloader_num_workers=workers,
        dataloader_persistent_workers=bool(workers),
        dataloader_pin_memory=on_cuda,
        accelerator_config={"non_blocking": on_cuda},
        remove_unused_columns=False,  # there are none, and looking for them costs time at every batch
        tf32=True if on_cuda and precision == "bf16" else None,
        torch_compile=compiled,
        logging_strategy="no",
        logging_nan_inf_filter=False,  # it would fetch the loss at every step
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=job.seed,
    )


def _features(split: LabelledTokens) -> list[Features]:
    sequences = (torch.from_numpy(split.tokens.sequence(i)).long() for i in range(len(split.labels)))
    return [
        {"input_ids": ids, "labels": label}
        for ids, label in zip(sequences, torch.from_numpy(split.labels), strict=True)
    ]


def _with_compiling_apart(measured: Measurement, first_epoch: int) -> Measurement:
    """The measurement with the pace of the epochs after the first, and what warming up took beyond it as compiling.

    In a training of one epoch, of which `first_epoch` windows are all, the first window alone warms up.
    """
    warming = first_epoch if first_epoch < len(measured.windows) else 1
    warm_up, others = measured.windows[:warming], measured.windows[warming:]
    if not others:
        return measured
    steady = Window(sum(window.examples for window in others), sum(window.seconds for window in others))
    examples = sum(window.examples for window in warm_up)
    at_that_pace = examples * steady.seconds / steady.examples
    beyond = max(0.0, sum(window.seconds for window in warm_up) - at_that_pace)
    return replace(measured, windows=[Window(examples, at_that_pace), *others], compile_s=beyond, steady=steady)
