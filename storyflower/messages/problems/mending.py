"""The problems a user can have with a report to be mended, by code: (what is wrong, what to do)."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "not_a_report": {
        "ko": (
            "StoryFlower가 만든 보고서가 아니거나, 머리글 또는 숨겨진 'storyflower' 시트가 지워졌습니다.",
            "`storyflower check 통합문서.xlsx --report 보고서.xlsx`로 보고서를 새로 만드세요.",
        ),
        "en": (
            "this is not a report of StoryFlower, or its headings or its hidden sheet 'storyflower' were removed.",
            "Write a new one: `storyflower check WORKBOOK.xlsx --report report.xlsx`",
        ),
    },
    "report_row_number": {
        "ko": ("{line}번째 줄의 행 번호를 읽을 수 없습니다: {value}", "'행' 열을 원래 값으로 되돌리세요."),
        "en": ("the row number in line {line} cannot be read: {value}", "Restore the column 'row'."),
    },
    "other_workbook": {
        "ko": (
            "다른 통합 문서의 보고서입니다. 보고서의 통합 문서: {expected}. 지정한 파일의 SHA-256: {found}",
            "보고서를 만든 뒤 바뀌지 않은 통합 문서를 지정하거나, 이 파일을 다시 검사해 보고서를 새로 만드세요.",
        ),
        "en": (
            "the report is about another workbook. It names: {expected}. SHA-256 of the file given: {found}",
            "Give the workbook as it was when the report was written, or check this file again and use that report.",
        ),
    },
    "only_xlsx_mended": {
        "ko": (
            "CSV와 JSON 파일에는 고친 값을 되돌려 넣을 수 없습니다.",
            "Excel 통합 문서(.xlsx)로 저장한 뒤 그 파일을 검사하고, 그때 만들어진 보고서를 쓰세요.",
        ),
        "en": (
            "mended values are put back into .xlsx workbooks alone, not into CSV or JSON files.",
            "Save it as an Excel workbook (.xlsx), check that file, and use its report.",
        ),
    },
    "nothing_mended": {
        "ko": (
            "보고서의 '고친 값' 열이 모두 비어 있습니다(이 통합 문서에 대한 {lines:,}줄).",
            "고친 값을 적고 저장한 뒤 다시 실행하세요.",
        ),
        "en": (
            "the column 'mended value' of the report is empty ({lines:,} lines about this workbook).",
            "Fill in the values, save the report, and run again.",
        ),
    },
    "mended_label_unknown": {
        "ko": (
            "고친 값 가운데 목록에 없는 감정이 있습니다([시트] 행: 값): {cells}",
            "다음 가운데 하나를 적고 다시 실행하세요: {labels}",
        ),
        "en": (
            "some mended values are not among the labels ([sheet] row: value): {cells}",
            "Write one of these and run again: {labels}",
        ),
    },
    "mended_twice": {
        "ko": ("한 셀에 서로 다른 값이 적혀 있습니다(행 열: 값): {cells}", "하나만 남기고 다시 실행하세요."),
        "en": ("one cell is given different values (row column: values): {cells}", "Keep one of them and run again."),
    },
    "cells_of_other_rows": {
        "ko": (
            "보고서의 값과 통합 문서의 값이 다른 셀이 있습니다(행 열: 통합 문서, 보고서): {cells}",
            "보고서에서 '값', '행', '열'은 그대로 두고 '고친 값'만 적거나, `storyflower check --report`로 보고서를 "
            "다시 만드세요.",
        ),
        "en": (
            "some cells hold other values in the workbook than in the report (row column: workbook, report): {cells}",
            "In the report leave 'value', 'row' and 'column' as they are and fill in 'mended value' alone, or make the "
            "report anew with `storyflower check --report`.",
        ),
    },
    "cells_not_replaceable": {
        "ko": (
            "다른 부분을 바꾸지 않고는 고칠 수 없는 셀이 있습니다: {cells}",
            "이 셀들은 Excel에서 직접 고친 뒤, 고친 통합 문서를 다시 검사하세요.",
        ),
        "en": (
            "some cells cannot be replaced without changing more of the workbook: {cells}",
            "Mend these cells in Excel, then check the workbook again.",
        ),
    },
    "out_exists": {
        "ko": ("이 이름의 파일이 이미 있습니다.", "--out에 다른 이름을 쓰거나, 그 파일을 먼저 지우세요."),
        "en": ("there is a file of this name already.", "Give --out another name, or remove that file first."),
    },
    "out_suffix": {
        "ko": ("새 통합 문서의 이름은 .xlsx로 끝나야 합니다.", "예: --out 고친파일.xlsx"),
        "en": ("the new workbook's name must end in .xlsx.", "For example: --out mended.xlsx"),
    },
    "out_unwritable": {
        "ko": ("새 통합 문서를 쓸 수 없습니다: {reason}", "쓰기 권한이 있는 폴더를 --out으로 지정하세요."),
        "en": ("the new workbook cannot be written: {reason}", "Name a folder that you may write to in --out."),
    },
}
