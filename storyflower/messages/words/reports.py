"""Words and sentences of pages, plots and the model card, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {}
