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
            "등록된 버전은 있지만 그런 버전이나 별칭은 없습니다. 챔피언이 아직 없습니다",
            "`storyflower registry list --model {name}`으로 버전을 보고, `storyflower registry why 버전`으로 "
            "승격되지 않은 이유를 확인하세요. `storyflower predict --model 버전`은 그 버전에 묻고, "
            "`storyflower registry promote 버전`은 직접 승격합니다.",
        ),
        "en": (
            "there are registered versions, but no such version or alias: none is champion yet",
            "`storyflower registry list --model {name}` lists them, and `storyflower registry why VERSION` says why "
            "one was not promoted. `storyflower predict --model VERSION` asks one, and "
            "`storyflower registry promote VERSION` makes it the champion by hand.",
        ),
    },
    "no_such_version": {
        "ko": (
            "등록된 모델에 그런 버전이나 별칭이 없습니다",
            "챔피언이 있는 다른 모델에 물으려면 `--model {other}`를 쓰세요. "
            "`storyflower registry list --model {name}`으로 버전을 볼 수 있고, `storyflower train`으로 새로 "
            "학습합니다.",
        ),
        "en": (
            "no such registered model, version or alias",
            "`--model {other}` asks the champion of another model. `storyflower registry list --model {name}` lists "
            "the versions, `storyflower train` trains one.",
        ),
    },
}
