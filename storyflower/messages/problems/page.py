"""Problems of the page of `storyflower serve`: corrections and files, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    # -- corrections
    "correction_form": {
        "ko": ("정정의 형식이 맞지 않습니다.", "다음 필드를 모두 문자열로 보내세요: {known}"),
        "en": ("this is not a correction.", "Send all of the fields {known} as strings."),
    },
    "label_not_known": {
        "ko": ("모델에 없는 감정입니다.", "쓸 수 있는 감정: {labels}"),
        "en": ("the model has no such label.", "The labels are: {labels}."),
    },
    "corrections_unreadable": {
        "ko": (
            "정정을 모으는 통합 문서를 읽을 수 없습니다.",
            "파일을 다른 이름으로 옮기세요. 다음에 저장할 때 새 파일을 만듭니다.",
        ),
        "en": (
            "the workbook of corrections cannot be read.",
            "Move it away; the next correction makes a new one.",
        ),
    },
    "corrections_full": {
        "ko": (
            "정정을 모으는 통합 문서가 가득 찼습니다({most}행).",
            "파일을 학습 자료가 있는 폴더로 옮기세요. 다음에 저장할 때 새 파일을 만듭니다.",
        ),
        "en": (
            "the workbook of corrections is full ({most} rows).",
            "Move it to your training workbooks; the next correction makes a new one.",
        ),
    },
    # -- files
    "upload_kind": {
        "ko": ("이 종류의 파일은 분석할 수 없습니다.", "다음 종류의 파일을 올리세요: {suffixes}"),
        "en": ("files of this kind cannot be scored.", "Send one of the kinds {suffixes}."),
    },
    "upload_too_large": {
        "ko": (
            "파일이 너무 큽니다. 최대 {most}바이트입니다.",
            "더 큰 파일은 storyflower score 명령으로 분석하세요.",
        ),
        "en": (
            "the file is too large: it may have {most} bytes.",
            "Score larger ones with the command storyflower score.",
        ),
    },
    "jobs_full": {
        "ko": ("지금은 파일이 너무 많습니다. {waiting}개가 기다리고 있습니다.", "잠시 뒤에 다시 올리세요."),
        "en": ("there are too many files now: {waiting} are waiting.", "Send it again in a moment."),
    },
    "job_unknown": {
        "ko": ("그런 작업이 없습니다. 파일은 한 시간 뒤나 서버를 종료할 때 지워집니다.", "파일을 다시 올리세요."),
        "en": (
            "there is no such job: files are removed after an hour and at the server's end.",
            "Send the file again.",
        ),
    },
    "job_not_done": {
        "ko": ("아직 결과가 없습니다.", "작업이 끝난 뒤에 다시 요청하세요."),
        "en": ("there is no result yet.", "Ask again when the job is done."),
    },
    "job_cancelled": {
        "ko": ("작업을 취소했습니다.", "분석하려면 파일을 다시 올리세요."),
        "en": ("the job was cancelled.", "Send the file again to have it scored."),
    },
    "job_died": {
        "ko": (
            "파일을 분석하던 프로세스가 갑자기 종료되었습니다. 메모리가 부족할 수 있습니다.",
            "파일을 나누어 올리거나 storyflower score 명령으로 분석하세요.",
        ),
        "en": (
            "the process that scored the file has died; the memory may be too small.",
            "Send the file in parts, or score it with the command storyflower score.",
        ),
    },
}
