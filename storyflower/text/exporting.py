"""The files with which plain Transformers gives the same ids as StoryFlower, or refuses to load a tokenizer."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from storyflower.cleaning import clean
from storyflower.text.tokenizer import CONFIG_FILE, NO_SUCH_CLASS, TOKENIZER_FILE
from storyflower.text.tokenizer import Tokenizer as OurTokenizer

SPECIAL_TOKENS = {
    "unk_token": "[UNK]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
"""Special pieces by the names that Transformers gives them."""

_TEXTS_AT_ONCE = 2**14


class ConversionError(Exception):
    """No `tokenizer.json` gives the ids of the vocabulary."""


def checked_files(
    ours: OurTokenizer,
    convert: Callable[[], Tokenizer],
    max_len: int,
    texts: Iterable[str],
    **configuration: Any,
) -> dict[str, str]:
    """Return the files, by name, with which `AutoTokenizer` gives the same ids as `ours`.

    If that is impossible, or the ids of one of `texts` differ, the only file is one that `AutoTokenizer` refuses.

    Args:
        ours: the tokenizer of StoryFlower.
        convert: builds the same tokenizer for Transformers, or raises ConversionError.
        max_len: the length that a text is truncated to, if the caller requests truncation.
        texts: on which both tokenizers are compared.
        configuration: further content of `tokenizer_config.json`.

    """
    try:
        converted = convert()
        _require_no_difference(ours, converted, texts)
    except ConversionError as error:
        refusal = {"tokenizer_class": NO_SUCH_CLASS, "reason": str(error)}
        return {CONFIG_FILE: json.dumps(refusal | configuration, ensure_ascii=False, indent=1)}
    content = _configuration(max_len) | configuration
    return {TOKENIZER_FILE: converted.to_str(), CONFIG_FILE: json.dumps(content, indent=1)}


def _require_no_difference(ours: OurTokenizer, converted: Tokenizer, texts: Iterable[str]) -> None:
    remaining, count, differing = iter(texts), 0, list[str]()
    while some := list(islice(remaining, _TEXTS_AT_ONCE)):
        count += len(some)
        differing += differences(ours, converted, some)
    if differing:
        raise ConversionError(f"{len(differing)} of {count} texts have other ids, such as {differing[0]!r}")


def differences(ours: OurTokenizer, converted: Tokenizer, texts: Sequence[str]) -> list[str]:
    """The texts whose ids, without truncation, differ between the converted tokenizer and ours on the cleaned text."""
    longest = max((len(text) for text in texts), default=0) * 20 + 3  # a compatibility character has up to 18 letters
    expected = ours.encode_batch([clean(text) for text in texts], longest)
    found = converted.encode_batch_fast(list(texts))
    return [text for i, text in enumerate(texts) if found[i].ids != expected.sequence(i).tolist()]


def add_specials(tokenizer: Tokenizer, *, cls: int, sep: int) -> None:
    """Frame texts with `[CLS]` and `[SEP]`; special tokens that occur in the text itself are text."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)],
    )
    specials = [AddedToken(piece, special=True, normalized=False) for piece in SPECIAL_TOKENS.values()]
    tokenizer.add_special_tokens(specials)
    tokenizer.encode_special_tokens = True


def _configuration(max_len: int) -> dict[str, Any]:
    """The content of `tokenizer_config.json`."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_len,
        "padding_side": "right",
        "truncation_side": "right",
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        **SPECIAL_TOKENS,
    }
