"""Words and sentences about what a model is given and what it answers, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "input_position": {"ko": "입력의 {position}번(0부터)", "en": "input, position {position} (from 0)"},
    "input_position_column": {
        "ko": "입력의 {position}번 행(0부터), '{column}' 열",
        "en": "input, row {position} (from 0), column '{column}'",
    },
    "accepted_inputs": {
        "ko": "입력할 수 있는 것: 문장의 목록, 'text' 열이 있는 표, 또는 열 {columns}이(가) 모두 있는 표.",
        "en": "Give a list of texts, a table with a column 'text', or a table with all of the columns {columns}.",
    },
    "accepted_inputs_plain": {
        "ko": "입력할 수 있는 것: 문장의 목록 또는 'text' 열이 있는 표.",
        "en": "Give a list of texts, or a table with a column 'text'.",
    },
    "frame_with_columns": {"ko": "열이 {columns}인 표", "en": "a table with the columns {columns}"},
    "standard_input": {"ko": "표준 입력", "en": "standard input"},
}
