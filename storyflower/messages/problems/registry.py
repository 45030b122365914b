"""Problems with registered models, their versions and aliases, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "no_model_yet": {
        "ko": (
            "등록된 모델이 아직 없습니다",
            "`storyflower train`으로 학습하거나 `make demo`로 데모 모델을 만드세요. "
            "모델이 있는 폴더는 STORYFLOWER_HOME으로 정합니다.",
        ),
        "en": (
            "no such registered model: there is none yet",
            "Train one with `storyflower train`, or make the demo's with `make demo`. "
            "STORYFLOWER_HOME is the folder of all models.",
        ),
    },
    "no_champion_yet": {
        "ko": (
            "모델 {name}에 등록된 버전은 있지만 지금 챔피언(@champion)은 없습니다",
            "`storyflower registry list --model {name}`으로 버전을 보고, `storyflower registry why 버전 --model {name}`"
            "으로 승격되지 않은 이유를 확인하세요. `storyflower predict --model {name}/버전`은 그 버전으로 예측하고, "
            "`storyflower registry promote 버전 --model {name}`은 그 버전을 직접 승격합니다.",
        ),
        "en": (
            "model {name} has registered versions, but none is champion now (there is no alias @champion)",
            "`storyflower registry list --model {name}` lists them, and `storyflower registry why VERSION --model "
            "{name}` explains why one was not promoted. `storyflower predict --model {name}/VERSION` asks one, and "
            "`storyflower registry promote VERSION --model {name}` makes it the champion by hand.",
        ),
    },
    "no_such_alias": {
        "ko": (
            "모델 {name}에 그런 별칭이 없습니다. 있는 별칭: {aliases}",
            "있는 별칭이나 버전 번호를 쓰세요. 버전은 `storyflower registry list --model {name}`으로 볼 수 있습니다.",
        ),
        "en": (
            "model {name} has no such alias. Its aliases: {aliases}",
            "Name one of them, or a version by its number: `storyflower registry list --model {name}` lists them.",
        ),
    },
    "no_such_model": {
        "ko": (
            "{name}(이)라는 등록된 모델이 없습니다",
            "챔피언이 있는 다른 모델로 예측하려면 `--model {other}@champion`을 쓰세요. `storyflower train`으로 새로 "
            "학습합니다.",
        ),
        "en": (
            "there is no registered model {name}",
            "`--model {other}@champion` asks the champion of another model; `storyflower train` trains one.",
        ),
    },
    "version_unknown": {
        "ko": (
            "버전 {version!r}이(가) 없습니다.",
            "`storyflower registry list --model {name}`으로 버전을 확인하세요. 모델이 있는 폴더는 STORYFLOWER_HOME으로 "
            "정합니다.",
        ),
        "en": (
            "there is no version {version!r}.",
            "`storyflower registry list --model {name}` shows the versions; STORYFLOWER_HOME is the folder that holds "
            "them.",
        ),
    },
    "run_of_version_gone": {
        "ko": (
            "버전 {version}의 MLflow 실행이 삭제되어 레시피와 예측 결과를 알 수 없습니다.",
            "`storyflower registry show {version} --model {name}`으로 남아 있는 내용을 확인하세요.",
        ),
        "en": (
            "the run of version {version} is gone, and with it its recipe and its answers.",
            "`storyflower registry show {version} --model {name}` shows what is left.",
        ),
    },
    "checks_unreadable": {
        "ko": (
            "버전 {version}의 검사표를 읽을 수 없습니다: {reason}",
            "파일이 없어졌다면 다시 학습하세요. 버전을 새로 판정합니다.",
        ),
        "en": (
            "the table of checks of version {version} cannot be read: {reason}",
            "If the file is gone, training again judges the version anew.",
        ),
    },
    "no_checks": {
        "ko": (
            "버전 {version}에는 검사표가 없습니다.",
            "검사표가 도입되기 전에 등록되었거나 MLflow 실행이 삭제되었습니다. 다시 학습하면 판정합니다.",
        ),
        "en": (
            "version {version} has no table of checks.",
            "It was registered before there were any, or its run was deleted; training again judges it.",
        ),
    },
    "no_former_champion": {
        "ko": (
            "되돌릴 이전 챔피언이 없습니다.",
            "`storyflower registry list --model {name}`으로 버전을 보고 `--to 버전`으로 지정하세요.",
        ),
        "en": (
            "there is no former champion to go back to.",
            "`storyflower registry list --model {name}` shows the versions; `--to V` names one.",
        ),
    },
    "champion_already": {
        "ko": ("버전 {version}은(는) 이미 챔피언입니다.", "바꿀 것이 없습니다."),
        "en": ("version {version} is the champion already.", "Nothing needs to change."),
    },
    "no_probabilities": {
        "ko": (
            "등록한 버전을 다시 불러왔지만 라벨별 확률이 나오지 않습니다.",
            "챔피언은 그대로입니다. 실행 로그와 함께 문제를 알려 주세요.",
        ),
        "en": (
            "it was loaded back and does not answer with probabilities over its labels.",
            "The champion stays as it was. Report this with the run's log.",
        ),
    },
}
