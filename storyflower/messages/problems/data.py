"""Problems with tables, the corpus and the reports of `check`, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    # -- what it holds
    "no_such_sheet": {
        "ko": ("'{sheet}' 시트가 없습니다.", "있는 시트: {sheets}."),
        "en": ("there is no sheet '{sheet}'.", "The sheets are: {sheets}."),
    },
    "missing_column": {
        "ko": ("필요한 열이 없습니다: {missing}. 있는 열: {found}.", "{advice}"),
        "en": ("needed columns are missing: {missing}. Columns found: {found}.", "{advice}"),
    },
    "misread_text": {
        "ko": (
            "글자가 깨져 있습니다(예: '{title}'). CSV를 다른 인코딩으로 열어 저장한 파일입니다.",
            "원본 CSV를 그대로 지정하세요(StoryFlower가 CSV를 직접 읽습니다). Excel로 다시 저장하려면 '데이터 > "
            "텍스트/CSV에서'로 원본을 열고 '파일 원본'에서 '65001: 유니코드(UTF-8)'를 선택하세요.",
        ),
        "en": (
            "the text is garbled (for example '{title}'): a CSV file was opened in the wrong encoding and saved.",
            "Give the original CSV file itself, which StoryFlower reads. To save it from Excel again, open it with "
            "'Data > From Text/CSV' and choose the file origin '65001: Unicode (UTF-8)'.",
        ),
    },
    "several_sheets": {
        "ko": ("필요한 열이 있는 시트가 여럿입니다: {sheets}.", "읽을 시트를 하나 고르세요: {options}"),
        "en": ("several sheets hold the needed columns: {sheets}.", "Choose one of them: {options}"),
    },
    "several_headers": {
        "ko": ("머리글로 보이는 행이 여럿입니다: {rows}행.", "표의 머리글 한 행만 남기고 지우세요."),
        "en": ("several rows could be the header: {rows}.", "Keep the one above the table and delete the others."),
    },
    "repeated_column": {
        "ko": ("'{column}' 열이 둘 이상 있습니다({letters}).", "하나만 남기고 이름을 바꾸거나 지우세요."),
        "en": (
            "the column '{column}' stands there more than once ({letters}).",
            "Keep one; rename or delete the others.",
        ),
    },
    "reserved_column": {
        "ko": (
            "'{column}'은(는) StoryFlower가 쓰는 열 이름이라 사용할 수 없습니다.",
            "통합 문서와 레시피에서 열 이름을 바꾸세요.",
        ),
        "en": ("the column name '{column}' is StoryFlower's own.", "Rename the column in the workbook and the recipe."),
    },
    "empty_sheet": {
        "ko": ("시트가 비어 있습니다.", "내용이 있는 시트를 고르세요. 있는 시트: {sheets}."),
        "en": ("the sheet is empty.", "Choose one that holds data. The sheets are: {sheets}."),
    },
    "header_only": {
        "ko": (
            "머리글만 있고 데이터 행이 없습니다.",
            "머리글 아래에 데이터를 넣거나 다른 시트를 고르세요. 있는 시트: {sheets}.",
        ),
        "en": (
            "there is a header but no row of data.",
            "Add rows below it or choose another sheet. The sheets are: {sheets}.",
        ),
    },
    # -- the contract and the corpus
    "too_many_rejected": {
        "ko": (
            "{rows:,}행 가운데 {rejected:,}행({share:.1%})을 쓸 수 없어 한도 {bound:.1%}를 넘습니다: {counts}.",
            "{advice}",
        ),
        "en": (
            "{rejected:,} of {rows:,} rows ({share:.1%}) are unusable, above the bound of {bound:.1%}: {counts}.",
            "{advice}",
        ),
    },
    "no_usable_row": {
        "ko": ("쓸 수 있는 행이 하나도 없습니다.", "문장과 감정이 함께 있는 행이 필요합니다."),
        "en": ("no usable row is left.", "Rows with both a text and a label are needed."),
    },
    "label_too_small": {
        "ko": (
            "학습 데이터가 부족한 감정이 있습니다: {labels}.",
            "감정마다 서로 다른 문장이 {least}개 이상 필요합니다. 데이터를 추가하거나, 이런 감정의 행을 제외하거나"
            "(--set rare_labels=leave_out), label_set이 fine이면 대분류로 합치거나(--set rare_labels=merge), "
            "감정 목록을 줄이세요.",
        ),
        "en": (
            "some labels have too few training examples: {labels}.",
            "Each label needs {least} or more different texts (to train and to choose). Add data, leave the rows of "
            "these labels out (--set rare_labels=leave_out), merge them under their major where label_set is fine "
            "(--set rare_labels=merge), or use fewer labels.",
        ),
    },
    "too_few_labels": {
        "ko": (
            "학습 데이터가 충분한 감정이 둘이 되지 않습니다. 데이터가 부족한 감정: {labels}.",
            "감정마다 서로 다른 문장이 {least}개 이상 필요합니다. 데이터를 추가하거나, label_set이 fine이면 대분류로 "
            "학습하거나(--set label_set=major), 감정 목록을 데이터에 맞게 지정하세요(--labels).",
        ),
        "en": (
            "fewer than two labels have enough training examples. Those with too few: {labels}.",
            "Each label needs {least} or more different texts (to train and to choose). Add data, train on the majors "
            "where label_set is fine (--set label_set=major), or name the labels that the data has (--labels).",
        ),
    },
    "training_in_validation": {
        "ko": (
            "학습 데이터의 쓸 수 있는 {rows:,}행 가운데 {count:,}행이 검증 데이터에도 있어 학습할 문장이 모자랍니다: "
            "{labels}.",
            "검증에는 다른 통합 문서를 지정하세요. 통합 문서가 하나뿐이면 --validation 대신 --validation-share 0.1을 "
            "쓰세요. 문장의 10%를 검증용으로 떼어 놓습니다.",
        ),
        "en": (
            "{count:,} of the {rows:,} usable training rows stand in validation too; too few are left: {labels}.",
            "Name another workbook for validation. If there is only one, give --validation-share 0.1 instead of "
            "--validation: it holds 10% of the texts out for validation.",
        ),
    },
    "validation_missing": {
        "ko": (
            "검증 데이터가 없습니다.",
            "검증 통합 문서를 지정하거나(--validation), 학습 통합 문서에서 떼어 놓을 비율을 지정하세요"
            "(--validation-share 0.1, 레시피의 corpus.validation_share).",
        ),
        "en": (
            "there is no validation data.",
            "Name a validation workbook (--validation), or a share of the training texts to hold out "
            "(--validation-share 0.1; corpus.validation_share in the recipe).",
        ),
    },
    "validation_twice": {
        "ko": (
            "검증 통합 문서와 검증 비율(validation_share {share})이 함께 지정되었습니다.",
            "둘 가운데 하나만 지정하세요.",
        ),
        "en": (
            "both a validation workbook and a validation share ({share}) are given.",
            "Give one of the two.",
        ),
    },
    # -- the check command's own files
    "bad_label_file": {
        "ko": (
            "감정 목록 파일을 쓸 수 없습니다: {reason}",
            '서로 다른 이름의 JSON 목록이어야 합니다. 예: ["기쁨", "슬픔"]',
        ),
        "en": (
            "the file of labels cannot be used: {reason}",
            'It must be a JSON list of distinct names, as ["joy", "grief"].',
        ),
    },
    "report_is_input": {
        "ko": ("보고서가 검사할 통합 문서를 덮어쓰게 됩니다.", "보고서 파일의 이름을 바꾸세요."),
        "en": ("the report would overwrite a workbook that is being checked.", "Give the report another name."),
    },
    "report_exists": {
        "ko": (
            "이 이름의 파일이 이미 있고, 덮어써도 되는 StoryFlower 보고서가 아닙니다: {reason}",
            "--report로 다른 이름을 지정하거나 그 파일을 지우세요.",
        ),
        "en": (
            "the file exists already, and is no report of StoryFlower that may be replaced: {reason}",
            "Give another name with --report, or delete that file.",
        ),
    },
    "report_filled": {
        "ko": (
            "이미 있는 이 보고서에는 사람이 채운 고친 값이 {count:,}개 있어 덮어쓰지 않습니다.",
            "통합 문서에 반영한 뒤(storyflower mend 통합문서.xlsx {path} --out 새파일.xlsx) 보고서를 지우거나, "
            "--report로 다른 이름을 지정하세요.",
        ),
        "en": (
            "this report exists already, with {count:,} mended value(s) that a person has filled in.",
            "Put them back (storyflower mend WORKBOOK {path} --out NEW.xlsx) and delete the report, or give another "
            "name with --report.",
        ),
    },
    "report_suffix": {
        "ko": ("보고서 이름은 .xlsx로 끝나야 합니다.", "예: --report 보고서.xlsx"),
        "en": ("the report's name must end in .xlsx.", "For example: --report report.xlsx"),
    },
    "report_unwritable": {
        "ko": (
            "보고서를 쓸 수 없습니다: {reason}",
            "쓰기 권한이 있는 폴더를 지정하고, 파일이 Excel에 열려 있으면 닫으세요.",
        ),
        "en": (
            "the report cannot be written: {reason}",
            "Name a folder you may write to, and close the file in Excel.",
        ),
    },
}
