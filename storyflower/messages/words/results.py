"""Words and sentences of the page of results, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "results.baseline_is": {
        "ko": (
            "기준선(baseline)은 글자 n-gram의 TF-IDF와 로지스틱 회귀로, 같은 학습 문장({most:,}개를 넘으면 "
            "그중 무작위로 뽑은 {most:,}개)으로 학습하고 같은 검증 문장으로 평가했습니다. macro-F1은 "
            "검증 문장에 있는 감정별 F1의 단순 평균이므로 드문 감정도 같은 비중으로 반영합니다. 구간은 검증 문장을 "
            "재표집한 95% 부트스트랩(bootstrap) 구간입니다."
        ),
        "en": (
            "The baseline is TF-IDF of character n-grams with logistic regression, fitted on the "
            "same training sentences (of more than {most:,}, on a random sample of so many) and measured "
            "on the same validation sentences. Macro-F1 is the plain mean of the F1 of each emotion that "
            "occurs in the validation sentences, so that rare emotions count as much. Intervals "
            "are 95 % bootstrap intervals over the validation sentences."
        ),
    },
    "results.paired": {
        "ko": (
            "macro-F1 차이의 대응 표본 부트스트랩: p {p}. 기준선만 틀린 문장은 {ours:,}개, 모델만 틀린 "
            "문장은 {theirs:,}개입니다(정확도 차이의 McNemar 정확 검정: p {accuracy_p})."
        ),
        "en": (
            "Paired bootstrap of the macro-F1 difference: p {p}. The baseline alone is wrong on "
            "{ours:,} sentences, the model alone on {theirs:,} (exact McNemar test of the "
            "accuracies: p {accuracy_p})."
        ),
    },
    "results.held_out": {
        "ko": "검증 통합 문서 {n:,}문장 · 학습과 에폭 선택에 사용하지 않았습니다",
        "en": ("{n:,} sentences of the validation workbook, used neither for training nor to choose the epoch"),
    },
    "results.accuracy": {
        "ko": "정확도 (accuracy)",
        "en": "Accuracy",
    },
    "results.log_loss": {
        "ko": "log loss (nats, 낮을수록 좋음)",
        "en": "Log loss (nats, lower is better)",
    },
    "results.ece": {
        "ko": "보정 오차 ECE (낮을수록 좋음)",
        "en": "Calibration error ECE (lower is better)",
    },
    "results.interval": {
        "ko": "95% 구간 {interval}",
        "en": "95 % interval {interval}",
    },
    "results.baseline_score": {
        "ko": "기준선 {score}",
        "en": "baseline {score}",
    },
    "results.before": {
        "ko": "보정 전 {score}",
        "en": "before calibration {score}",
    },
    "results.by_emotion": {
        "ko": "감정별 결과",
        "en": "Results by emotion",
    },
    "results.small_figures": {
        "ko": "재현율 옆의 작은 숫자는 기준선과의 차이입니다.",
        "en": "The small figures beside recall are the difference to the baseline.",
    },
    "results.confused": {
        "ko": "가장 자주 헷갈린 감정",
        "en": "Emotions confused most often",
    },
    "results.true_to_predicted": {
        "ko": "정답 → 예측",
        "en": "True → predicted",
    },
    "results.share_of_true": {
        "ko": "정답 라벨 중 비율",
        "en": "Share of the true label",
    },
    "results.label_errors": {
        "ko": (
            "모델이 높은 확신도로 틀린 문장은 라벨이 잘못된 경우가 많습니다. 이 실행의 "
            "evaluation/label_errors.xlsx에서 하나씩 확인할 수 있습니다."
        ),
        "en": (
            "The mistakes of the highest confidence are often wrong labels. They are listed in "
            "evaluation/label_errors.xlsx of this run."
        ),
    },
    "results.surest_mistakes": {
        "ko": "높은 확신도로 틀린 문장",
        "en": "Mistakes of the highest confidence",
    },
    "results.about": {
        "ko": "실행 정보",
        "en": "About the run",
    },
    "page.emotion": {
        "ko": "감정",
        "en": "Emotion",
    },
    "page.sentences": {
        "ko": "문장 수",
        "en": "Sentences",
    },
    "page.precision": {
        "ko": "정밀도",
        "en": "Precision",
    },
    "page.recall": {
        "ko": "재현율",
        "en": "Recall",
    },
    "page.baseline_f1": {
        "ko": "기준선 F1",
        "en": "Baseline F1",
    },
    "results.title": {
        "ko": "평가 결과",
        "en": "Results",
    },
    "results.not_judged": {
        "ko": "아직 판정하지 않았습니다",
        "en": "no decision yet",
    },
    "page.share": {
        "ko": "비율",
        "en": "Share",
    },
    "about.best_epoch": {
        "ko": "선택한 에폭 (개발 macro-F1 최고)",
        "en": "Chosen epoch (best development macro-F1)",
    },
    "about.epochs": {
        "ko": "학습한 에폭 수",
        "en": "Epochs trained",
    },
    "about.model": {
        "ko": "모델 파일의 SHA-256",
        "en": "SHA-256 of the model files",
    },
    "results.artifact": {
        "ko": "검증 결과와 기준선",
        "en": "Results on the validation workbook, and the baseline",
    },
    "results.run": {
        "ko": "그림, 예측, 결과 페이지는 MLflow 실행 {run}에 있습니다. {command}로 볼 수 있습니다.",
        "en": "Plots, predictions and the page are with the MLflow run {run}: {command} shows it.",
    },
    "baseline_verdict.better": {
        "ko": "모델의 macro-F1이 TF-IDF 기준선보다 {size:.3f} 높습니다 (차이의 95% 구간 {low:+.3f} ~ {high:+.3f}).",
        "en": "The model's macro-F1 is {size:.3f} above the TF-IDF baseline's (95 % interval of the difference "
        "{low:+.3f} to {high:+.3f}).",
    },
    "baseline_verdict.level": {
        "ko": "모델의 macro-F1과 TF-IDF 기준선의 차이는 {difference:+.3f}이며, 95% 구간 {low:+.3f} ~ {high:+.3f}이 0을 "
        "포함하므로 우연일 수 있습니다.",
        "en": "The model's macro-F1 less the TF-IDF baseline's is {difference:+.3f}; its 95 % interval, {low:+.3f} to "
        "{high:+.3f}, includes 0, so that may be chance.",
    },
    "baseline_verdict.worse": {
        "ko": "모델의 macro-F1이 TF-IDF 기준선보다 {size:.3f} 낮습니다 (차이의 95% 구간 {low:+.3f} ~ {high:+.3f}). "
        "학습 설정과 데이터를 확인하세요.",
        "en": "The model's macro-F1 is {size:.3f} below the TF-IDF baseline's (95 % interval of the difference "
        "{low:+.3f} to {high:+.3f}). Check the recipe and the data.",
    },
}
