"""What a corpus's training text looks like, small enough to keep with a model: a later corpus is compared with it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.data.corpus import Corpus
from storyflower.text.tokenizer import CLS_ID, SEP_ID, UNK_ID
from storyflower.text.tokens import TokenSequences

PROFILE_FILE = "profile.json"


@dataclass(frozen=True)
class CorpusProfile:
    """What is kept of a corpus's training text (train and dev) and its tokens, to compare a later one with."""

    n: int
    """Texts."""
    labels: dict[str, int]
    """Texts by label, in the order of the ids."""
    tokens: dict[int, int]
    """Occurrences by token id, [CLS] and [SEP] aside."""
    lengths: dict[int, int]
    """Texts by their number of tokens after truncation, [CLS] and [SEP] included."""
    vocabulary: str
    """SHA-256 of the SentencePiece file: ids of different vocabularies cannot be compared."""
    word_mark_id: int
    """The piece that stands for a blank alone, no content token."""
    max_len: int
    """Tokens at which texts were cut."""

    @property
    def known_tokens(self) -> dict[str, int]:
        """Content tokens that are `known` and `unknown`, counted as in `TokenizerHealth`."""
        unknown = self.tokens.get(UNK_ID, 0)
        content = sum(self.tokens.values()) - self.tokens.get(self.word_mark_id, 0)
        return {"known": content - unknown, "unknown": unknown}

    @property
    def unk_share(self) -> float:
        """[UNK] among the content tokens (0 to 1)."""
        return self.known_tokens["unknown"] / max(sum(self.known_tokens.values()), 1)

    @property
    def mean_length(self) -> float:
        """Tokens of a text on average."""
        return sum(length * texts for length, texts in self.lengths.items()) / max(self.n, 1)

    def to_json(self) -> str:
        """One JSON object, some 100 kB for KoBERT's vocabulary."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "CorpusProfile":
        """What `to_json` wrote."""
        values = json.loads(text)
        for name in ("tokens", "lengths"):
            values[name] = {int(key): count for key, count in values[name].items()}
        return cls(**values)


def profile_of(
    corpus: Corpus, tokens: TokenSequences, *, vocabulary: str, word_mark_id: int, max_len: int
) -> CorpusProfile:
    """The profile of the train and dev splits.

    Args:
        corpus: n examples.
        tokens: their n sequences, in the corpus's order.
        vocabulary: SHA-256 of the SentencePiece file that made them.
        word_mark_id: that vocabulary's piece for a blank alone.
        max_len: tokens at which they were cut.

    Raises:
        ValueError: the tokens do not belong to this corpus.
    """
    if len(corpus.frame) != len(tokens):
        raise ValueError(f"{len(tokens)} sequences do not fit a corpus of {len(corpus.frame)} examples")
    in_training = (corpus.frame["split"] != "validation").to_numpy()
    chosen = tokens.take(in_training)
    labels = np.bincount(corpus.frame["label"].to_numpy()[in_training], minlength=len(corpus.label_map))
    return CorpusProfile(
        n=len(chosen),
        labels={name: int(labels[number]) for number, name in enumerate(corpus.label_map.names)},
        tokens=_counted(chosen.ids[~np.isin(chosen.ids, (CLS_ID, SEP_ID))]),
        lengths=_counted(chosen.lengths),
        vocabulary=vocabulary,
        word_mark_id=word_mark_id,
        max_len=max_len,
    )


def _counted(values: NDArray[Any]) -> dict[int, int]:
    """How often each value (0 or more) occurs; those that do not are left out."""
    histogram = np.bincount(values)
    return {int(value): int(histogram[value]) for value in np.flatnonzero(histogram)}
