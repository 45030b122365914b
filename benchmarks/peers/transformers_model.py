"""Transformers' own classes, as the peers without a format of their own use them."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class TransformersModel:
    """Answers texts in fp32, padded to the longest of a batch."""

    def __init__(self, directory: str, max_len: int) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(directory)  # type: ignore[no-untyped-call]
        self._model = AutoModelForSequenceClassification.from_pretrained(directory).eval()
        self._max_len = max_len

    def answers(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Label, confidence and all probabilities of each text."""
        inputs = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._max_len, return_tensors="pt"
        )
        with torch.inference_mode():
            probabilities = self._model(**inputs).logits.softmax(-1)
        labels = self._model.config.id2label
        return [
            {
                "label": labels[max(range(len(row)), key=row.__getitem__)],
                "confidence": max(row),
                "probabilities": {labels[i]: share for i, share in enumerate(row)},
            }
            for row in probabilities.tolist()
        ]
