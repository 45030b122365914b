"""Words and sentences of versions and of the champion's history, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "as_written": {"ko": "{text}", "en": "{text}"},
    "promoted": {"ko": "챔피언", "en": "champion"},
    "not_promoted": {"ko": "챔피언이 아님", "en": "not promoted"},
    "awaiting": {"ko": "승인을 기다림", "en": "awaits approval"},
    "version_summary": {"ko": "버전 {version}, {outcome}: {reason}", "en": "version {version}, {outcome}: {reason}"},
    "move.promotion": {"ko": "승격", "en": "promotion"},
    "move.rollback": {"ko": "되돌림", "en": "rollback"},
    "move.found": {"ko": "밖에서 옮김", "en": "found"},
    "move.elsewhere": {
        "ko": "별칭이 이력의 마지막 위치에 있지 않았습니다",
        "en": "the alias was not where the history had left it",
    },
    "move.unknown": {"ko": "알 수 없음", "en": "unknown"},
    "move.no_reason": {"ko": "사유 없음", "en": "no reason given"},
    "registry.model_description": {
        "ko": "한국어 대화의 감정을 분류하는 모델입니다. StoryFlower가 학습하고 등록했습니다.",
        "en": "Classifies the emotion of Korean dialogue. StoryFlower trained and registered it.",
    },
    "registry.no_version": {"ko": "없음", "en": "none"},
    "registry.version": {"ko": "버전", "en": "version"},
    "registry.alias": {"ko": "별칭", "en": "alias"},
    "registry.accuracy": {"ko": "정확도", "en": "accuracy"},
    "registry.baseline": {"ko": "기준선", "en": "baseline"},
    "registry.registered": {"ko": "등록", "en": "registered"},
    "registry.decision": {"ko": "판정", "en": "decision"},
    "registry.decisions_in_full": {
        "ko": "판정의 이유와 수치: `storyflower registry why 버전`",
        "en": "reasons and figures of a decision: `storyflower registry why VERSION`",
    },
    "registry.other_sentences": {
        "ko": "* 챔피언과 다른 검증 문장에서 잰 값이므로 비교할 수 없습니다",
        "en": "* measured on other validation sentences than the champion: not to be compared",
    },
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
    "registry.what": {"ko": "항목", "en": "field"},
    "registry.value": {"ko": "값", "en": "value"},
    "registry.of_version": {"ko": "버전 {version}", "en": "version {version}"},
    "registry.of_model": {"ko": "{model} 버전 {version}", "en": "{model} version {version}"},
    "registry.not_the_same_sentences": {
        "ko": "서로 다른 검증 문장으로 평가했으므로 수치를 비교할 수 없습니다. 게이트가 버전을 그때의 챔피언과 같은 "
        "문장으로 비교한 결과는 `storyflower registry why`로 볼 수 있습니다",
        "en": "evaluated on different validation sentences: their figures cannot be compared. How the gate compared a "
        "version with the champion of that time on the same sentences: `storyflower registry why`",
    },
    "registry.paired": {
        "ko": "같은 {n:,}문장에서 버전 {one} − 버전 {other}: macro-F1 {f1:+.4f} (95% 구간 {low:+.4f} ~ {high:+.4f}, "
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
    "registry.required": {"ko": "조건", "en": "required"},
    "registry.meaning": {"ko": "무엇을 쟀는지", "en": "what the figure is"},
    "registry.when": {"ko": "언제", "en": "when"},
    "registry.move": {"ko": "종류", "en": "move"},
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
    "registry.promoted": {"ko": "승격함", "en": "promoted"},
    "registry.not_promoted": {"ko": "승격하지 않음", "en": "not promoted"},
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
