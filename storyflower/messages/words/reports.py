"""Words and sentences of pages, plots and the model card, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "results.baseline_is": {
        "ko": (
            "기준선(baseline)은 글자 n-gram의 TF-IDF와 로지스틱 회귀로, 같은 학습 문장에 맞추어 같은 "
            "검증 문장으로 쟀습니다. macro-F1은 감정별 F1의 단순 평균이라 드문 감정도 똑같이 셉니다. "
            "구간은 검증 문장을 다시 뽑는 부트스트랩(bootstrap)의 95% 구간입니다."
        ),
        "en": (
            "The baseline is TF-IDF of character n-grams with logistic regression, fitted on the "
            "same training sentences and measured on the same validation sentences. Macro-F1 is the "
            "plain mean of the F1 of each emotion, so that rare emotions count as much. Intervals "
            "are 95 % bootstrap intervals over the validation sentences."
        ),
    },
    "results.paired": {
        "ko": (
            "macro-F1 차이의 짝지은 부트스트랩: p {p}. 기준선만 틀린 문장은 {ours:,}개, 모델만 틀린 "
            "문장은 {theirs:,}개입니다(정확도 차이의 McNemar 정확 검정: p {accuracy_p})."
        ),
        "en": (
            "Paired bootstrap of the macro-F1 difference: p {p}. The baseline alone is wrong on "
            "{ours:,} sentences, the model alone on {theirs:,} (exact McNemar test of the "
            "accuracies: p {accuracy_p})."
        ),
    },
    "results.held_out": {
        "ko": "검증 통합 문서 {n:,}문장 · 학습과 epoch 선택에는 쓰지 않은 문장입니다",
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
        "ko": "재현율 옆의 작은 수는 기준선과의 차이입니다.",
        "en": "The small figures beside recall are the difference to the baseline.",
    },
    "results.confused": {
        "ko": "가장 자주 헷갈린 감정",
        "en": "Emotions confused most often",
    },
    "results.true_to_predicted": {
        "ko": "정답 → 예측",
        "en": "true → predicted",
    },
    "results.share_of_true": {
        "ko": "정답 중 비율",
        "en": "share of the true",
    },
    "results.label_errors": {
        "ko": (
            "모델이 가장 확신하며 틀린 문장은 라벨이 잘못된 경우가 많습니다. 이 실행의 "
            "evaluation/label_errors.xlsx에서 하나씩 확인할 수 있습니다."
        ),
        "en": (
            "The mistakes that a model is surest of are often wrong labels. They are listed in "
            "evaluation/label_errors.xlsx of this run."
        ),
    },
    "results.surest_mistakes": {
        "ko": "모델이 가장 확신하며 틀린 문장",
        "en": "mistakes that the model was surest of",
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
        "en": "not judged yet",
    },
    "behaviour.title": {
        "ko": "행동 시험 (behaviour)",
        "en": "Behaviour tests",
    },
    "behaviour.about": {
        "ko": (
            "말뭉치와 상관없이 따로 쓴 문장으로, 바뀌지 말아야 할 때 답이 그대로인지(불변)와 뜻이 "
            "뒤집힐 때 답이 바뀌는지(방향)를 봅니다(CheckList: Ribeiro 외, 2020). 통과를 요구하지는 "
            "않습니다."
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
    "page.share": {
        "ko": "비율",
        "en": "Share",
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
    "axis.coverage": {"ko": "답하는 문장의 비율 (coverage)", "en": "Share of the sentences answered (coverage)"},
    "axis.answered_accuracy": {"ko": "답한 문장의 정확도", "en": "Accuracy of the answered"},
    "axis.coverage_title": {
        "ko": "확신도 기준을 높이면: 답하는 비율과 정확도",
        "en": "Raising the threshold: share answered and accuracy",
    },
    "confidence.title": {
        "ko": "확신도 (confidence)",
        "en": "Confidence",
    },
    "confidence.about": {
        "ko": (
            "개발 문장에 맞춘 temperature {temperature:.2f}로 확률을 보정합니다(Guo 외, 2017). "
            "보정은 답을 바꾸지 않고 확신도만 바꿉니다. ECE는 확신도를 같은 너비의 15구간으로 나누어 "
            "잰, 확신도와 실제 정확도의 평균 차이입니다. Brier 점수는 확률의 제곱 오차(0–2)입니다."
        ),
        "en": (
            "Probabilities are calibrated by a temperature of {temperature:.2f}, fitted on the "
            "development sentences (Guo et al. 2017). Calibration changes the confidence, not the "
            "answer. ECE is the mean difference between confidence and accuracy over 15 bins of "
            "equal width. The Brier score is the squared error of the probabilities (0 to 2)."
        ),
    },
    "confidence.before": {
        "ko": "보정 전",
        "en": "before calibration",
    },
    "confidence.after": {
        "ko": "보정 후",
        "en": "after calibration",
    },
    "confidence.worse": {
        "ko": (
            "이 검증 문장에서는 보정 뒤의 ECE가 더 큽니다({before} → {after}). temperature는 개발 "
            "문장에서 log loss가 가장 작아지도록 골랐고, 개발 문장과 검증 문장은 다르므로 검증의 "
            "ECE가 커질 수 있습니다. 검증 문장으로 다시 맞추면 검증 수치를 믿을 수 없게 되므로 "
            "그대로 둡니다."
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
            "기준(threshold)을 정하면 확신도가 그보다 낮은 문장에는 '불확실'이라고 답하고 가장 "
            "그럴듯한 감정을 곁들입니다(기본은 꺼짐)."
        ),
        "en": (
            "With a threshold, sentences whose confidence is lower are answered 불확실 (unsure), "
            "with the most probable emotion beside it (off by default)."
        ),
    },
    "confidence.threshold": {
        "ko": "확신도 기준",
        "en": "Threshold",
    },
    "confidence.coverage": {
        "ko": "답하는 비율",
        "en": "Answered",
    },
    "confidence.accuracy": {
        "ko": "답한 문장의 정확도",
        "en": "Accuracy of the answered",
    },
    "confidence.none": {
        "ko": "없음",
        "en": "none",
    },
    "slices.title": {
        "ko": "부분별 결과 (slices)",
        "en": "Results by slice",
    },
    "slices.about": {
        "ko": ("전체 평균에 가려지는 약한 부분이 있는지 봅니다. 구간은 정확도의 95% 윌슨(Wilson) 구간입니다."),
        "en": ("Weak parts that the mean over all hides. Intervals are 95 % Wilson intervals of the accuracy."),
    },
    "slices.few_about": {
        "ko": "표시는 문장이 30개보다 적어 수치를 믿기 어려운 부분입니다.",
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
        "en": "age",
    },
    "slice.gender": {
        "ko": "성별",
        "en": "gender",
    },
    "slice.situation": {
        "ko": "상황키워드",
        "en": "situation",
    },
    "slice.length": {
        "ko": "문장 길이",
        "en": "length",
    },
    "slice.truncated": {
        "ko": "max_len에서 잘림",
        "en": "cut at max_len",
    },
    "slice.whole": {
        "ko": "잘리지 않음",
        "en": "not cut",
    },
    "slice.cut": {
        "ko": "잘림",
        "en": "cut",
    },
    "slice.tokens": {
        "ko": "{range} 토큰",
        "en": "{range} tokens",
    },
    "about.best_epoch": {
        "ko": "고른 epoch (개발 macro-F1 최고)",
        "en": "Chosen epoch (best development macro-F1)",
    },
    "about.epochs": {
        "ko": "학습한 epoch 수",
        "en": "Epochs trained",
    },
    "about.model": {
        "ko": "모델 파일의 SHA-256",
        "en": "SHA-256 of the model files",
    },
    "split.train": {
        "ko": "학습 (train)",
        "en": "training",
    },
    "split.dev": {
        "ko": "개발 (dev)",
        "en": "development",
    },
    "split.validation": {
        "ko": "검증 (validation)",
        "en": "validation",
    },
    "plot.confusion": {
        "ko": "혼동 행렬 (confusion matrix)",
        "en": "Confusion matrix",
    },
    "plot.f1_by_label": {
        "ko": "감정별 F1, 기준선과 함께",
        "en": "F1 by emotion, with the baseline",
    },
    "plot.training_curves": {
        "ko": "학습 곡선: 손실과 개발 macro-F1",
        "en": "Training curves: loss and development macro-F1",
    },
    "plot.reliability": {
        "ko": "신뢰도 그림 (reliability diagram): 보정 전과 후",
        "en": "Reliability diagram: before and after calibration",
    },
    "plot.coverage": {
        "ko": "확신도 기준에 따른 답하는 비율과 정확도",
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
        "ko": "정답 감정 안의 비율",
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
        "ko": "레이블 {all:,}개 중 {shown}개",
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
        "ko": "개발 macro-F1 · 최고 {best:.3f} ({epoch} epoch)",
        "en": "Development macro-F1 · best {best:.3f} (epoch {epoch})",
    },
    "axis.share_in_split": {
        "ko": "묶음 (split) 안의 비율 · 막대 끝은 문장 수",
        "en": "Share within the split · sentences at the bars",
    },
    "axis.kept_whole": {
        "ko": "그대로 쓰는 문장",
        "en": "used whole",
    },
    "axis.cut": {
        "ko": "잘린 문장 (truncated)",
        "en": "cut",
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
        "en": "threshold {threshold:.0%}",
    },
    "axis.share_of_sentences": {
        "ko": "문장의 비율",
        "en": "share of the sentences",
    },
    "axis.accuracy_of_bins": {
        "ko": "정확도 ({fewest}문장 이상인 구간)",
        "en": "accuracy (bins of {fewest} sentences or more)",
    },
    "axis.confidence": {
        "ko": "확신도 (confidence)",
        "en": "Confidence",
    },
    "results.artifact": {
        "ko": "검증 결과와 기준선",
        "en": "Results on the validation workbook, and the baseline",
    },
    "results.run": {
        "ko": "그림, 예측, 결과 페이지는 MLflow 실행 {run}에 있습니다. {command}로 볼 수 있습니다.",
        "en": "Plots, predictions and the page are with the MLflow run {run}: {command} shows it.",
    },
}
