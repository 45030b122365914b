"""Problems with what a model is given to answer, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "input_form": {
        "ko": ("이 형식은 모델에 입력할 수 없습니다: {found}.", "{accepted}"),
        "en": ("the model cannot read this: {found}.", "{accepted}"),
    },
    "columns_not_read": {
        "ko": (
            "표에 모델이 읽는 열이 없습니다. MLflow를 거치면 다른 이름의 열은 MLflow의 경고에만 나오고 모델에 "
            "전달되지 않습니다.",
            "문장이 있는 열의 이름을 'text'로 바꾸거나, `series.tolist()`처럼 문장의 목록으로 입력하세요. {accepted}",
        ),
        "en": (
            "the table has no column that the model reads. MLflow passes on no columns of other names; its warning "
            "names them.",
            "Rename the column of the texts to 'text', or give them as a list, such as `series.tolist()`. {accepted}",
        ),
    },
    "text_columns_missing": {
        "ko": ("문장 열이 없습니다: {missing}. 있는 열: {found}.", "{accepted}"),
        "en": ("text columns are missing: {missing}. Columns found: {found}.", "{accepted}"),
    },
    "not_a_text": {
        "ko": (
            "값이 문장(문자열)이 아닙니다: {value} ({kind}).",
            "이 위치의 값을 문장으로 바꾸거나 빼고 다시 입력하세요.",
        ),
        "en": ("this is not a text: {value} ({kind}).", "Put a text (a string) there, or leave it out."),
    },
    "text_blank": {
        "ko": ("문장이 비어 있습니다.", "이 위치에 문장을 넣거나 빈 값을 빼고 다시 입력하세요."),
        "en": ("there is no text.", "Put a text there, or leave it out."),
    },
    "bad_threshold": {
        "ko": (
            "확신도 기준은 0과 1 사이여야 합니다: {threshold}",
            "예: 0.6. 모든 문장의 감정을 예측하려면 기준을 지정하지 마세요.",
        ),
        "en": (
            "a confidence threshold lies between 0 and 1, not at {threshold}.",
            "Give a share such as 0.6, or none to have every text answered.",
        ),
    },
    # -- the predict command
    "no_sentence": {
        "ko": ("문장이 없습니다.", '예: storyflower predict "오늘 정말 기뻤어."'),
        "en": ("no sentence was given.", 'For example: storyflower predict "오늘 정말 기뻤어."'),
    },
    "no_sentence_in_input": {
        "ko": ("문장이 없습니다.", "한 줄에 한 문장씩 입력하세요."),
        "en": ("it holds no sentence.", "Write one sentence a line."),
    },
    "input_encoding": {
        "ko": (
            "텍스트의 인코딩을 알 수 없습니다(UTF-8, UTF-16, CP949 모두 아님).",
            "UTF-8로 저장한 뒤 다시 입력하세요.",
        ),
        "en": ("it is in none of the encodings UTF-8, UTF-16 and CP949.", "Save it as UTF-8 and try again."),
    },
    "table_as_sentence": {
        "ko": (
            "문장이 아니라 파일 이름입니다. predict는 문장만 읽습니다.",
            "파일의 모든 행을 예측하려면: {command}",
        ),
        "en": (
            "this is a file's name, not a sentence: predict reads sentences alone.",
            "To have every row of a file answered: {command}",
        ),
    },
    "file_as_sentence": {
        "ko": (
            "문장이 아니라 파일 이름입니다.",
            "한 줄에 한 문장씩 있는 파일이면 표준 입력으로 전달하세요: storyflower predict < {name}",
        ),
        "en": (
            "this is a file's name, not a sentence.",
            "A file with one sentence a line goes to standard input: storyflower predict < {name}",
        ),
    },
}
