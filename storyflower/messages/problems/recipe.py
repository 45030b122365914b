"""Problems with recipes and how they are given on the command line, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "preset_unknown": {
        "ko": ("{preset!r} 레시피가 없습니다.", "다음 중에서 고르거나 레시피 파일(이름.toml)을 지정하세요: {known}."),
        "en": ("there is no recipe {preset!r}.", "Choose one of these, or a recipe file (NAME.toml): {known}."),
    },
    "recipe_file_unreadable": {
        "ko": (
            "레시피 파일을 읽을 수 없습니다: {reason}.",
            "경로를 확인하세요. 새로 만들려면: storyflower init 통합문서.xlsx",
        ),
        "en": ("the recipe file cannot be read: {reason}.", "Check the path. To make one: storyflower init WORKBOOK"),
    },
    "recipe_file_not_toml": {
        "ko": (
            "레시피 파일이 TOML 형식이 아닙니다: {reason}.",
            '예: 첫 줄에 name = "best", 그 아래 [training] 표에 epochs = 5',
        ),
        "en": (
            "the recipe file is not TOML: {reason}.",
            'For example: name = "best" in the first line, and epochs = 5 in a table [training].',
        ),
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
    "init_suffix": {
        "ko": ("레시피 파일의 이름은 .toml로 끝나야 합니다.", "예: --out recipe.toml"),
        "en": ("the name of a recipe file ends in .toml.", "For example: --out recipe.toml"),
    },
    "init_exists": {
        "ko": ("파일이 이미 있습니다.", "--out으로 다른 이름을 고르거나 파일을 지우세요."),
        "en": ("the file exists already.", "Choose another name with --out, or delete it."),
    },
    "recipe_file_unwritable": {
        "ko": ("레시피 파일을 쓸 수 없습니다: {reason}.", "쓰기 권한이 있는 폴더를 --out으로 지정하세요."),
        "en": ("the recipe file cannot be written: {reason}.", "Name a place that you may write to with --out."),
    },
    "init_no_columns": {
        "ko": ("제목이 있는 열이 없습니다.", "첫 행에 열 제목을 적고 다시 실행하세요."),
        "en": ("no sheet has columns with titles.", "Write the titles of the columns into the first row."),
    },
    "init_no_sheet": {
        "ko": ("{sheet!r} 시트에 데이터가 없거나 그런 시트가 없습니다.", "데이터가 있는 시트: {sheets}"),
        "en": ("there is no sheet {sheet!r} with data.", "Sheets with data: {sheets}"),
    },
    "init_no_text": {
        "ko": ("문장이 있는 열을 찾지 못했습니다.", "--text 열 이름으로 지정하세요. 있는 열: {titles}"),
        "en": ("no column looks like one of texts.", "Name it: --text COLUMN. The columns are: {titles}"),
    },
    "init_no_label": {
        "ko": ("라벨이 있는 열을 정할 수 없습니다.", "--label 열 이름으로 지정하세요. 있는 열: {titles}"),
        "en": ("it is not clear which column holds the labels.", "Name it: --label COLUMN. The columns are: {titles}"),
    },
    "init_formulas": {
        "ko": (
            "{column!r} 열의 라벨이 값 없이 저장된 수식입니다.",
            "Excel이나 LibreOffice에서 열어 다시 저장하면 값이 함께 저장됩니다.",
        ),
        "en": (
            "the labels in column {column!r} are formulas that were saved without their values.",
            "Open the workbook in Excel or LibreOffice and save it: the values are then saved too.",
        ),
    },
    "init_one_label": {
        "ko": (
            "{column!r} 열에 서로 다른 라벨이 두 개 이상 있어야 합니다. 있는 값: {labels}",
            "다른 열을 고르세요: --label 열",
        ),
        "en": (
            "column {column!r} needs two different labels or more; it has: {labels}",
            "Choose another: --label COLUMN",
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
    "source_unfit": {
        "ko": ("{reason}", "--train, --validation, --unlabelled에 파일, 폴더 또는 주소를 지정하세요."),
        "en": ("{reason}", "Give files, folders or addresses to --train, --validation and --unlabelled."),
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
    "model_name_unfit": {
        "ko": (
            "{name!r}은(는) 모델 이름으로 쓸 수 없습니다. 이름은 비울 수 없고 /, :, @, 공백을 쓸 수 없습니다.",
            "예: --model storyflower-kobert",
        ),
        "en": (
            "a model cannot be named {name!r}: its name must not be empty, nor hold /, :, @ or blanks.",
            "For example: --model storyflower-kobert",
        ),
    },
    "setting_unfit": {
        "ko": ("{reason}", "환경 변수의 값을 고치거나 변수를 지우세요."),
        "en": ("{reason}", "Correct or unset the variable."),
    },
}
