"""Words and sentences of reports that are mended by hand, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- headings and helps of the reports
    "workbook_sha256": {"ko": "통합 문서 SHA-256", "en": "workbook SHA-256"},
    "suggested_value": {"ko": "추천 값", "en": "suggested value"},
    "mended_value": {"ko": "고친 값", "en": "mended value"},
    "how_to_fill_in": {
        "ko": (
            "이 열에 올바른 값을 적으세요. 감정은 목록에서 고를 수 있습니다. 추천 값이 맞으면 그대로 옮겨 적고, "
            "고칠 것이 없으면 비워 두세요. 다른 열은 바꾸지 마세요.\n"
            "저장한 뒤 실행하세요:\nstoryflower mend 통합문서.xlsx 이파일.xlsx --out 새파일.xlsx"
        ),
        "en": (
            "Fill in the right value here. A label can be chosen from the list. Copy the suggested value where it is "
            "right, and leave the cell empty where nothing is to be mended. Leave the other columns as they are.\n"
            "Save, then run:\nstoryflower mend WORKBOOK.xlsx THIS_FILE.xlsx --out NEW.xlsx"
        ),
    },
    "not_a_label": {"ko": "감정 목록에 없는 값입니다.", "en": "This is not one of the labels."},
    "cell_formula": {"ko": "수식이 연결된 셀", "en": "a formula that others are linked to"},
    "cell_merged": {"ko": "병합된 셀", "en": "part of merged cells"},
    "cell_absent": {"ko": "시트에 없는 행", "en": "a row that the sheet does not have"},
    "cell_encoding": {"ko": "UTF-8이 아닌 시트", "en": "a sheet that is not in UTF-8"},
    # -- the check command
    "check_help": {
        "ko": (
            "통합 문서를 검사합니다. 학습은 하지 않습니다. 레시피는 train과 같은 옵션으로 고릅니다.\n\n"
            "storyflower check 내자료.xlsx --set text_columns=문장 --set label_column=감정 --labels 감정목록.json\n\n"
            "읽을 수 없는 파일이 있어도 나머지는 검사합니다.\n\n"
            "종료 코드: 0 문제 없음, 1 문제를 찾았거나 (검증 데이터가 있을 때) 이대로는 학습할 수 없음, 2 읽을 수 없는 "
            "파일이 있음."
        ),
        "en": (
            "Check workbooks without training. The options that choose the recipe are those of train.\n\n"
            "storyflower check OWN.xlsx --set text_columns=text --set label_column=label --labels labels.json\n\n"
            "A file that cannot be read does not keep the others from being checked.\n\n"
            "Exit code 0 clean, 1 findings or (with validation) not enough to train on, 2 a file cannot be read."
        ),
    },
    "check_workbooks": {
        "ko": "통합 문서(.xlsx, CSV, AI Hub의 JSON): 경로, 폴더, '글롭*' 또는 주소. 첫 번째는 학습용, 나머지는 "
        "검증용입니다.",
        "en": "Workbooks (.xlsx, CSV, AI Hub's JSON): paths, folders, 'globs*' or addresses; the first is training, "
        "others validation.",
    },
    "check_report": {
        "ko": "찾은 문제를 모두 이 .xlsx에 씁니다. '고친 값'을 채워 `storyflower mend`로 되돌려 넣습니다.",
        "en": "Write every finding to this .xlsx, to be filled in and put back with `storyflower mend`.",
    },
    "check_sheet": {
        "ko": "읽을 시트. `--set sheet=이름`과 같습니다.",
        "en": "Sheet to read; the same as `--set sheet=NAME`.",
    },
    "check_lang": {
        "ko": "메시지의 언어. 없으면 STORYFLOWER_LANG, 그것도 없으면 한국어.",
        "en": "Language of the messages; STORYFLOWER_LANG, or Korean.",
    },
    # -- label_errors.xlsx
    "label_errors_sheet": {"ko": "감정 확인", "en": "labels to look at"},
    "model_disagrees": {"ko": "모델이 다른 감정이라고 확신함", "en": "the model is sure of another label"},
    "confidence": {"ko": "확신도", "en": "confidence"},
    # -- the mend command
    "mend_help": {
        "ko": (
            "보고서의 '고친 값'을 통합 문서에 되돌려 넣어 새 파일로 씁니다. 나머지는 그대로 둡니다.\n\n"
            "보고서: check --report 파일, 학습의 rejected.xlsx와 set_aside.xlsx, 평가의 label_errors.xlsx.\n\n"
            "종료 코드: 0 성공, 1 거부된 값, 2 읽을 수 없거나 다른 통합 문서."
        ),
        "en": (
            "Put the mended values of a report back into its workbook, as a new file; all else stays as it is.\n\n"
            "Reports: that of check --report, rejected.xlsx and set_aside.xlsx of a training, label_errors.xlsx.\n\n"
            "Exit code 0 done, 1 a value is refused, 2 unreadable or another workbook."
        ),
    },
    "mend_workbook": {
        "ko": "보고서를 만든 통합 문서(.xlsx). 바뀌지 않습니다.",
        "en": "The workbook (.xlsx) that the report is about; it stays as it is.",
    },
    "mend_report": {"ko": "'고친 값'을 채운 보고서(.xlsx).", "en": "The report (.xlsx) with mended values."},
    "mend_out": {
        "ko": "새로 쓸 통합 문서(.xlsx). 이미 있는 파일은 덮어쓰지 않습니다.",
        "en": "The new workbook (.xlsx); a file that exists is not replaced.",
    },
    "option_json": {"ko": "JSON 객체 하나를 출력합니다.", "en": "Print one JSON object."},
    "mended_written": {
        "ko": "새 통합 문서를 썼습니다: {path} (고친 값 {cells:,}개)",
        "en": "New workbook written: {path} ({cells:,} values mended)",
    },
    "mended_left_blank": {
        "ko": "비워 둔 {lines:,}줄은 그대로 두었습니다.",
        "en": "{lines:,} lines were left blank, and their cells stay as they are.",
    },
    "mended_others": {
        "ko": (
            "다른 통합 문서의 고친 값 {lines:,}개는 넣지 않았습니다: {workbook} (SHA-256 {digest}…). "
            "그 파일로 다시 실행하세요."
        ),
        "en": "{lines:,} values belong to another workbook: {workbook} (SHA-256 {digest}…). Run again with that file.",
    },
    "mended_next": {
        "ko": "확인(처음 검사와 같은 옵션으로): storyflower check {path}",
        "en": "Check it, with the options of the first check: storyflower check {path}",
    },
}
