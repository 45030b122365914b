"""Words about drift between two corpora, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "labels": {"ko": "감정 분포", "en": "label balance"},
    "tokens": {"ko": "쓰인 토큰", "en": "words (tokens)"},
    "unknown": {"ko": "모르는 토큰([UNK])", "en": "unknown tokens ([UNK])"},
    "lengths": {"ko": "문장 길이", "en": "lengths"},
    "small": {"ko": "작음", "en": "small"},
    "notable": {"ko": "뚜렷함", "en": "notable"},
    "large": {"ko": "큼", "en": "large"},
    "drift_line": {
        "ko": "{measure}의 변화: {reading} (우연으로 설명되는 만큼을 뺀 거리 {beyond:.3f}, 빼기 전 {distance:.3f})",
        "en": "change of {measure}: {reading} (distance beyond chance {beyond:.3f}, with it {distance:.3f})",
    },
    "drift_bounds": {
        "ko": "거리는 Jensen–Shannon(0–1)이며, {notable}부터 뚜렷함, {large}부터 큼입니다.",
        "en": "Jensen-Shannon distances (0 to 1): notable from {notable} on, large from {large} on.",
    },
}
