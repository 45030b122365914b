"""Words and sentences about data that are no problems, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- why a row is set aside
    "no_text": {"ko": "문장이 없음", "en": "no text"},
    "no_label": {"ko": "감정이 비어 있음", "en": "no label"},
    "labels_contradict": {
        "ko": "대분류와 소분류가 서로 다른 감정을 가리킴",
        "en": "the major and the minor label contradict each other",
    },
    "unknown_label": {"ko": "목록에 없는 감정", "en": "unknown label"},
    "formula_failed": {"ko": "계산에 실패한 수식", "en": "a formula that failed"},
    "formula_without_value": {
        "ko": "계산되지 않은 수식 (Excel에서 열어 저장하세요)",
        "en": "a formula that was never calculated (open and save it in Excel)",
    },
    "in_validation": {"ko": "검증 데이터에도 있는 문장", "en": "its text stands in the validation workbook too"},
    "in_training": {"ko": "학습 데이터에도 있는 문장", "en": "its text stands in the training workbook too"},
    "duplicate": {"ko": "같은 문장과 감정이 다른 행에 있음", "en": "the same text and label stand in another row"},
    "in_earlier_workbook": {
        "ko": "다른 통합 문서에 같은 문장과 감정이 있음",
        "en": "the same text and label stand in another workbook",
    },
    "conflicting_label": {
        "ko": "같은 문장에 다른 감정이 붙어 있음",
        "en": "the same text carries another label elsewhere",
    },
    "rare_label": {"ko": "학습 문장이 모자라는 감정", "en": "its label has too few training texts"},
    # -- what was mended
    "label_whitespace": {"ko": "감정의 공백", "en": "blanks in the label"},
    "label_codes": {"ko": "감정 코드(E10~E69)", "en": "labels given as codes (E10 to E69)"},
    "merged_labels": {"ko": "병합된 감정 셀", "en": "labels in merged cells"},
    "text_whitespace": {"ko": "문장의 공백", "en": "blanks in the text"},
    "invisible_characters": {"ko": "보이지 않는 문자", "en": "invisible characters"},
    "formula_text": {"ko": "수식으로 저장된 문장", "en": "text stored as a formula"},
    "rare_label_merged": {
        "ko": "학습 문장이 모자라 대분류의 대표 라벨로 합친 감정",
        "en": "rare labels merged under their major",
    },
    # -- labels with too few texts
    "rare_labels": {"ko": "학습 문장이 모자라는 감정", "en": "Labels with too few training texts"},
    "rare_labels_about": {
        "ko": "학습에 필요한 만큼 서로 다른 문장이 없어 모델의 라벨에서 빠진 감정입니다(레시피의 data.rare_labels).",
        "en": "These are no labels of the model: too few different texts carry them (data.rare_labels of the recipe).",
    },
    "rare_label_texts": {"ko": "학습 문장", "en": "training texts"},
    "rare_label_treatment": {"ko": "처리", "en": "what was done"},
    "rare_label_into": {"ko": "{label}(으)로 합침", "en": "counts as {label}"},
    "rare_label_left_out": {"ko": "제외", "en": "left out"},
    "would_plan_labels": {
        "ko": "학습 문장이 모자라는 감정의 처리: {labels}.",
        "en": "Labels with too few training texts: {labels}.",
    },
    # -- headings
    "workbook": {"ko": "통합 문서", "en": "workbook"},
    "sheet": {"ko": "시트", "en": "sheet"},
    "excel_row": {"ko": "행", "en": "row"},
    "column": {"ko": "열", "en": "column"},
    "value": {"ko": "값", "en": "value"},
    "reason": {"ko": "사유", "en": "reason"},
    "same_text_at": {
        "ko": "같은 문장이 있는 곳 (통합 문서 [시트] 행)",
        "en": "the same text stands at (workbook [sheet] row)",
    },
    "label": {"ko": "감정", "en": "label"},
    "text": {"ko": "문장", "en": "text"},
    "age": {"ko": "연령", "en": "age"},
    "gender": {"ko": "성별", "en": "gender"},
    "situation": {"ko": "상황키워드", "en": "situation"},
    "rows": {"ko": "전체 행", "en": "rows"},
    "usable": {"ko": "쓸 수 있는 행", "en": "usable"},
    "rejected": {"ko": "제외", "en": "set aside"},
    "repaired": {"ko": "자동 수정", "en": "mended"},
    "release": {"ko": "형식", "en": "release"},
    "current": {"ko": "AI Hub 최신판", "en": "AI Hub, current"},
    "old": {"ko": "AI Hub 이전판", "en": "AI Hub, old"},
    "json": {"ko": "AI Hub JSON", "en": "AI Hub, JSON"},
    "custom": {"ko": "사용자 형식", "en": "custom"},
    "set_aside_sheet": {"ko": "제외된 행", "en": "rows set aside"},
    # -- the check command
    "count": {"ko": "행 수", "en": "rows"},
    "share": {"ko": "비율", "en": "share"},
    "findings": {"ko": "발견한 문제", "en": "findings"},
    "over_all": {"ko": "전체", "en": "over all workbooks"},
    "duplicates": {"ko": "다른 행과 문장·감정이 같은 행", "en": "rows that repeat a text and its label"},
    "conflicting_labels": {"ko": "서로 다른 감정이 붙은 문장", "en": "texts with more than one label"},
    "validation_rows_in_training": {
        "ko": "학습 데이터에도 있는 검증 행",
        "en": "validation rows that stand in training",
    },
    "reading": {"ko": "읽는 중: {names}", "en": "reading {names}"},
    "clean": {"ko": "문제가 없습니다.", "en": "Nothing to mend."},
    "and_more": {"ko": "… 그 밖에 {more:,}건.", "en": "… and {more:,} more."},
    "use_report": {"ko": "--report 파일.xlsx로 모두 볼 수 있습니다.", "en": "--report FILE.xlsx lists them all."},
    "would_refuse_alone": {
        "ko": "이것만으로는 학습할 수 없습니다: {problem}",
        "en": "Training on this alone would be refused: {problem}",
    },
    "would_refuse": {"ko": "이대로는 학습할 수 없습니다: {problem}", "en": "Training would refuse this: {problem}"},
    "report_written": {"ko": "보고서를 썼습니다: {path} ({rows:,}행)", "en": "Report written: {path} ({rows:,} rows)"},
    "would_hold_out": {
        "ko": "검증용으로 떼어 놓을 행: {rows:,} ({labels}).",
        "en": "Rows that would be held out for validation: {rows:,} ({labels}).",
    },
    "all_in_validation": {
        "ko": "학습 데이터의 모든 문장이 검증 데이터에도 있습니다. 통합 문서가 하나뿐이면 --validation-share 0.1을 "
        "쓰세요.",
        "en": "Every training text stands in the validation data too. With one workbook, give --validation-share 0.1.",
    },
    # -- sentences
    "similar": {"ko": "'{missing}' 대신 '{near}' 열을 뜻하셨나요?", "en": "Did you mean '{near}' for '{missing}'?"},
    "name_columns": {
        "ko": "열 이름을 고치거나, 실제 열 이름을 지정하세요. 예: {options}",
        "en": "Mend the header, or name your own columns, for example: {options}",
    },
    "own_text_columns": {"ko": '["문장"]', "en": '["text"]'},
    "own_label_column": {"ko": "감정", "en": "label"},
    "other_sheet": {
        "ko": "필요한 열은 다른 시트에 있습니다: {sheets}. 그 시트를 지정하세요: {options}",
        "en": "Other sheets hold the needed columns: {sheets}. Choose one of them: {options}",
    },
    "columns_read": {
        "ko": "표의 왼쪽 {count:,}개 열까지만 읽습니다.",
        "en": "Only the first {count:,} columns of a table are read.",
    },
    "sheets_searched": {
        "ko": "시트 {count}개 가운데 앞의 {searched}개에서만 열을 찾았습니다. 다른 시트에 있다면 그 시트를 "
        "지정하세요(--set sheet=시트이름).",
        "en": "Of {count} sheets only the first {searched} were searched for the columns; name another one with "
        "--set sheet=NAME.",
    },
    "sheet_found": {
        "ko": "첫 시트 '{first}' 대신, 필요한 열이 있는 '{sheet}' 시트를 읽었습니다.",
        "en": "Instead of the first sheet, '{first}', '{sheet}' was read, which holds the needed columns.",
    },
    "sheets_left": {
        "ko": "'{sheet}' 시트만 읽었습니다. 같은 열이 있지만 읽지 않은 다른 시트(행 수): {others}.",
        "en": "Only the sheet '{sheet}' was read. Other sheets with the same columns, not read (rows): {others}.",
    },
    "header_below": {
        "ko": "머리글은 {row}행에 있으며, 그 위의 행은 읽지 않았습니다.",
        "en": "The header stands in row {row}; the rows above it were not read.",
    },
    "header_spelled": {
        "ko": "'{title}' 열을 '{column}' 열로 읽었습니다.",
        "en": "The column '{title}' was read as '{column}'.",
    },
    "blank_header": {"ko": "(빈 머리글)", "en": "(blank)"},
    "fill_labels_down": {
        "ko": "감정이 같은 묶음의 첫 행에만 적혀 있다면 나머지 행에도 채우세요. Excel: 감정 열을 선택하고 F5 > 옵션 > "
        "빈 셀을 고른 뒤, "
        "=와 위쪽 화살표를 누르고 Ctrl+Enter를 누르세요.",
        "en": "If a label stands in the first row of its group alone, fill it down. Excel: select the label column, "
        "F5 > Special > Blanks, type = and the up arrow, then Ctrl+Enter.",
    },
    "see_export": {
        "ko": (
            "제외된 행의 목록: {export}. '고친 값' 열을 채우고 "
            "`storyflower mend 통합문서.xlsx 목록.xlsx --out 새파일.xlsx`를 실행한 뒤 다시 학습하세요."
        ),
        "en": (
            "The rows are listed in {export}. Fill in the column 'mended value', run "
            "`storyflower mend WORKBOOK.xlsx LIST.xlsx --out NEW.xlsx`, and train again."
        ),
    },
    "see_export_unmendable": {
        "ko": "제외된 행의 목록: {export}. `storyflower mend`는 CSV와 JSON을 고칠 수 없으니, 원본 파일을 직접 고친 뒤 "
        "다시 학습하세요.",
        "en": "The rows are listed in {export}. Correct them in the file itself, since `storyflower mend` cannot "
        "change CSV and JSON files, and train again.",
    },
    "see_check_unmendable": {
        "ko": "`storyflower check 파일 --report 보고서.xlsx`로 제외된 행을 확인하고, 원본 파일을 직접 고치세요. "
        "`storyflower mend`는 CSV와 JSON을 고칠 수 없습니다.",
        "en": "List the rows with `storyflower check FILE --report report.xlsx` and correct them in the file itself: "
        "`storyflower mend` cannot change CSV and JSON files.",
    },
    "report_unmendable": {
        "ko": "`storyflower mend`는 CSV와 JSON을 고칠 수 없습니다. 보고서를 보고 원본을 직접 고치거나, Excel 통합 "
        "문서(.xlsx)로 저장해 그 파일을 검사하세요.",
        "en": "`storyflower mend` cannot change CSV and JSON files: correct them by hand after the report, or save "
        "them as .xlsx and check those.",
    },
    "other_labels": {
        "ko": "적혀 있는 감정이 모두 목록에 없습니다. 적힌 값: {labels}. 직접 정한 감정이라면 `storyflower init "
        "{path}`로 레시피를 만들거나, --labels로 감정 목록 파일을 지정하세요.",
        "en": "None of the labels is in the list of labels; there are: {labels}. If they are labels of your own, write "
        "a recipe with `storyflower init {path}`, or name a file of them with --labels.",
    },
    "see_check": {
        "ko": (
            "`storyflower check 파일 --report 보고서.xlsx`로 제외된 행을 확인하고, 고친 값을 채워 "
            "`storyflower mend`로 되돌려 넣으세요."
        ),
        "en": (
            "List the rows with `storyflower check WORKBOOK --report report.xlsx`, fill in the mended values, and put "
            "them back with `storyflower mend`."
        ),
    },
}
