"""Words of confidence, slices and behaviour tests on the page of results, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "behaviour.title": {
        "ko": "행동 시험 (behaviour)",
        "en": "Behaviour tests",
    },
    "behaviour.about": {
        "ko": (
            "말뭉치와 별도로 작성한 문장으로, 예측이 바뀌지 않아야 할 때 유지되는지(불변)와 뜻이 "
            "반대가 될 때 바뀌는지(방향)를 확인합니다(CheckList: Ribeiro 외, 2020). 통과가 승격 조건은 "
            "아닙니다."
        ),
        "en": (
            "On sentences of our own: whether the answer stays where it should (invariance) and "
            "changes where the meaning is reversed (directional), after CheckList (Ribeiro et al. "
            "2020). No pass is required."
        ),
    },
    "behaviour.test": {
        "ko": "시험",
        "en": "Test",
    },
    "behaviour.passed": {
        "ko": "통과",
        "en": "Passed",
    },
    "behaviour.failures": {
        "ko": "통과하지 못한 예",
        "en": "Examples that failed",
    },
    "behaviour.invariance": {
        "ko": "불변",
        "en": "Invariance",
    },
    "behaviour.directional": {
        "ko": "방향",
        "en": "Directional",
    },
    "behaviour.spacing": {"ko": "띄어쓰기", "en": "spacing"},
    "behaviour.final_punctuation": {"ko": "끝 문장 부호", "en": "final punctuation"},
    "behaviour.laughter_and_tears": {"ko": "ㅋㅋ, ㅠㅠ", "en": "ㅋㅋ, ㅠㅠ (laughter, tears)"},
    "behaviour.typography": {"ko": "글자 모양", "en": "typography"},
    "behaviour.names": {"ko": "이름", "en": "names"},
    "behaviour.negation": {"ko": "부정", "en": "negation"},
    "behaviour.reversal": {"ko": "반전", "en": "reversal"},
    "confidence.title": {
        "ko": "확신도 (confidence)",
        "en": "Confidence",
    },
    "confidence.about": {
        "ko": (
            "개발 문장에 맞춘 temperature {temperature:.2f}로 확률을 보정합니다(Guo 외, 2017). "
            "보정해도 확률이 가장 높은 라벨은 바뀌지 않습니다. 라벨에 가중치를 주는 모델"
            "(decision=macro_f1)은 보정된 확률에 가중치를 곱한 값이 가장 큰 라벨로 답합니다. ECE는 확신도를 "
            "너비가 같은 15개 구간으로 나누어 구한, 확신도와 정확도의 평균 차이입니다. Brier 점수는 확률의 제곱 "
            "오차(0–2)입니다."
        ),
        "en": (
            "Probabilities are calibrated by a temperature of {temperature:.2f}, fitted on the "
            "development sentences (Guo et al. 2017). Calibration does not change which label is "
            "the most probable. A model that weights its labels (decision=macro_f1) answers the one with "
            "the highest calibrated probability times its weight. ECE is the mean difference "
            "between confidence and accuracy over 15 bins of equal width. The Brier score is "
            "the squared error of the probabilities (0 to 2)."
        ),
    },
    "confidence.before": {
        "ko": "보정 전",
        "en": "Before calibration",
    },
    "confidence.after": {
        "ko": "보정 후",
        "en": "After calibration",
    },
    "confidence.by_chance": {
        "ko": (
            "문장이 적으면 표본 오차만으로도 ECE가 커집니다. 완벽하게 보정된 모델이 이 확신도로 예측해도 "
            "{n:,}문장에서는 ECE가 평균 {ece}입니다."
        ),
        "en": (
            "The fewer the sentences, the larger ECE is by chance: a perfectly calibrated model with these "
            "confidences has an ECE of {ece} on average on {n:,} sentences."
        ),
    },
    "confidence.worse": {
        "ko": (
            "이 검증 문장에서는 보정 후의 ECE가 더 큽니다({before} → {after}). temperature는 개발 "
            "문장의 log loss가 최소가 되도록 정하므로, 개발 문장과 다른 검증 문장에서는 ECE가 커질 "
            "수 있습니다. 검증 문장에 다시 맞추면 검증 수치를 신뢰할 수 없게 되므로 조정하지 "
            "않습니다."
        ),
        "en": (
            "On these validation sentences ECE is larger after calibration ({before} to {after}). "
            "The temperature minimises the log loss of the development sentences; the validation "
            "sentences differ, so their ECE can grow. It is not fitted anew on the validation "
            "sentences, whose figures could then no longer be trusted."
        ),
    },
    "confidence.threshold_about": {
        "ko": (
            "기준(threshold)을 지정하면 확신도가 그보다 낮은 문장은 '불확실'로 예측하고, 기준이 없을 "
            "때의 답을 함께 표시합니다(기본값: 사용 안 함)."
        ),
        "en": (
            "With a threshold, sentences whose confidence is lower are answered 불확실 (unsure), "
            "with the answer without a threshold beside it (off by default)."
        ),
    },
    "confidence.threshold": {
        "ko": "확신도 기준",
        "en": "Threshold",
    },
    "confidence.coverage": {
        "ko": "답변 비율",
        "en": "Answered",
    },
    "confidence.accuracy": {
        "ko": "답한 문장의 정확도",
        "en": "Accuracy of the answered",
    },
    "confidence.none": {
        "ko": "없음",
        "en": "None",
    },
    "slices.title": {
        "ko": "부분별 결과 (slices)",
        "en": "Results by slice",
    },
    "slices.about": {
        "ko": ("전체 평균에 가려진 취약한 부분을 보여 줍니다. 구간은 정확도의 95% 윌슨(Wilson) 구간입니다."),
        "en": ("Weak parts that the mean over all hides. Intervals are 95 % Wilson intervals of the accuracy."),
    },
    "slices.few_about": {
        "ko": "표시는 문장이 30개 미만이어서 수치가 불확실한 부분입니다.",
        "en": "marks slices of fewer than 30 sentences, whose figures are uncertain.",
    },
    "slices.few": {
        "ko": "적음",
        "en": "few",
    },
    "slices.by": {
        "ko": "나눈 기준",
        "en": "By",
    },
    "slices.part": {
        "ko": "부분",
        "en": "Slice",
    },
    "slices.accuracy": {
        "ko": "정확도",
        "en": "Accuracy",
    },
    "slices.interval": {
        "ko": "95% 구간",
        "en": "95 % interval",
    },
    "slice.age": {
        "ko": "연령",
        "en": "Age",
    },
    "slice.gender": {
        "ko": "성별",
        "en": "Gender",
    },
    "slice.situation": {
        "ko": "상황키워드",
        "en": "Situation",
    },
    "slice.length": {
        "ko": "문장 길이",
        "en": "Length",
    },
    "slice.truncated": {
        "ko": "max_len에서 잘림",
        "en": "Cut at max_len",
    },
    "slice.whole": {
        "ko": "잘리지 않음",
        "en": "Not cut",
    },
    "slice.cut": {
        "ko": "잘림",
        "en": "Cut",
    },
    "slice.tokens": {
        "ko": "{range} 토큰",
        "en": "{range} tokens",
    },
}
