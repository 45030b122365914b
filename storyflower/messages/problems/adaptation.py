"""Problems with the texts without labels that an encoder is adapted on, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "unlabelled_without_adaptation": {
        "ko": (
            "라벨 없는 문장 파일을 지정했지만 적응 학습이 꺼져 있습니다(adapt_epochs=0).",
            "적응 학습의 에폭 수를 지정하거나(--set adapt_epochs=5) --unlabelled를 빼세요.",
        ),
        "en": (
            "texts without labels are given, and the adaptation is switched off (adapt_epochs=0).",
            "Set its number of epochs (--set adapt_epochs=5), or leave --unlabelled out.",
        ),
    },
    "unlabelled_no_text_column": {
        "ko": (
            "문장 열을 찾을 수 없습니다. 찾은 이름: {wanted}. 있는 열: {found}",
            "문장 열의 머리글을 `text`로 바꾸거나(없으면 첫 행에 넣으세요), "
            "한 줄에 한 문장씩 적은 .txt 파일을 지정하세요.",
        ),
        "en": (
            "no text column was found. Looked for: {wanted}. Columns there are: {found}",
            "Give the column with the texts the header `text`, or give a .txt file with a text a line.",
        ),
    },
    "unlabelled_empty": {
        "ko": ("문장이 하나도 없습니다.", "문장이 있는 파일을 지정하거나 이 파일을 --unlabelled에서 빼세요."),
        "en": ("there is no text in it.", "Give a file with texts, or leave this one out of --unlabelled."),
    },
    "unlabelled_json": {
        "ko": (
            "JSON 파일은 읽지 않습니다.",
            "텍스트 파일(.txt), CSV, 통합 문서(.xlsx) 또는 Parquet 파일을 지정하세요.",
        ),
        "en": (
            "JSON files are not read here.",
            "Give a text file (.txt), a CSV file, a workbook (.xlsx) or a Parquet file.",
        ),
    },
}
