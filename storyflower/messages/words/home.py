"""Log lines about the home's database and the files of versions, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "log.not_pruned_outside": {
        "ko": "{path}: 심볼릭 링크가 홈 폴더 밖({target})을 가리키므로 지우지 않습니다.",
        "en": "{path}: it leads out of the home by a symbolic link, to {target}, and is not removed",
    },
    "log.files_not_removed_outside": {
        "ko": "{address}: 홈 폴더 밖에 있는 파일이므로 지우지 않습니다.",
        "en": "{address}: these files lie outside the home and are not removed",
    },
    "log.store_made_again": {
        "ko": "{database}: 만들다가 중단된 데이터베이스입니다. 아직 아무 기록이 없어 새로 만들었습니다.",
        "en": "{database}: its making had been interrupted; nothing was recorded in it yet, so it was made anew",
    },
    "log.files_put_back": {
        "ko": "버전 {version}: 등록할 때와 다른 파일을 stages의 원본으로 복구했습니다. {files}",
        "en": "version {version}: files that were not as registered were restored from stages: {files}",
    },
    "log.history_unreadable": {
        "ko": "{name}의 챔피언 이력에서 읽을 수 없는 기록을 건너뜁니다. 태그: {tag}",
        "en": "a record of the champions of {name} cannot be read and is left out: tag {tag}",
    },
    "log.champion_not_compared": {
        "ko": "챔피언 버전 {version}과(와) 비교할 수 없습니다: {reason}",
        "en": "champion version {version} cannot be compared: {reason}",
    },
    "log.version_registered_again": {
        "ko": "버전 {version}: 같은 모델이지만 파일을 복구할 수 없어 새 버전으로 등록합니다: {reason}",
        "en": "version {version} is the same model, but its files cannot be restored: it is registered anew: {reason}",
    },
    "files.missing": {"ko": "없음: {names}", "en": "missing: {names}"},
    "files.altered": {"ko": "내용이 다름: {names}", "en": "altered: {names}"},
    "gate.champion_broken": {
        "ko": "{outcome}. 챔피언 버전 {champion}과(와) 비교하지 못했습니다: {reason}",
        "en": "{outcome}. Not compared with champion version {champion}: {reason}",
    },
    "gate.absolute": {
        "ko": "모든 절대 기준 통과: macro-F1 {macro_f1:.4f}",
        "en": "every absolute check passed: macro-F1 {macro_f1:.4f}",
    },
    "retrain.champion_broken": {
        "ko": "챔피언 버전 {version}을(를) 쓸 수 없습니다: {reason}",
        "en": "champion version {version} cannot be used: {reason}",
    },
    "setting.model_unfit": {
        "ko": "모델 이름 {name!r}에 쓸 수 없는 문자(/, :, @, 공백)가 있습니다",
        "en": "a model cannot be named {name!r}: its name must not hold /, :, @ or blanks",
    },
    "setting.home_misread": {
        "ko": "경로 {home}에 MLflow가 잘못 해석하는 문자 '{characters}'이(가) 들어 있습니다. 이 문자가 없는 폴더를 "
        "지정하세요",
        "en": "the path {home} contains '{characters}', which MLflow misreads; name a folder without it",
    },
}
