"""Problems with files of unknown origin that stop the reader, by code, in Korean and in English."""

_SAVE_ANEW = {
    "ko": "Excel이나 LibreOffice에서 열어 표만 새 통합 문서에 복사한 뒤 '.xlsx'로 저장하세요.",
    "en": "Open it in Excel or LibreOffice, copy the table alone into a new workbook and save that as .xlsx.",
}

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "no_regular_file": {
        "ko": (
            "일반 파일이 아니라 파이프나 장치입니다.",
            "내용을 파일로 저장한 뒤 그 파일을 지정하세요.",
        ),
        "en": ("this is a pipe or a device, not a file.", "Save its content to a file and name that."),
    },
    "no_path": {
        "ko": ("파일 경로로 쓸 수 없습니다. ({reason})", "경로와 파일 이름을 확인하세요."),
        "en": ("no file can lie at this path. ({reason})", "Check the path and the file name."),
    },
    "too_many_workbooks": {
        "ko": (
            "통합 문서가 {limit:,}개를 넘습니다.",
            "폴더를 잘못 지정하지 않았는지 확인하세요. 맞다면 통합 문서를 합치거나, 더 적은 파일과 일치하는 이름을 "
            "지정하세요"
            "(예: '자료/2026-*.xlsx').",
        ),
        "en": (
            "it holds more than {limit:,} workbooks.",
            "Check that it is the right folder; if so, join the workbooks, or give a narrower pattern such as "
            "'data/2026-*.xlsx'.",
        ),
    },
    "file_too_large": {
        "ko": (
            "파일 크기가 {size_mb:,.0f}MB로, 한도 {limit_mb:,}MB를 넘습니다.",
            "맞는 파일인지 확인하세요. 맞다면 여러 통합 문서로 나누어 한 폴더에 넣고 그 폴더를 지정하세요.",
        ),
        "en": (
            "the file has {size_mb:,.0f} MB, above the limit of {limit_mb:,} MB.",
            "Check that it is the right file; if so, split it into several workbooks in one folder and name the "
            "folder.",
        ),
    },
    "reader_memory": {
        "ko": (
            "파일 크기는 {size}인데 읽는 데 메모리가 {limit_mb:,}MB 넘게 필요해 중단했습니다.",
            "표에서 멀리 떨어진 셀에 값이 있으면 지우세요(Ctrl+End로 찾을 수 있습니다). 그래도 읽을 수 없으면 "
            + _SAVE_ANEW["ko"],
        ),
        "en": (
            "the file has {size}, but reading it takes more than the {limit_mb:,} MB of memory allowed.",
            "Delete a stray value far from the table (Ctrl+End finds it). If that is not it: " + _SAVE_ANEW["en"],
        ),
    },
    "reader_time": {
        "ko": ("CPU 시간 {seconds:,}초 안에 다 읽지 못해 중단했습니다.", _SAVE_ANEW["ko"]),
        "en": ("it was not read within {seconds:,} seconds of computing.", _SAVE_ANEW["en"]),
    },
    "reader_died": {
        "ko": ("파일의 내용 때문에 파일을 읽는 프로세스가 비정상 종료되었습니다({reason}).", _SAVE_ANEW["ko"]),
        "en": ("the program that reads workbooks died of its content ({reason}).", _SAVE_ANEW["en"]),
    },
    "reader_failed": {
        "ko": ("통합 문서의 내용이 잘못되어 읽을 수 없습니다: {reason}", _SAVE_ANEW["ko"]),
        "en": ("the content is broken and cannot be read: {reason}", _SAVE_ANEW["en"]),
    },
}
