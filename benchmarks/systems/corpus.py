"""The input of all systems: one tokenised corpus in one file, random or real, and one encoder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from storyflower.model.integrity import WEIGHTS_FILE
from storyflower.text.sentencepiece import CLS_ID, MASK_ID, PAD_ID, SEP_ID
from storyflower.text.tokens import ARRAYS, TokenSequences, offsets_of
from storyflower.text.vocabulary import train_vocabulary
from storyflower.training.batches import LabelledTokens

MAX_LEN = 64
"""The notebook's maximum of tokens per text, `[CLS]` and `[SEP]` included."""
DRAWN_LABELS = ("기쁨", "슬픔", "분노", "불안", "당황", "상처")
DEV_SHARE = 0.1
"""Of all rows, held out as the development split: the default of the recipe."""
_MEAN_LENGTH, _LENGTH_DEVIATION = 35.0, 10.0
"""About AI Hub's 감성 대화 말뭉치 in KoBERT's pieces: two utterances joined, `[CLS]` and `[SEP]` included."""


_LETTERS = [chr(ord("가") + 7 * number) * 3 for number in range(80)]
"""Texts from which a small vocabulary is trained."""


@dataclass(frozen=True)
class TokenCorpus:
    """Training and development split, and the labels' names by id."""

    train: LabelledTokens
    dev: LabelledTokens
    labels: tuple[str, ...]

    def first(self, rows: int, seed: int) -> "TokenCorpus":
        """The same corpus with at most `rows` of its training examples, drawn by `seed`."""
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.train.labels))[:rows])
        train = LabelledTokens(self.train.tokens.take(chosen), self.train.labels[chosen])
        return TokenCorpus(train, self.dev, self.labels)

    def with_its_lengths(self, rows: int) -> "TokenCorpus":
        """The same corpus with at most `rows` of its training examples, evenly spread over its lengths."""
        n = len(self.train.labels)
        spread = ((np.arange(min(rows, n)) + 0.5) * n / min(rows, n)).astype(np.int64)
        chosen = np.sort(np.argsort(self.train.tokens.lengths, kind="stable")[spread])
        train = LabelledTokens(self.train.tokens.take(chosen), self.train.labels[chosen])
        return TokenCorpus(train, self.dev, self.labels)


def draw_corpus(rows: int, vocab_size: int, *, seed: int) -> TokenCorpus:
    """Random ids and labels in texts of AI Hub's lengths, for measurements of speed; `rows` of them to train on."""
    draw = np.random.default_rng(seed)
    dev_rows = max(1, round(rows * DEV_SHARE / (1 - DEV_SHARE)))
    splits = [_draw_split(count, vocab_size, draw) for count in (rows, dev_rows)]
    return TokenCorpus(splits[0], splits[1], DRAWN_LABELS)


def save_corpus(path: Path, corpus: TokenCorpus) -> None:
    """Write one compressed npz: ids, offsets, truncated and labels of both splits, and the labels' names."""
    arrays: dict[str, NDArray[np.generic]] = {"label_names": np.array(corpus.labels)}
    for split in ("train", "dev"):
        examples: LabelledTokens = getattr(corpus, split)
        arrays[f"{split}_labels"] = examples.labels
        arrays |= {f"{split}_{name}": getattr(examples.tokens, name) for name in ARRAYS}
    with path.open("wb") as file:  # given a name, numpy would append `.npz` to it
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_corpus(path: Path) -> TokenCorpus:
    """Read a file of `save_corpus`.

    Raises:
        KeyError, ValueError: it is another kind of file, or its arrays do not fit together.
    """
    with np.load(path, allow_pickle=False) as arrays:
        splits = [
            LabelledTokens(
                TokenSequences(**{name: arrays[f"{split}_{name}"] for name in ARRAYS}), arrays[f"{split}_labels"]
            )
            for split in ("train", "dev")
        ]
        return TokenCorpus(splits[0], splits[1], tuple(arrays["label_names"].tolist()))


def write_kobert_shape(folder: Path, *, seed: int) -> None:
    """Write an encoder of KoBERT's shape, 12 × 768 over 8,002 pieces, with random weights.

    Its vocabulary has KoBERT's special ids and a handful of pieces: the token ids of a drawn corpus are drawn, too.
    """
    train_vocabulary(_LETTERS, 100, folder)
    config = BertConfig(vocab_size=8002, pad_token_id=PAD_ID, architectures=["BertModel"], dtype="float32")
    torch.manual_seed(seed)
    model = BertModel(config)  # type: ignore[no-untyped-call]
    config.save_pretrained(folder)
    save_file(model.state_dict(), folder / WEIGHTS_FILE, metadata={"format": "pt"})


def _draw_split(rows: int, vocab_size: int, draw: np.random.Generator) -> LabelledTokens:
    lengths = draw.normal(_MEAN_LENGTH, _LENGTH_DEVIATION, rows).round().clip(5, MAX_LEN).astype(np.int64)
    offsets = offsets_of(lengths)
    ids = draw.integers(MASK_ID + 1, vocab_size, int(offsets[-1]), dtype=np.int32)
    ids[offsets[:-1]], ids[offsets[1:] - 1] = CLS_ID, SEP_ID
    tokens = TokenSequences(ids, offsets, lengths == MAX_LEN)
    return LabelledTokens(tokens, draw.integers(0, len(DRAWN_LABELS), rows))
