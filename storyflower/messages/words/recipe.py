"""Errors in a field of the recipe or a setting, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "field.between": {
        "ko": "{field}의 값은 {low}에서 {high} 사이여야 합니다",
        "en": "{field} must lie between {low} and {high}",
    },
    "field.above": {
        "ko": "{field}의 값은 {low}보다 크고 {high} 이하여야 합니다",
        "en": "{field} must be greater than {low} and at most {high}",
    },
    "field.below": {
        "ko": "{field}의 값은 {low} 이상이고 {high}보다 작아야 합니다",
        "en": "{field} must be at least {low} and less than {high}",
    },
    "field.open": {
        "ko": "{field}의 값은 {low}보다 크고 {high}보다 작아야 합니다",
        "en": "{field} must be greater than {low} and less than {high}",
    },
    "field.multiple": {"ko": "{field}의 값은 {of}의 배수여야 합니다", "en": "{field} must be a multiple of {of}"},
    "field.blank": {"ko": "{field}의 값은 비울 수 없습니다", "en": "{field} must not be blank"},
    "field.too_long": {
        "ko": "{field}에는 {longest:,}자까지만 쓸 수 있습니다",
        "en": "{field} must not be longer than {longest:,} characters",
    },
    "field.unwritable": {
        "ko": "{field}에 저장할 수 없는 문자(NUL 또는 짝이 없는 서로게이트)가 있습니다",
        "en": "{field} holds a character that cannot be stored (NUL or a lone surrogate)",
    },
    "field.count": {
        "ko": "{field}에는 값을 {low}개 이상 {high:,}개 이하로 지정해야 합니다",
        "en": "{field} must list {low} to {high:,} names",
    },
    "field.distinct": {
        "ko": "{field}에는 서로 다른 이름을 써야 합니다. 앞뒤 공백과 보이지 않는 문자는 무시합니다",
        "en": "{field} must list distinct names; blanks around them and invisible characters do not count",
    },
    "field.taken": {
        "ko": "{field}에는 예측 결과의 열이나 값에 쓰이는 이름을 쓸 수 없습니다: {taken}",
        "en": "{field} must not hold names that are columns or values of the answers: {taken}",
    },
    "field.columns_twice": {
        "ko": "{field}의 열과 라벨 열은 서로 달라야 합니다: {columns}",
        "en": "the columns of {field} and of the labels must be distinct: {columns}",
    },
    "field.merge_without_majors": {
        "ko": "{field}의 값 merge는 label_set이 fine일 때만 쓸 수 있습니다. 다른 라벨에는 leave_out을 쓰세요",
        "en": "{field} can be merge only where label_set is fine; for other labels, use leave_out",
    },
    "field.nbest": {
        "ko": "{field}의 값은 -1이거나 2에서 512 사이여야 합니다",
        "en": "{field} must be -1 or lie between 2 and 512",
    },
    "field.int": {"ko": "정수여야 합니다", "en": "must be a whole number"},
    "field.float": {"ko": "숫자여야 합니다", "en": "must be a number"},
    "field.bool": {"ko": "true나 false여야 합니다", "en": "must be true or false"},
    "field.string": {"ko": "문자열이어야 합니다", "en": "must be a text"},
    "field.tuple": {"ko": "목록이어야 합니다", "en": "must be a list"},
    "field.literal": {"ko": "다음 중 하나여야 합니다: {expected}", "en": "must be one of: {expected}"},
    "field.dataclass": {"ko": "필드와 값으로 된 표여야 합니다", "en": "must be a table of fields and values"},
    "field.greater_than": {"ko": "{bound}보다 커야 합니다", "en": "must be greater than {bound}"},
    "field.greater_than_equal": {"ko": "{bound} 이상이어야 합니다", "en": "must be at least {bound}"},
    "field.less_than": {"ko": "{bound}보다 작아야 합니다", "en": "must be less than {bound}"},
    "field.less_than_equal": {"ko": "{bound} 이하여야 합니다", "en": "must be at most {bound}"},
    "field.extra": {"ko": "없는 필드입니다", "en": "there is no such field"},
    "field.misspelt": {
        "ko": "없는 필드입니다. 혹시 '{similar}'인가요?",
        "en": "there is no such field; did you mean '{similar}'?",
    },
    "field.given": {"ko": "(받은 값: {value})", "en": "(got {value})"},
}
