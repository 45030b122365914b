"""Words and sentences of versions, the gate, verdicts, history, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "as_written": {"ko": "{text}", "en": "{text}"},
    # -- what the gate decides
    "gate.first": {
        "ko": "첫 챔피언: macro-F1 {macro_f1:.4f}, 이전 챔피언은 없었습니다",
        "en": "first champion: macro-F1 {macro_f1:.4f}, and there was none before",
    },
    "gate.refused": {"ko": "승격하지 않음: {checks}", "en": "refused: {checks}"},
    "gate.broken": {"ko": "{name} {figure:g} (조건: {rule})", "en": "{name} {figure:g} (asked: {rule})"},
    "gate.better": {"ko": "더 좋음: {figures}", "en": "better: {figures}"},
    "gate.not_better": {"ko": "더 좋지 않음: {figures}; {checks}", "en": "not better: {figures}; {checks}"},
    "gate.refused_against": {"ko": "승격하지 않음: {figures}; {checks}", "en": "refused: {figures}; {checks}"},
    "gate.seen_all": {
        "ko": "비교할 수 없음: 챔피언 버전 {champion}이(가) 검증 문장을 모두 학습에 썼습니다",
        "en": "not comparable: champion version {champion} was trained on every one of the validation sentences",
    },
    "gate.other_labels": {
        "ko": "비교할 수 없음: 챔피언 버전 {champion}은(는) 라벨이 다릅니다. `--model 다른이름`으로 따로 등록하거나, "
        "이 버전을 쓰려면 `storyflower registry promote {version} --model {model}`로 승격하세요",
        "en": "not comparable: champion version {champion} has other labels. Register under another name with "
        "`--model NAME`, or make this version the champion with `storyflower registry promote {version} --model "
        "{model}`",
    },
    "gate.figures": {
        "ko": "같은 검증 통합 문서{less}에서 macro-F1 {ours:.4f}, 챔피언 버전 {champion}은(는) {theirs:.4f} "
        "(차이 {difference:+.4f}, 짝지은 95 % 구간 {low:+.4f} ~ {high:+.4f})",
        "en": "macro-F1 {ours:.4f} against {theirs:.4f} of champion version {champion} on the same validation "
        "workbook{less} ({difference:+.4f}, paired 95 % interval {low:+.4f} to {high:+.4f})",
    },
    "gate.less": {
        "ko": "(챔피언이 학습한 {left_out:,}문장 제외)",
        "en": " less {left_out:,} sentences that it was trained on",
    },
    "gate.less_nothing": {"ko": "", "en": ""},
    "gate.already": {"ko": "버전 {version}은(는) 이미 챔피언입니다", "en": "version {version} is the champion already"},
    "gate.move_failed": {
        "ko": "별칭을 옮기지 못해 챔피언이 그대로입니다: {reason}",
        "en": "the move failed, and the champion stayed: {reason}",
    },
    "gate.awaits": {"ko": "승인을 기다립니다: {reason}", "en": "awaits approval: {reason}"},
    "gate.answered": {"ko": "{approval}: {reason}", "en": "{approval}: {reason}"},
    "gate.approved": {"ko": "{by} 승인{comment}", "en": "approved by {by}{comment}"},
    "gate.rejected": {"ko": "{by} 거절{comment}", "en": "rejected by {by}{comment}"},
    "gate.not_asked_yet": {"ko": "아직 답이 없습니다", "en": "awaited"},
    "approval.nobody": {"ko": "응답 없음으로", "en": "nobody"},
    "approval.no_answer": {"ko": "{hours:g}시간 안에 답이 없었습니다", "en": "no answer within {hours:g} hours"},
    # -- the checks: names
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
    "check.unseen": {"ko": "처음 보는 문장", "en": "unseen"},
    "check.gain": {"ko": "향상", "en": "gain"},
    "check.gain_interval": {"ko": "향상의 구간", "en": "gain_interval"},
    "check.recall": {"ko": "재현율", "en": "recall"},
    "check.approval": {"ko": "승인", "en": "approval"},
    # -- the checks: what the figure is
    "meaning.vocabulary": {
        "ko": "KoBERT 어휘가 문서에 적힌 토큰 번호를 내는지 (1 = 예)",
        "en": "whether KoBERT's vocabulary gives the documented ids (1 = yes)",
    },
    "meaning.other_vocabulary": {
        "ko": "토큰 번호가 문서에 적힌 KoBERT 어휘인지 (1 = 예)",
        "en": "whether this is KoBERT's vocabulary, whose ids are documented (1 = yes)",
    },
    "meaning.unknown_tokens": {"ko": "토큰 가운데 [UNK]의 비율", "en": "share of [UNK] among the tokens"},
    "meaning.unknown_texts": {
        "ko": "아는 토큰이 하나도 없는 문장의 비율",
        "en": "share of the texts without a known token",
    },
    "meaning.truncated_texts": {
        "ko": "{max_len}토큰에서 잘린 문장의 비율",
        "en": "share of the texts cut at {max_len} tokens",
    },
    "meaning.baseline": {
        "ko": "macro-F1에서 TF-IDF 기준선을 뺀 값의 짝지은 95 % 구간 위쪽 끝 "
        "({difference:+.4f}, {low:+.4f} ~ {high:+.4f})",
        "en": "upper end of the paired 95 % interval of macro-F1 less the TF-IDF baseline's "
        "({difference:+.4f}, {low:+.4f} to {high:+.4f})",
    },
    "meaning.calibration": {
        "ko": "검증 통합 문서의 보정 오차(ECE)",
        "en": "expected calibration error on the validation workbook",
    },
    "meaning.latency_ms": {
        "ko": "한 문장에 쓰는 코어 하나의 시간 (ms, 중앙값)",
        "en": "ms of one core's time for one sentence (median)",
    },
    "meaning.size_mb": {"ko": "모델 파일의 크기 (MiB)", "en": "MiB of the model's files"},
    "meaning.answers": {
        "ko": "다시 불러온 버전이 {asked}문장 가운데 답한 문장 수",
        "en": "of {asked} sentences, those answered by the version after it was loaded back",
    },
    "meaning.taken_back": {
        "ko": "마지막 승격 뒤 되돌린 횟수 (`storyflower registry promote`로 다시 승격합니다)",
        "en": "times rolled back since it was last promoted (`storyflower registry promote` brings it back)",
    },
    "meaning.same_labels": {
        "ko": "챔피언의 라벨이 같은지 (1 = 예)",
        "en": "whether the champion knows the same labels (1 = yes)",
    },
    "meaning.unseen": {
        "ko": "비교한 검증 문장 수; 챔피언이 학습한 {left_out:,}문장은 뺐습니다",
        "en": "validation sentences compared; {left_out:,} others are left out because the champion was trained on "
        "them",
    },
    "meaning.unseen_unknown": {
        "ko": "비교한 검증 문장 수; 챔피언의 학습 말뭉치가 여기 없어 그 가운데 학습한 문장이 있는지 알 수 없습니다",
        "en": "validation sentences compared; the champion's training corpus is not kept here: whether it was trained "
        "on some of them is not known",
    },
    "meaning.gain": {"ko": "macro-F1에서 챔피언의 값을 뺀 차이", "en": "macro-F1 less the champion's"},
    "meaning.gain_interval": {
        "ko": "차이의 짝지은 95 % 구간 아래쪽 끝 ({low:+.4f} ~ {high:+.4f})",
        "en": "lower end of the gain's paired 95 % interval ({low:+.4f} to {high:+.4f})",
    },
    "meaning.recall": {
        "ko": "재현율이 가장 많이 떨어진 감정: {label} {before:.3f} → {after:.3f}, {support}문장",
        "en": "largest fall of an emotion's recall: {label} {before:.3f} to {after:.3f}, {support} sentences",
    },
    # -- verdicts and bounds
    "verdict.passed": {"ko": "통과", "en": "passed"},
    "verdict.failed": {"ko": "미달", "en": "failed"},
    "verdict.not asked": {"ko": "조건 없음", "en": "not asked"},
    "rule.<=": {"ko": "{bound:g} 이하", "en": "≤ {bound:g}"},
    "rule.>=": {"ko": "{bound:g} 이상", "en": "≥ {bound:g}"},
    "rule.>": {"ko": "{bound:g} 초과", "en": "above {bound:g}"},
    "rule.asked": {"ko": " (조건: {rule})", "en": " (asked: {rule})"},
    "promoted": {"ko": "챔피언", "en": "champion"},
    "not_promoted": {"ko": "챔피언이 아님", "en": "not promoted"},
    "awaiting": {"ko": "승인을 기다림", "en": "awaits approval"},
    "version_told": {"ko": "버전 {version}, {outcome}: {reason}", "en": "version {version}, {outcome}: {reason}"},
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
    # -- the alias and its history
    "move.promotion": {"ko": "승격", "en": "promotion"},
    "move.rollback": {"ko": "되돌림", "en": "rollback"},
    "move.found": {"ko": "밖에서 옮김", "en": "found"},
    "move.elsewhere": {
        "ko": "별칭이 이력의 마지막 위치에 있지 않았습니다",
        "en": "the alias was not where the history had left it",
    },
    "move.unknown": {"ko": "알 수 없음", "en": "unknown"},
    "move.no_reason": {"ko": "사유 없음", "en": "no reason given"},
    # -- the registry's commands
    "registry.version": {"ko": "버전", "en": "version"},
    "registry.alias": {"ko": "별칭", "en": "alias"},
    "registry.accuracy": {"ko": "정확도", "en": "accuracy"},
    "registry.baseline": {"ko": "기준선", "en": "baseline"},
    "registry.registered": {"ko": "등록", "en": "registered"},
    "registry.decision": {"ko": "판정", "en": "decision"},
    "registry.none": {
        "ko": "{model}에 등록된 버전이 없습니다.{others}",
        "en": "{model} has no version.{others}",
    },
    "registry.others": {
        "ko": " 다른 모델: {names} (`--model 이름`으로 봅니다)",
        "en": " Other models: {names} (`--model NAME` shows them)",
    },
    "registry.described": {
        "ko": "macro-F1 {macro_f1:.4f} (기준선 {baseline_macro_f1:.4f}), 정확도 {accuracy:.4f} "
        "(기준선 {baseline_accuracy:.4f}), 검증 통합 문서",
        "en": "macro-F1 {macro_f1:.4f} (baseline {baseline_macro_f1:.4f}), accuracy {accuracy:.4f} "
        "(baseline {baseline_accuracy:.4f}) on the validation workbook",
    },
    "registry.what": {"ko": "항목", "en": "what"},
    "registry.value": {"ko": "값", "en": "value"},
    "registry.of_version": {"ko": "버전 {version}", "en": "version {version}"},
    "registry.of_model": {"ko": "{model} 버전 {version}", "en": "{model} version {version}"},
    "registry.not_the_same_sentences": {
        "ko": "서로 다른 검증 문장으로 평가했으므로 수치를 비교할 수 없습니다",
        "en": "evaluated on different validation sentences: their figures cannot be compared",
    },
    "registry.paired": {
        "ko": "같은 {n:,}문장에서 버전 {one} − 버전 {other}: macro-F1 {f1:+.4f} (95 % 구간 {low:+.4f} ~ {high:+.4f}, "
        "p {f1_p:.2g}), 정확도 {accuracy:+.4f} (p {accuracy_p:.2g}); {one}만 맞힌 문장 {only_one:,}개, {other}만 맞힌 "
        "문장 {only_other:,}개",
        "en": "on the same {n:,} sentences, version {one} less version {other}: macro-F1 {f1:+.4f} (95 % interval "
        "{low:+.4f} to {high:+.4f}, p {f1_p:.2g}), accuracy {accuracy:+.4f} (p {accuracy_p:.2g}); only {one} is right "
        "{only_one:,} times, only {other} {only_other:,}",
    },
    "registry.emotion": {"ko": "감정", "en": "emotion"},
    "registry.sentences": {"ko": "문장 수", "en": "sentences"},
    "registry.recall_of": {"ko": "{version}의 재현율", "en": "recall of {version}"},
    "registry.difference": {"ko": "차이", "en": "difference"},
    "registry.check": {"ko": "검사", "en": "check"},
    "registry.verdict": {"ko": "결과", "en": "verdict"},
    "registry.figure": {"ko": "수치", "en": "figure"},
    "registry.asked": {"ko": "조건", "en": "asked"},
    "registry.meaning": {"ko": "무엇을 쟀는지", "en": "what the figure is"},
    "registry.when": {"ko": "언제", "en": "when"},
    "registry.move": {"ko": "무엇", "en": "what"},
    "registry.from": {"ko": "이전", "en": "from"},
    "registry.to": {"ko": "이후", "en": "to"},
    "registry.by": {"ko": "누가", "en": "by"},
    "registry.why": {"ko": "왜", "en": "why"},
    "registry.moved": {
        "ko": "버전 {version}이(가) 챔피언입니다{before}. 불러와서 답하는 것을 확인했습니다",
        "en": "version {version} is the champion{before}; it was loaded and answered",
    },
    "registry.before": {"ko": " (이전: 버전 {version})", "en": " (before: version {version})"},
    "fact.aliases": {"ko": "별칭", "en": "aliases"},
    "fact.created": {"ko": "등록", "en": "registered"},
    "fact.promoted": {"ko": "승격", "en": "promoted"},
    "fact.reason": {"ko": "판정", "en": "decision"},
    "fact.run_id": {"ko": "MLflow 실행", "en": "MLflow run"},
    "fact.source": {"ko": "모델 파일", "en": "source"},
    "yes": {"ko": "예", "en": "yes"},
    "no": {"ko": "아니요", "en": "no"},
    "figure.macro_f1": {"ko": "macro-F1", "en": "macro-F1"},
    "figure.accuracy": {"ko": "정확도", "en": "accuracy"},
    "figure.baseline_macro_f1": {"ko": "기준선 macro-F1", "en": "baseline macro-F1"},
    "figure.latency_ms": {"ko": "응답 시간 (ms)", "en": "latency (ms)"},
    "figure.size_mb": {"ko": "크기 (MiB)", "en": "size (MiB)"},
}
