"""Messages and log lines of the stage `adapt`, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "stage.adapt": {
        "ko": "문장 {texts:,}개로 {epochs}에폭 적응: 가린 토큰의 손실 {first:.3f} → {last:.3f}, "
        "맞힌 비율 {accuracy:.1%}",
        "en": "{epochs} epochs on {texts:,} texts: loss at hidden tokens {first:.3f} → {last:.3f}, "
        "{accuracy:.1%} of them predicted",
    },
    "training.new_masked_head": {
        "ko": "{encoder}에는 가린 토큰을 예측하는 층이 없습니다. 새로 만들어 인코더와 함께 학습합니다",
        "en": "{encoder} has no head for hidden tokens: a new one is trained with the encoder",
    },
}
