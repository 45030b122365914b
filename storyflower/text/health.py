"""Checks that a tokenizer fits the texts; with a wrong vocabulary every piece is [UNK], and accuracy is chance."""

from dataclasses import dataclass

import numpy as np

from storyflower.errors import TokenizerHealthError
from storyflower.messages import problem
from storyflower.recipe_parts import TextRecipe
from storyflower.text.letters import Misfit
from storyflower.text.sentencepiece import GOLDEN_TEXT
from storyflower.text.tokenizer import Tokenizer
from storyflower.text.tokens import TokenSequences

_WHERE = "tokenizer"
_MISFITS: dict[Misfit, str] = {
    "decomposed": "vocabulary_decomposed",
    "lower_cased": "vocabulary_lower_cased",
    "cased": "vocabulary_cased",
}
"""The codes of their messages."""


@dataclass(frozen=True)
class TokenizerHealth:
    """Statistics of a corpus's tokens. Shares are from 0 to 1; lengths are tokens, `[CLS]` and `[SEP]` included.

    Content tokens are all but `[CLS]`, `[SEP]` and bare word marks, which stand before unknown words too.
    """

    n_texts: int
    n_content_tokens: int
    unk_share: float
    """[UNK] among the content tokens."""
    all_unk_share: float
    """Texts without a single known content token."""
    truncated_share: float
    """Texts that were truncated at the maximum length."""
    mean_length: float
    max_length: int
    golden_ids_match: bool | None
    """Whether KoBERT's vocabulary gives the documented ids; None with another vocabulary."""
    misfit: Misfit | None = None
    """How the vocabulary spells letters differently from the texts."""


def measure_health(tokenizer: Tokenizer, sequences: TokenSequences) -> TokenizerHealth:
    """Statistics of at least one text, encoded by `tokenizer`."""
    if len(sequences) == 0:
        raise ValueError("the health of a tokenizer cannot be measured on no texts")
    n_unknown = n_known = n_all_unknown = 0
    for part in sequences.parts():
        known = tokenizer.special.is_known(part.ids)
        n_unknown += int((part.ids == tokenizer.special.unk).sum())
        n_known += int(known.sum())
        n_all_unknown += int((np.add.reduceat(known.astype(np.int64), part.offsets[:-1]) == 0).sum())
    n_content = n_unknown + n_known
    return TokenizerHealth(
        n_texts=len(sequences),
        n_content_tokens=n_content,
        unk_share=n_unknown / max(n_content, 1),
        all_unk_share=n_all_unknown / len(sequences),
        truncated_share=float(sequences.truncated.mean()),
        mean_length=float(sequences.lengths.mean()),
        max_length=int(sequences.lengths.max()),
        golden_ids_match=tokenizer.golden_ids_match,
        misfit=tokenizer.misfit,
    )


def require_healthy(health: TokenizerHealth, recipe: TextRecipe) -> None:
    """Check that the tokens represent enough of the text to train on.

    Raises:
        TokenizerHealthError: names the figure, its bound, the likely cause and the remedy.
    """
    if health.golden_ids_match is False:
        raise problem(TokenizerHealthError, "other_golden_ids", _WHERE, text=GOLDEN_TEXT)
    if health.misfit is not None:
        raise problem(TokenizerHealthError, _MISFITS[health.misfit], _WHERE)
    _require_share("many_unknown_tokens", health.unk_share, recipe.max_unk_share, "max_unk_share")
    _require_share("many_unknown_texts", health.all_unk_share, recipe.max_all_unk_share, "max_all_unk_share")
    if health.truncated_share > recipe.max_truncated_share:
        raise problem(
            TokenizerHealthError,
            "many_cut_texts",
            _WHERE,
            share=health.truncated_share,
            bound=recipe.max_truncated_share,
            max_len=recipe.max_len,
            longest=health.max_length,
            mean=health.mean_length,
        )


def _require_share(code: str, share: float, bound: float, field: str) -> None:
    if share > bound:
        raise problem(TokenizerHealthError, code, _WHERE, share=share, bound=bound, field=field)
