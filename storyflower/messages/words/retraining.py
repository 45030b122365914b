"""Words and sentences of a retraining: why it trains or not, and drift, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- whether there is anything to train
    "retrain.no_champion": {"ko": "아직 챔피언이 없습니다", "en": "there is no champion yet"},
    "retrain.unchanged": {
        "ko": "챔피언 버전 {version}을(를) 학습한 이후 바뀐 것이 없습니다",
        "en": "nothing changed since champion version {version} was trained",
    },
    "retrain.changed": {
        "ko": "챔피언 버전 {version}을(를) 학습한 이후 바뀐 것: {parts}",
        "en": "changed since champion version {version}: {parts}",
    },
    "retrain.run_gone": {
        "ko": "챔피언 버전 {version}의 실행이 삭제되어, 무엇으로 학습했는지 알 수 없습니다",
        "en": "it is not known what champion version {version} was made of: its run is gone",
    },
    "retrain.same_version": {
        "ko": "바뀐 것이 없습니다: 같은 통합 문서, 레시피, 코드로 만든 버전 {version}이(가) 있습니다({verdict})",
        "en": "nothing changed since version {version} was made of the same workbooks, recipe and code ({verdict})",
    },
    "retrain.is_champion": {"ko": "현재 챔피언", "en": "it is the champion"},
    "retrain.was_champion": {"ko": "이전 챔피언", "en": "it was the champion before"},
    "retrain.judged": {"ko": "판정: {decision}", "en": "decision: {decision}"},
    "retrain.other_champion": {
        "ko": "같은 통합 문서, 레시피, 코드로 만든 버전 {version}이(가) 있지만, 다른 챔피언과 비교한 것입니다",
        "en": "version {version} was made of the same workbooks, recipe and code, but was compared with another "
        "champion",
    },
    "lineage.training_sha256": {"ko": "학습 통합 문서", "en": "training workbooks"},
    "lineage.validation_sha256": {"ko": "검증 통합 문서", "en": "validation workbooks"},
    "lineage.recipe_digest": {"ko": "레시피", "en": "recipe"},
    "lineage.unlabelled_sha256": {"ko": "라벨 없는 문장 파일", "en": "files of texts without labels"},
    "lineage.encoder_digest": {"ko": "인코더", "en": "encoder"},
    "lineage.code_digest": {"ko": "코드", "en": "code"},
    # -- drift
    "drift.summary": {
        "ko": "챔피언 버전 {version} 이후 변화 {reading}: {figures}",
        "en": "{reading} since champion version {version}: {figures}",
    },
}
