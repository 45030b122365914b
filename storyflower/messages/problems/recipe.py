"""Problems with recipes and how they are given on the command line, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "preset_unknown": {
        "ko": ("{preset!r} 레시피가 없습니다.", "다음 중에서 고르세요: {known}."),
        "en": ("there is no recipe {preset!r}.", "Choose one of: {known}."),
    },
    "preset_is_no_field": {
        "ko": (
            "프리셋은 필드처럼 바꿀 수 없습니다. 이름만 바뀌고 값은 그대로 남기 때문입니다.",
            "프리셋 전체를 고르세요: --recipe {wanted}",
        ),
        "en": (
            "a preset is not changed like a field: its name alone would change, not its values.",
            "Choose the whole preset: --recipe {wanted}",
        ),
    },
    "change_malformed": {
        "ko": ("{change!r}은(는) '필드=값' 형식이 아닙니다.", "예: --set epochs=2"),
        "en": ("{change!r} is not of the form field=value.", "For example: --set epochs=2"),
    },
    "field_misspelt": {
        "ko": (
            "레시피에 {name!r} 필드가 없습니다.",
            "혹시 '{similar}'인가요? 전체 목록: storyflower train --fields",
        ),
        "en": (
            "the recipe has no field {name!r}.",
            "Did you mean '{similar}'? All fields: storyflower train --fields",
        ),
    },
    "field_unknown": {
        "ko": ("레시피에 {name!r} 필드가 없습니다.", "전체 목록: storyflower train --fields"),
        "en": ("the recipe has no field {name!r}.", "All fields: storyflower train --fields"),
    },
    "workbooks_not_given": {
        "ko": (
            "학습할 통합 문서를 지정하지 않았습니다.",
            "storyflower train --train 학습.xlsx --validation 검증.xlsx",
        ),
        "en": (
            "no training workbook is given.",
            "storyflower train --train TRAINING.xlsx --validation VALIDATION.xlsx",
        ),
    },
    "disk_small": {
        "ko": (
            "이 학습에는 디스크 공간이 약 {needed:.1f} GiB 필요한데 {free:.1f} GiB만 남아 있습니다.",
            "공간을 확보하거나(storyflower prune) STORYFLOWER_HOME을 더 큰 디스크의 폴더로 지정하세요.",
        ),
        "en": (
            "this training needs about {needed:.1f} GiB of disk space, and {free:.1f} GiB are free.",
            "Make room (storyflower prune), or set STORYFLOWER_HOME to a folder on a larger disk.",
        ),
    },
    "value_unfit": {
        "ko": ("{reason}", "각 필드의 뜻과 값: storyflower train --fields"),
        "en": ("{reason}", "The fields and their meaning: storyflower train --fields"),
    },
    "setting_unfit": {
        "ko": ("{reason}", "환경 변수의 값을 고치거나 변수를 지우세요."),
        "en": ("{reason}", "Correct or unset the variable."),
    },
}
