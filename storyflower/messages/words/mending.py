"""Words and sentences of reports that are mended by hand, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {}
