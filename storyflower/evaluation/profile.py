"""The profile of a corpus: counts of its training text, kept with a model to measure the drift of a later corpus."""

import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.data.corpus import Corpus
from storyflower.text.loading import special_ids_of
from storyflower.text.tokenizer import SpecialIds
from storyflower.text.tokens import TokenSequences

PROFILE_FILE = "profile.json"


@dataclass(frozen=True)
class CorpusProfile:
    """Counts of the training text (train and dev) of a corpus and of its tokens."""

    n: int
    """Texts."""
    labels: dict[str, int]
    """Texts by label, in the order of the ids."""
    tokens: dict[int, int]
    """Occurrences by token id, [CLS] and [SEP] aside."""
    lengths: dict[int, int]
    """Texts by their number of tokens after truncation, [CLS] and [SEP] included."""
    vocabulary: str
    """Digest of the tokenizer's vocabulary: ids of different vocabularies cannot be compared."""
    special_ids: SpecialIds
    """Those of the vocabulary: which ids are no content, and which one is [UNK]."""
    max_len: int
    """Tokens at which texts were cut."""

    @property
    def known_tokens(self) -> dict[str, int]:
        """Content tokens that are `known` and `unknown`, counted as in `TokenizerHealth`."""
        unknown = self.tokens.get(self.special_ids.unk, 0)
        content = sum(self.tokens.values()) - sum(self.tokens.get(blank, 0) for blank in self.special_ids.blank)
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
        """The profile that `to_json` wrote, also one of a version without `special_ids`."""
        values = json.loads(text)
        values["special_ids"] = special_ids_of(values)
        values.pop("word_mark_id", None)
        for name in ("tokens", "lengths"):
            values[name] = {int(key): count for key, count in values[name].items()}
        return cls(**values)


def profile_of(
    corpus: Corpus, tokens: TokenSequences, *, vocabulary: str, special_ids: SpecialIds, max_len: int
) -> CorpusProfile:
    """The profile of the train and dev splits.

    Args:
        corpus: n examples.
        tokens: their n sequences, in the corpus's order.
        vocabulary: digest of the vocabulary that made them.
        special_ids: those of that vocabulary.
        max_len: tokens at which they were cut.

    Raises:
        ValueError: the tokens do not belong to this corpus.
    """
    if len(corpus.frame) != len(tokens):
        raise ValueError(f"{len(tokens)} sequences do not fit a corpus of {len(corpus.frame)} examples")
    in_training = (corpus.frame["split"] != "validation").to_numpy()
    chosen = np.flatnonzero(in_training)
    labels = np.bincount(corpus.frame["label"].to_numpy()[in_training], minlength=len(corpus.label_map))
    return CorpusProfile(
        n=len(chosen),
        labels={name: int(labels[number]) for number, name in enumerate(corpus.label_map.names)},
        tokens=_counted_tokens(tokens, chosen, special_ids),
        lengths=_by_value(np.bincount(tokens.lengths[chosen])),
        vocabulary=vocabulary,
        special_ids=special_ids,
        max_len=max_len,
    )


def _counted_tokens(tokens: TokenSequences, chosen: NDArray[np.int64], special_ids: SpecialIds) -> dict[int, int]:
    """How often each id but [CLS] and [SEP] occurs in the texts at `chosen`."""
    counts = np.zeros(max(special_ids.cls, special_ids.sep) + 1, np.int64)
    for part in tokens.take_in_parts(chosen):
        found = np.bincount(part.ids, minlength=len(counts))
        found[: len(counts)] += counts
        counts = found
    counts[[special_ids.cls, special_ids.sep]] = 0
    return _by_value(counts)


def _by_value(counts: NDArray[np.int64]) -> dict[int, int]:
    """The counts of the values 0, 1, …; those that do not occur are left out."""
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
