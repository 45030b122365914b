"""Words and sentences of the terminal: train, predict, doctor, demo, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {}
