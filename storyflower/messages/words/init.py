"""Words of `storyflower init`, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "init_help": {
        "ko": "통합 문서에서 문장 열과 라벨 열을 골라 레시피 파일을 만듭니다. "
        "파일은 train, check, retrain, sweep의 --recipe에 씁니다.",
        "en": "Choose the text and label columns of a workbook, and write a recipe file for --recipe of train, check, "
        "retrain and sweep.",
    },
    "init_workbook": {
        "ko": "통합 문서(.xlsx), CSV 파일 또는 AI Hub JSON. s3://, gs://, https:// 주소도 됩니다.",
        "en": "A workbook (.xlsx), a CSV file or AI Hub's JSON; s3://, gs:// and https:// addresses too.",
    },
    "init_text": {
        "ko": "문장이 있는 열. 여러 번 쓰면 차례로 이어 붙입니다.",
        "en": "A column of texts; repeatable, the cells are joined in this order.",
    },
    "init_label": {"ko": "라벨이 있는 열.", "en": "The column of labels."},
    "init_out": {"ko": "만들 레시피 파일(.toml).", "en": "The recipe file to write (.toml)."},
    "init_yes": {"ko": "묻지 않고 제안을 그대로 씁니다.", "en": "Accept the proposed columns without asking."},
    "init_comment": {
        "ko": "{workbook}에 맞춘 StoryFlower 레시피. 모든 필드: storyflower train --fields",
        "en": "StoryFlower recipe for {workbook}. All fields: storyflower train --fields",
    },
    "init_title": {"ko": "시트 '{sheet}', {rows:,}행", "en": "Sheet '{sheet}', {rows:,} rows"},
    "init_column": {"ko": "열", "en": "column"},
    "init_filled": {"ko": "채워진 셀", "en": "filled"},
    "init_distinct": {"ko": "서로 다른 값", "en": "different"},
    "init_examples": {"ko": "자주 나오는 값", "en": "most frequent"},
    "init_ask_text": {
        "ko": "문장 열(여러 개면 쉼표로 구분)",
        "en": "Columns of texts (several with commas)",
    },
    "init_ask_label": {"ko": "라벨 열", "en": "Column of labels"},
    "init_unknown": {
        "ko": "{unknown} 열이 없습니다. 있는 열: {titles}",
        "en": "There is no column {unknown}. The columns are: {titles}",
    },
    "init_labels": {"ko": "라벨 {count:,}개(행 수): {labels}", "en": "{count:,} labels (rows): {labels}"},
    "init_no_labels": {
        "ko": "라벨로 쓰지 않은 값 {count:,}개(수식 오류, 또는 공백, 대소문자, 전각·반각만 다른 표기; 행 수): {labels}",
        "en": "{count:,} values that are no labels (errors of formulas, or a label with other blanks, case or width; "
        "rows): {labels}",
    },
    "init_written": {"ko": "레시피 파일을 만들었습니다: {path}", "en": "Recipe written: {path}"},
    "init_next": {
        "ko": "데이터 검사: storyflower check {workbook} --recipe {path}\n"
        "학습: storyflower train --train {workbook} --validation-share 0.1 --recipe {path}",
        "en": "Check the data: storyflower check {workbook} --recipe {path}\n"
        "Train: storyflower train --train {workbook} --validation-share 0.1 --recipe {path}",
    },
}
