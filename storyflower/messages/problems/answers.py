"""Problems with what a model is given to answer, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "input_form": {
        "ko": ("이 형식은 모델에 입력할 수 없습니다: {found}.", "{accepted}"),
        "en": ("the model cannot read this: {found}.", "{accepted}"),
    },
    "text_columns_missing": {
        "ko": ("문장 열이 없습니다: {missing}. 있는 열: {found}.", "{accepted}"),
        "en": ("text columns are missing: {missing}. Columns found: {found}.", "{accepted}"),
    },
    "not_a_text": {
        "ko": ("문장이 아닌 값입니다: {value} ({kind}).", "이 자리에 문장(문자열)을 넣거나 빼고 다시 입력하세요."),
        "en": ("this is not a text: {value} ({kind}).", "Put a text (a string) there, or leave it out."),
    },
    "text_blank": {
        "ko": ("문장이 비어 있습니다.", "이 자리에 문장을 넣거나 빼고 다시 입력하세요."),
        "en": ("there is no text.", "Put a text there, or leave it out."),
    },
    "bad_threshold": {
        "ko": ("확신도 기준은 0과 1 사이여야 합니다: {threshold}", "예: 0.6. 모든 문장에 답하게 하려면 빼세요."),
        "en": (
            "a confidence threshold lies between 0 and 1, not at {threshold}.",
            "Give a share such as 0.6, or none to have every text answered.",
        ),
    },
}
