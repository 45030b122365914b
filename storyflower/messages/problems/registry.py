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
