"""The options of a WordPiece vocabulary, from the files in which Transformers keeps them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyflower.errors import EncoderError
from storyflower.messages import problem
from storyflower.text.tokenizer import CONFIG_FILE, NO_SUCH_CLASS, TOKENIZER_FILE

_CLASSES = {"BertTokenizer", "BertTokenizerFast", "ElectraTokenizer", "ElectraTokenizerFast"}
"""Transformers' classes that read a `vocab.txt` in this way."""
_OTHERS = {"PreTrainedTokenizerFast", "TokenizersBackend", NO_SUCH_CLASS}
"""Classes that read whatever is in `tokenizer.json`, and those that StoryFlower itself writes."""


@dataclass(frozen=True)
class WordPieceOptions:
    """How texts are normalised before they are cut into pieces."""

    lower_case: bool = False
    split_chinese: bool = True
    """Whether each Chinese character is a word of its own."""


def read_options(directory: Path) -> WordPieceOptions:
    """What the directory says: `tokenizer_config.json` first, then the normalizer in `tokenizer.json`.

    Raises:
        EncoderError: one of the files is damaged, or the directory names a tokenizer of another class.
    """
    configured = _read_object(directory / CONFIG_FILE)
    _require_known_class(configured, directory)
    found = {"lower_case": configured.get("do_lower_case"), "split_chinese": configured.get("tokenize_chinese_chars")}
    if None in found.values():
        normalizer = _bert_normalizer(_read_object(directory / TOKENIZER_FILE).get("normalizer"))
        described = {"lower_case": normalizer.get("lowercase"), "split_chinese": normalizer.get("handle_chinese_chars")}
        found = {name: described[name] if value is None else value for name, value in found.items()}
    given = {name: value for name, value in found.items() if value is not None}
    if not all(isinstance(value, bool) for value in given.values()):
        raise problem(EncoderError, "tokenizer_options_unusable", str(directory), file=CONFIG_FILE, reason=given)
    return WordPieceOptions(**given)


def _require_known_class(configured: dict[str, Any], directory: Path) -> None:
    name = configured.get("tokenizer_class")
    if name is not None and name not in _CLASSES | _OTHERS:
        known = ", ".join(sorted(_CLASSES))
        raise problem(EncoderError, "other_tokenizer_class", str(directory), name=str(name)[:80], known=known)


def _bert_normalizer(normalizer: Any) -> dict[str, Any]:
    """The options of a BertNormalizer, alone or among others; none if there is none."""
    if not isinstance(normalizer, dict):
        return {}
    if normalizer.get("type") == "BertNormalizer":
        return normalizer
    parts = normalizer.get("normalizers")
    found = [_bert_normalizer(part) for part in parts] if isinstance(parts, list) else []
    return next(filter(None, found), {})


def _read_object(file: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one if there is no such file, or it is no regular one and could block."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text("utf-8"))
        if not isinstance(content, dict):
            raise TypeError(f"{type(content).__name__} instead of an object")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        where = str(file.parent)
        raise problem(EncoderError, "tokenizer_options_unusable", where, file=file.name, reason=error) from error
    return content
