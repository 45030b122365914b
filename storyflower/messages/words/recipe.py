"""What is wrong with a field of the recipe or a setting, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "field.between": {
        "ko": "{field}의 값은 {low}에서 {high} 사이여야 합니다",
        "en": "{field} must lie between {low} and {high}",
    },
    "field.positive": {"ko": "{field}의 값은 0보다 커야 합니다", "en": "{field} must be positive"},
    "field.not_negative": {"ko": "{field}의 값은 음수일 수 없습니다", "en": "{field} must not be negative"},
    "field.at_least": {"ko": "{field}의 값은 {low} 이상이어야 합니다", "en": "{field} must be at least {low}"},
    "field.multiple": {"ko": "{field}의 값은 {of}의 배수여야 합니다", "en": "{field} must be a multiple of {of}"},
    "field.no_column": {
        "ko": "{field}에는 열 이름이 하나 이상 있어야 합니다",
        "en": "{field} must name at least one column",
    },
    "field.labels": {
        "ko": "{field}에는 서로 다른 레이블이 둘 이상 있어야 합니다",
        "en": "{field} must name two or more distinct labels",
    },
    "field.nbest": {
        "ko": "{field}의 값은 -1이거나 2에서 512 사이여야 합니다",
        "en": "{field} must be -1 or lie between 2 and 512",
    },
    "field.encoder": {
        "ko": "{field}에는 폴더나 허브 id를 써야 합니다",
        "en": "{field} must name a directory or a hub id",
    },
    "field.int": {"ko": "정수여야 합니다", "en": "must be a whole number"},
    "field.float": {"ko": "숫자여야 합니다", "en": "must be a number"},
    "field.bool": {"ko": "true나 false여야 합니다", "en": "must be true or false"},
    "field.string": {"ko": "글자여야 합니다", "en": "must be a text"},
    "field.tuple": {"ko": "목록이어야 합니다", "en": "must be a list"},
    "field.literal": {"ko": "다음 중 하나여야 합니다: {expected}", "en": "must be one of: {expected}"},
    "field.extra": {"ko": "없는 필드입니다", "en": "there is no such field"},
    "field.given": {"ko": "(받은 값: {value})", "en": "(got {value})"},
}
