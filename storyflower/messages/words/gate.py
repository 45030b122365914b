"""Words and sentences of the gate: its checks and its decisions, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "gate.first": {
        "ko": "첫 챔피언: macro-F1 {macro_f1:.4f}, 이전 챔피언이 없습니다",
        "en": "first champion: macro-F1 {macro_f1:.4f}, there was none before",
    },
    "gate.refused": {"ko": "승격하지 않음: {checks}", "en": "refused: {checks}"},
    "gate.broken": {"ko": "{name} {figure:g} (조건: {rule})", "en": "{name} {figure:g} (required: {rule})"},
    "gate.better": {"ko": "더 좋음: {figures}", "en": "better: {figures}"},
    "gate.not_better": {"ko": "더 좋지 않음: {figures}; {checks}", "en": "not better: {figures}; {checks}"},
    "gate.refused_against": {"ko": "승격하지 않음: {figures}; {checks}", "en": "refused: {figures}; {checks}"},
    "gate.seen_all": {
        "ko": "비교할 수 없음: 챔피언 버전 {champion}이(가) 모든 검증 문장을 학습에 사용했습니다",
        "en": "not comparable: champion version {champion} was trained on every validation sentence",
    },
    "gate.other_labels": {
        "ko": "비교할 수 없음: 챔피언 버전 {champion}은(는) 라벨이 다릅니다. `--model 다른이름`으로 따로 등록하거나, "
        "이 버전을 쓰려면 `storyflower registry promote {version} --model {model}`로 승격하세요",
        "en": "not comparable: champion version {champion} has other labels. Register under another name with "
        "`--model NAME`, or make this version the champion with `storyflower registry promote {version} --model "
        "{model}`",
    },
    "gate.other_columns": {
        "ko": "비교할 수 없음: 챔피언 버전 {champion}은(는) 읽는 문장 열이 다릅니다(text_columns). "
        "`--model 다른이름`으로 따로 등록하거나, "
        "이 버전을 쓰려면 `storyflower registry promote {version} --model {model}`로 승격하세요",
        "en": "not comparable: champion version {champion} reads other text columns (text_columns). Register under "
        "another name with `--model NAME`, or make this version the champion with `storyflower registry promote "
        "{version} --model {model}`",
    },
    "gate.figures": {
        "ko": "같은 검증 통합 문서{less}에서 macro-F1 {ours:.4f}, 챔피언 버전 {champion}은(는) {theirs:.4f} "
        "(차이 {difference:+.4f}, 대응 표본 95% 구간 {low:+.4f} ~ {high:+.4f})",
        "en": "macro-F1 {ours:.4f} against {theirs:.4f} of champion version {champion} on the same validation "
        "workbook{less} ({difference:+.4f}, paired 95 % interval {low:+.4f} to {high:+.4f})",
    },
    "gate.less": {
        "ko": "(챔피언이 학습한 {left_out:,}문장 제외)",
        "en": " (sentences that it was trained on are left out: {left_out:,})",
    },
    "gate.less_nothing": {"ko": "", "en": ""},
    "gate.already": {"ko": "버전 {version}은(는) 이미 챔피언입니다", "en": "version {version} is the champion already"},
    "gate.move_failed": {
        "ko": "별칭을 옮기지 못해 챔피언이 바뀌지 않았습니다: {reason}",
        "en": "the move failed, and the champion stayed: {reason}",
    },
    "gate.awaits": {"ko": "승인을 기다립니다: {reason}", "en": "awaits approval: {reason}"},
    "gate.answered": {"ko": "{approval}: {reason}", "en": "{approval}: {reason}"},
    "gate.approved": {"ko": "{by} 승인{comment}", "en": "approved by {by}{comment}"},
    "gate.rejected": {"ko": "{by} 거절{comment}", "en": "rejected by {by}{comment}"},
    "gate.not_asked_yet": {"ko": "아직 응답이 없습니다", "en": "no answer yet"},
    "approval.timed_out": {"ko": "시간 초과로", "en": "timeout"},
    "approval.no_answer": {"ko": "{hours:g}시간 안에 응답이 없었습니다", "en": "no answer within {hours:g} hours"},
    "check.vocabulary": {"ko": "어휘", "en": "vocabulary"},
    "check.unknown_tokens": {"ko": "모르는 토큰", "en": "unknown_tokens"},
    "check.unknown_texts": {"ko": "모르는 문장", "en": "unknown_texts"},
    "check.truncated_texts": {"ko": "잘린 문장", "en": "truncated_texts"},
    "check.baseline": {"ko": "기준선", "en": "baseline"},
    "check.calibration": {"ko": "보정", "en": "calibration"},
    "check.latency_ms": {"ko": "응답 시간", "en": "latency_ms"},
    "check.size_mb": {"ko": "크기", "en": "size_mb"},
    "check.answers": {"ko": "응답", "en": "answers"},
    "check.taken_back": {"ko": "되돌림", "en": "taken_back"},
    "check.same_labels": {"ko": "같은 라벨", "en": "same_labels"},
    "check.same_columns": {"ko": "같은 문장 열", "en": "same_columns"},
    "check.unseen": {"ko": "처음 보는 문장", "en": "unseen"},
    "check.gain": {"ko": "향상", "en": "gain"},
    "check.gain_interval": {"ko": "향상 폭의 구간", "en": "gain_interval"},
    "check.recall": {"ko": "재현율", "en": "recall"},
    "check.approval": {"ko": "승인", "en": "approval"},
    "meaning.vocabulary": {
        "ko": "KoBERT 어휘의 토큰 번호가 문서와 같은지 (1 = 예)",
        "en": "whether KoBERT's vocabulary gives the documented ids (1 = yes)",
    },
    "meaning.other_vocabulary": {
        "ko": "토큰 번호가 문서화된 KoBERT 어휘인지 (1 = 예)",
        "en": "whether this is KoBERT's vocabulary, whose ids are documented (1 = yes)",
    },
    "meaning.unknown_tokens": {"ko": "전체 토큰 중 [UNK]의 비율", "en": "share of [UNK] among the tokens"},
    "meaning.unknown_texts": {
        "ko": "모든 토큰이 [UNK]인 문장의 비율",
        "en": "share of the texts without a known token",
    },
    "meaning.truncated_texts": {
        "ko": "{max_len}토큰에서 잘린 문장의 비율",
        "en": "share of the texts cut at {max_len} tokens",
    },
    "meaning.baseline": {
        "ko": "TF-IDF 기준선과의 macro-F1 차이, 대응 표본 95% 구간의 상한 "
        "({difference:+.4f}, {low:+.4f} ~ {high:+.4f})",
        "en": "upper end of the paired 95 % interval of macro-F1 less the TF-IDF baseline's "
        "({difference:+.4f}, {low:+.4f} to {high:+.4f})",
    },
    "meaning.calibration": {
        "ko": "검증 통합 문서의 보정 오차(ECE)",
        "en": "expected calibration error on the validation workbook",
    },
    "meaning.calibration_of_few": {
        "ko": "검증 통합 문서의 보정 오차(ECE). 문장이 적어 완벽하게 보정된 모델도 {max_ece:g}을(를) 넘을 수 있으므로, "
        "그런 모델이 스무 번 중 한 번만 넘는 값까지 허용",
        "en": "expected calibration error on the validation workbook; on so few sentences a perfectly calibrated model "
        "may exceed {max_ece:g} as well, so what it exceeds once in twenty times is allowed",
    },
    "meaning.latency_ms": {
        "ko": "문장 하나를 처리하는 데 코어 하나가 쓰는 시간 (ms, 중앙값)",
        "en": "ms of one core's time for one sentence (median)",
    },
    "meaning.size_mb": {"ko": "모델 파일의 크기 (MiB)", "en": "MiB of the model's files"},
    "meaning.answers": {
        "ko": "다시 불러온 버전이 예측한 문장 수 (전체 {asked}문장)",
        "en": "of {asked} sentences, those answered by the version after it was loaded back",
    },
    "meaning.taken_back": {
        "ko": "마지막 승격 이후 되돌린 횟수 (다시 승격하려면 `storyflower registry promote`)",
        "en": "times rolled back since it was last promoted (`storyflower registry promote` brings it back)",
    },
    "meaning.same_labels": {
        "ko": "챔피언의 라벨이 같은지 (1 = 예)",
        "en": "whether the champion knows the same labels (1 = yes)",
    },
    "meaning.same_columns": {
        "ko": "챔피언이 같은 문장 열을 읽는지 (1 = 예)",
        "en": "whether the champion reads the same text columns (1 = yes)",
    },
    "meaning.unseen": {
        "ko": "비교한 검증 문장 수 (챔피언이 학습한 {left_out:,}문장 제외)",
        "en": "validation sentences compared; {left_out:,} others are left out because the champion was trained on "
        "them",
    },
    "meaning.unseen_unknown": {
        "ko": "비교한 검증 문장 수 (챔피언의 학습 말뭉치가 남아 있지 않아, 챔피언이 학습한 문장이 섞여 있는지 알 수 "
        "없음)",
        "en": "validation sentences compared; the champion's training corpus is not kept here: whether it was trained "
        "on some of them is not known",
    },
    "meaning.gain": {"ko": "챔피언과의 macro-F1 차이", "en": "macro-F1 less the champion's"},
    "meaning.gain_interval": {
        "ko": "차이의 대응 표본 95% 구간의 하한 ({low:+.4f} ~ {high:+.4f})",
        "en": "lower end of the gain's paired 95 % interval ({low:+.4f} to {high:+.4f})",
    },
    "meaning.recall": {
        "ko": "재현율이 가장 많이 떨어진 감정: {label} {before:.3f} → {after:.3f}, {support}문장",
        "en": "largest fall of an emotion's recall: {label} {before:.3f} to {after:.3f}, {support} sentences",
    },
    "meaning.recall_of_few": {
        "ko": "재현율이 가장 많이 떨어진 감정: {label} {before:.3f} → {after:.3f}, {support}문장뿐이라 우연만으로도 "
        "{most:g}보다 더 떨어질 수 있음",
        "en": "largest fall of an emotion's recall: {label} {before:.3f} to {after:.3f}; on its {support} sentences "
        "chance explains more than {most:g}",
    },
    "verdict.passed": {"ko": "통과", "en": "passed"},
    "verdict.failed": {"ko": "미달", "en": "failed"},
    "verdict.not asked": {"ko": "조건 없음", "en": "no bound"},
    "rule.<=": {"ko": "{bound:g} 이하", "en": "≤ {bound:g}"},
    "rule.>=": {"ko": "{bound:g} 이상", "en": "≥ {bound:g}"},
    "rule.>": {"ko": "{bound:g} 초과", "en": "above {bound:g}"},
    "rule.required": {"ko": " (조건: {rule})", "en": " (required: {rule})"},
}
