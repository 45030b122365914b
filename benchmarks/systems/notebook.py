"""(a) The notebook's original recipe, ported to current libraries.

Every text padded to 64 tokens, fp32, a DataLoader with five workers (or as many as there are cores), AdamW, cosine
schedule with warm-up, gradient clipping, and an accuracy fetched from the device at each step. Only two things
differ: the examples are shuffled, which the notebook forgot and without which its macro-F1 could not be compared, and
attention is Transformers' default of today.
"""

import math
import os

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from transformers import BertForSequenceClassification, get_cosine_schedule_with_warmup

from benchmarks.systems.clock import WindowClock
from benchmarks.systems.corpus import MAX_LEN, TokenCorpus
from benchmarks.systems.job import BATCH_SIZE, MAX_GRAD_NORM, WARMUP_SHARE, WEIGHT_DECAY, Job, Measurement
from benchmarks.systems.judging import macro_f1
from storyflower.text.sentencepiece import PAD_ID
from storyflower.training.batches import LabelledTokens

WORKERS = 5
NOT_DECAYED = ("bias", "LayerNorm.weight")

Row = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], np.int32]
"""Padded ids, number of tokens, segment ids, label."""


class PaddedRows(Dataset[Row]):
    """The content of the notebook's `BERTDataset`."""

    def __init__(self, split: LabelledTokens) -> None:
        self._rows = [self._padded(split, i) for i in range(len(split.labels))]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, i: int) -> Row:
        return self._rows[i]

    @staticmethod
    def _padded(split: LabelledTokens, i: int) -> Row:
        sequence = split.tokens.sequence(i)
        ids = np.full(MAX_LEN, PAD_ID, np.int32)
        ids[: len(sequence)] = sequence
        return ids, np.array(len(sequence), np.int32), np.zeros(MAX_LEN, np.int32), np.int32(split.labels[i])


def train_as_notebook(model: BertForSequenceClassification, corpus: TokenCorpus, job: Job) -> Measurement:
    """Train the model, and time it."""
    torch.manual_seed(job.seed)
    loader = DataLoader(
        PaddedRows(corpus.train),
        batch_size=BATCH_SIZE,
        shuffle=True,
        num_workers=min(WORKERS, os.cpu_count() or 1),
        generator=torch.Generator().manual_seed(job.seed),
    )
    optimizer = torch.optim.AdamW(_groups(model), lr=job.learning_rate)
    steps = job.epochs * len(loader)
    schedule = get_cosine_schedule_with_warmup(optimizer, math.floor(steps * WARMUP_SHARE), steps)
    loss_function = torch.nn.CrossEntropyLoss()
    clock = WindowClock(job.device, max_steps=steps)
    clock.start()
    for _ in range(job.epochs):
        model.train()
        for ids, n_tokens, segments, labels in loader:
            optimizer.zero_grad()
            targets = labels.long().to(job.device)
            logits = _forward(model, ids.long().to(job.device), n_tokens, segments.long().to(job.device))
            loss = loss_function(logits, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRAD_NORM)
            optimizer.step()
            schedule.step()
            _accuracy(logits, targets)
            clock.step(len(labels))
        clock.cut()
    judged = job.judge and job.max_steps is None
    return Measurement(clock.windows, macro_f1=macro_f1(model, corpus.dev, job.device) if judged else None)


def _groups(model: BertForSequenceClassification) -> list[dict[str, object]]:
    named = list(model.named_parameters())
    return [
        {"params": [p for name, p in named if not name.endswith(NOT_DECAYED)], "weight_decay": WEIGHT_DECAY},
        {"params": [p for name, p in named if name.endswith(NOT_DECAYED)], "weight_decay": 0.0},
    ]


def _forward(model: BertForSequenceClassification, ids: Tensor, n_tokens: Tensor, segments: Tensor) -> Tensor:
    """Logits (n, classes); the mask is filled row by row, as the notebook's `gen_attention_mask` did."""
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(n_tokens):
        mask[row][:tokens] = 1
    logits: Tensor = model(input_ids=ids, attention_mask=mask, token_type_ids=segments).logits
    return logits


def _accuracy(logits: Tensor, targets: Tensor) -> float:
    """The notebook's `calc_accuracy`, which waits for the device."""
    hits = (logits.argmax(dim=1) == targets).sum().data.cpu().numpy()
    return float(hits / len(targets))
