"""Titles and labels of the plots, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "axis.coverage": {"ko": "답한 문장의 비율 (coverage)", "en": "Share of the sentences answered (coverage)"},
    "axis.answered_accuracy": {"ko": "답한 문장의 정확도", "en": "Accuracy of the answered"},
    "axis.coverage_title": {
        "ko": "확신도 기준을 높일 때의 답변 비율과 정확도",
        "en": "Raising the threshold: share answered and accuracy",
    },
    "split.train": {
        "ko": "학습 (train)",
        "en": "Training",
    },
    "split.dev": {
        "ko": "개발 (dev)",
        "en": "Development",
    },
    "split.validation": {
        "ko": "검증 (validation)",
        "en": "Validation",
    },
    "plot.confusion": {
        "ko": "혼동 행렬 (confusion matrix)",
        "en": "Confusion matrix",
    },
    "plot.f1_by_label": {
        "ko": "감정별 F1과 기준선",
        "en": "F1 by emotion, with the baseline",
    },
    "plot.training_curves": {
        "ko": "학습 곡선: 손실과 개발 macro-F1",
        "en": "Training curves: loss and development macro-F1",
    },
    "plot.reliability": {
        "ko": "신뢰도 도표 (reliability diagram): 보정 전과 후",
        "en": "Reliability diagram: before and after calibration",
    },
    "plot.coverage": {
        "ko": "확신도 기준에 따른 답변 비율과 정확도",
        "en": "Share answered and accuracy by threshold",
    },
    "plot.class_balance": {
        "ko": "감정별 분포",
        "en": "Share of each emotion",
    },
    "plot.token_lengths": {
        "ko": "문장 길이 (토큰)",
        "en": "Lengths in tokens",
    },
    "axis.predicted": {
        "ko": "예측한 감정 (predicted)",
        "en": "Predicted",
    },
    "axis.true": {
        "ko": "정답 감정 (true)",
        "en": "True",
    },
    "axis.confusion_title": {
        "ko": "혼동 행렬 (confusion matrix) · {n:,}문장",
        "en": "Confusion matrix · {n:,} sentences",
    },
    "axis.share_of_true": {
        "ko": "정답 감정 중 비율",
        "en": "Share of the true emotion",
    },
    "axis.model": {
        "ko": "모델",
        "en": "Model",
    },
    "axis.baseline": {
        "ko": "기준선 (TF-IDF)",
        "en": "Baseline (TF-IDF)",
    },
    "axis.f1": {
        "ko": "F1 (0–1, 높을수록 좋음) · 괄호 안은 문장 수 (support)",
        "en": "F1 (0–1, higher is better) · sentences in parentheses",
    },
    "axis.of_all": {
        "ko": "라벨 {all:,}개 중 {shown}개",
        "en": "{shown} of {all:,} labels",
    },
    "axis.f1_title": {
        "ko": "감정별 F1",
        "en": "F1 by emotion",
    },
    "axis.loss": {
        "ko": "손실 (cross-entropy, nats)",
        "en": "Loss (cross-entropy, nats)",
    },
    "axis.loss_title": {
        "ko": "손실 (loss)",
        "en": "Loss",
    },
    "axis.best": {
        "ko": "개발 macro-F1 · 최고 {best:.3f} (에폭 {epoch})",
        "en": "Development macro-F1 · best {best:.3f} (epoch {epoch})",
    },
    "axis.epoch": {"ko": "에폭 (epoch)", "en": "Epoch"},
    "axis.share_in_split": {
        "ko": "분할 (split) 내 비율 · 막대 끝은 문장 수",
        "en": "Share within the split · number of sentences at the bars",
    },
    "axis.kept_whole": {
        "ko": "잘리지 않은 문장",
        "en": "Used whole",
    },
    "axis.cut": {
        "ko": "잘린 문장 (truncated)",
        "en": "Cut",
    },
    "axis.tokens": {
        "ko": "토큰 수 ([CLS], [SEP] 포함)",
        "en": "Tokens, [CLS] and [SEP] included",
    },
    "axis.sentences": {
        "ko": "문장 수",
        "en": "Sentences",
    },
    "axis.lengths_title": {
        "ko": "문장 길이 · max_len에서 잘린 문장 {n:,}개 ({share:.2%})",
        "en": "Lengths · {n:,} sentences cut at max_len ({share:.2%})",
    },
    "axis.before": {
        "ko": "보정 전",
        "en": "Before calibration",
    },
    "axis.after": {
        "ko": "보정 후 (temperature {temperature:.2f})",
        "en": "After calibration (temperature {temperature:.2f})",
    },
    "axis.threshold": {
        "ko": "기준 {threshold:.0%}",
        "en": "Threshold {threshold:.0%}",
    },
    "axis.share_of_sentences": {
        "ko": "문장의 비율",
        "en": "Share of the sentences",
    },
    "axis.accuracy_of_bins": {
        "ko": "정확도 ({fewest}문장 이상인 구간)",
        "en": "Accuracy (bins of {fewest} sentences or more)",
    },
    "axis.confidence": {
        "ko": "확신도 (confidence)",
        "en": "Confidence",
    },
}
