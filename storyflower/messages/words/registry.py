"""Words and sentences of versions, the gate, verdicts, history, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {}
