"""Words and sentences of the data-quality page and of drift, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "quality.report": {
        "ko": "데이터 품질 보고서",
        "en": "Data quality",
    },
    "quality.title": {
        "ko": "데이터 품질",
        "en": "Data quality",
    },
    "quality.about": {
        "ko": ("학습 통합 문서와 검증 통합 문서에서 읽은 행, 제외한 행과 그 사유, 모델에 입력되는 데이터"),
        "en": (
            "What was read from the training and validation workbooks, what was set aside and why, "
            "and what the model will see"
        ),
    },
    "quality.used_rows": {
        "ko": "{part}에 사용하는 행",
        "en": "{part}: rows used",
    },
    "quality.of_all": {
        "ko": "전체 {rows:,}행의 {share}",
        "en": "{share} of {rows:,} rows",
    },
    "quality.cut": {
        "ko": "잘린 문장 (truncated)",
        "en": "Sentences cut",
    },
    "quality.cut_of": {
        "ko": "{n:,}개, max_len {max_len}토큰",
        "en": "{n:,}, at max_len {max_len} tokens",
    },
    "quality.by_workbook": {
        "ko": "통합 문서별",
        "en": "By workbook",
    },
    "quality.rows_left": {
        "ko": "{workbook}에서는 '{sheet}' 시트만 읽었습니다. 같은 열이 있지만 읽지 않은 다른 시트(행 수):",
        "en": "Of {workbook} only the sheet '{sheet}' was read. Other sheets with the same columns, not read (rows):",
    },
    "quality.set_aside_file": {
        "ko": (
            "제외된 행은 모두 위치, 사유, 원래 값과 함께 이 실행의 data/set_aside.xlsx에 있습니다. "
            "자동 수정된 행은 수정된 값으로 사용합니다."
        ),
        "en": (
            "Every row set aside is in data/set_aside.xlsx of this run, with its place, its reason "
            "and its values as they stood. Mended rows are used with the mended values."
        ),
    },
    "quality.dev_about": {
        "ko": "개발(dev) 문장은 학습 통합 문서에서 분리하여 가장 좋은 에폭을 선택하는 데만 사용합니다.",
        "en": ("Development sentences are held out of the training workbook and only choose the best epoch."),
    },
    "quality.speakers": {
        "ko": "화자와 상황",
        "en": "Speakers and situations",
    },
    "quality.speakers_about": {
        "ko": "통합 문서의 열에서 읽은 값으로, 학습에는 사용하지 않고 부분별 결과를 볼 때만 사용합니다.",
        "en": ("Read from columns of the workbook; not used for training, only to look at results by part."),
    },
    "quality.others": {
        "ko": "기타 {n}가지",
        "en": "{n} others",
    },
    "quality.blank": {
        "ko": "(빈칸)",
        "en": "(blank)",
    },
    "quality.tokens": {
        "ko": "토큰 (tokens)",
        "en": "Tokens",
    },
    "quality.least": {
        "ko": "최소",
        "en": "Least",
    },
    "quality.median": {
        "ko": "중앙값",
        "en": "Median",
    },
    "quality.most": {
        "ko": "최대",
        "en": "Most",
    },
    "quality.lengths_about": {
        "ko": (
            "길이는 max_len {max_len}토큰에서 자른 후의 값이며 [CLS]와 [SEP]을 포함합니다. 모르는 "
            "토큰([UNK])의 비율은 {unknown:.2%}입니다."
        ),
        "en": (
            "Lengths are those after the cut at max_len {max_len} tokens, with [CLS] and [SEP]. "
            "Unknown tokens ([UNK]): {unknown:.2%}."
        ),
    },
    "quality.examples": {
        "ko": "감정별 예문 (학습)",
        "en": "Examples by emotion (training)",
    },
    "quality.set_aside_examples": {
        "ko": "제외된 행의 예",
        "en": "Examples of rows set aside",
    },
    "quality.row": {
        "ko": "{row}행",
        "en": "row {row}",
    },
    "quality.same_text": {
        "ko": "같은 문장: {place}행",
        "en": "the same text: {place}",
    },
    "quality.empty_row": {
        "ko": "(빈 행)",
        "en": "(empty row)",
    },
    "quality.artifact": {
        "ko": "데이터 품질",
        "en": "Data quality",
    },
    "drift.artifact": {
        "ko": "학습 텍스트의 변화",
        "en": "Change of the training text",
    },
    "drift.champion": {
        "ko": "챔피언",
        "en": "champion",
    },
    "drift.new": {
        "ko": "새 말뭉치",
        "en": "new corpus",
    },
}
