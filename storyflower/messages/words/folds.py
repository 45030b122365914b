"""Words and sentences about cross-validation, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "option_folds": {
        "ko": "학습 문장을 이만큼의 폴드(2~20)로 나누어 교차 검증합니다. 문장이 5,000개보다 적어 한 번 나눈 결과를 "
        "믿기 어려울 때 쓰세요. 폴드마다 나머지로 모델을 새로 학습하므로 그만큼 오래 걸립니다. 등록되는 모델은 이 "
        "옵션이 없을 때와 같고, 검증 통합 문서는 쓰지 않습니다.",
        "en": "Cross-validate on so many folds (2 to 20) of the training texts: for corpora under about 5,000 texts, "
        "where one split says little. Each fold trains a model on the others, so it takes that many times as long. "
        "The registered model is the same as without folds, and the validation workbook is not touched.",
    },
    "dry.folds": {
        "ko": "학습 {folds}번 추가, 스텝은 모두 합쳐 위의 약 {times}배",
        "en": "{folds} trainings more, together about {times} times the steps above",
    },
    "stage.folds": {
        "ko": "{folds}겹 교차 검증, {examples:,}문장: macro-F1 {macro_f1:.3f}({low:.3f}~{high:.3f}), "
        "기준선 {baseline:.3f}",
        "en": "{folds} folds, {examples:,} texts: macro-F1 {macro_f1:.3f} ({low:.3f} to {high:.3f}), baseline "
        "{baseline:.3f}",
    },
    "folds.begins": {"ko": "교차 검증 {number}/{folds}", "en": "fold {number} of {folds}"},
    "folds.title": {"ko": "교차 검증", "en": "Cross-validation"},
    "folds.artifact": {"ko": "교차 검증 결과", "en": "Results of the cross-validation"},
    "folds.about": {
        "ko": "학습 통합 문서의 문장을 라벨 비율이 같은 {folds}개 폴드로 나누고, 폴드마다 나머지로 학습한 모델과 "
        "기준선으로 예측했습니다. 같은 문장은 한 폴드에만 있습니다. '전체'는 모든 문장의 예측을 합쳐 계산한 값이며 "
        "폴드별 값의 평균이 아닙니다. 구간은 문장의 부트스트랩 구간입니다. 검증 통합 문서는 쓰지 않았고, 등록된 모델은 "
        "이 모델들이 아닙니다.",
        "en": "The texts of the training workbook were divided into {folds} folds with equal shares of the labels, and "
        "each fold was predicted by a model and a baseline trained on the others. The same text is in one fold only. "
        "'all' is computed from the predictions of all texts together, and is not the mean of the folds. Intervals are "
        "bootstrap intervals over the texts. The validation workbook was not used, and the registered model is none of "
        "these.",
    },
    "folds.fold": {"ko": "폴드", "en": "fold"},
    "folds.all": {"ko": "전체", "en": "all"},
    "folds.examples": {"ko": "문장 수", "en": "texts"},
    "folds.macro_f1": {"ko": "macro-F1", "en": "macro-F1"},
    "folds.base_macro_f1": {"ko": "기준선 macro-F1", "en": "baseline macro-F1"},
    "folds.accuracy": {"ko": "정확도", "en": "accuracy"},
    "folds.base_accuracy": {"ko": "기준선 정확도", "en": "baseline accuracy"},
    "folds.plot": {"ko": "폴드별 macro-F1", "en": "Macro-F1 by fold"},
    "folds.gain": {
        "ko": "기준선과의 macro-F1 차이 {gain:+.3f} ({level:.0%} 구간 {low:+.3f} ~ {high:+.3f}, 같은 문장끼리 비교):",
        "en": "macro-F1 less the baseline's {gain:+.3f} ({level:.0%} interval {low:+.3f} to {high:+.3f}, paired):",
    },
    "folds.better": {"ko": "모델이 기준선보다 낫습니다.", "en": "the model is better than the baseline."},
    "folds.level": {"ko": "우연과 구별되지 않습니다.", "en": "not distinguishable from chance."},
    "folds.worse": {"ko": "모델이 기준선보다 못합니다.", "en": "the model is worse than the baseline."},
}
