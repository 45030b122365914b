"""Words and sentences of the terminal: train, predict, doctor, demo, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- options that choose a recipe
    "option_recipe": {
        "ko": "출발점이 되는 레시피: `kobert`(노트북의 레시피) 또는 `tiny`(처음부터 학습하는 작은 모델).",
        "en": "Recipe to start from: `kobert` (the notebook's) or `tiny` (a small model from scratch).",
    },
    "option_set": {
        "ko": '레시피의 필드를 바꿉니다: `epochs=2`, `text_columns=문장`, `\'text_columns=["가", "나"]\'`. '
        "여러 번 쓸 수 있습니다.",
        "en": 'Change a field of the recipe: `epochs=2`, `text_columns=문장`, `\'text_columns=["가", "나"]\'`. '
        "Repeatable.",
    },
    "option_encoder": {
        "ko": "spiece.model이 있는 BERT 폴더, 허브 id, 또는 `scratch`.",
        "en": "BERT directory with spiece.model, a hub id, or `scratch`.",
    },
    "option_labels": {
        "ko": "여섯 감정 대신 쓸 레이블 이름의 JSON 목록 파일.",
        "en": "JSON file: a list of your own label names, instead of the six emotions.",
    },
    "option_validation_share": {
        "ko": "검증 통합 문서가 없을 때 학습 통합 문서에서 검증용으로 떼어 놓을 문장의 비율. 예: 0.1",
        "en": "Share of the training texts to hold out for validation where there is no validation workbook, as 0.1.",
    },
    "option_fields": {
        "ko": "레시피의 모든 필드를 보여 주고 끝냅니다.",
        "en": "List every field of the recipe and exit.",
    },
}
