"""Words of the tables that a notebook shows, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "notebook.score": {"ko": "점수", "en": "score"},
    "notebook.low": {"ko": "95% 구간 아래", "en": "95 % interval from"},
    "notebook.high": {"ko": "95% 구간 위", "en": "to"},
    "notebook.baseline": {"ko": "기준선", "en": "baseline"},
}
