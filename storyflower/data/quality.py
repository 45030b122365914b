"""The data-quality report: what the workbooks held, what was set aside and why, and what the model will see."""
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
import numpy as np
import pandas as pd

@dataclass(frozen=True)
class TokenLengths:
    """Lengths of the texts in tokens, [CLS] and [SEP] counted."""

    minimum: int
    median: float
    p95: float
    p99: float
    maximum: int
    max_len: int
    """Tokens above which a text is cut."""
    truncated: int
    """Texts that are cut."""
    truncated_share: float
    histogram: tuple[tuple[int, int, int], ...]
    """(tokens, texts of that length, truncated ones among them), by length; lengths without a text are left out."""
