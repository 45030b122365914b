"""Problems with encoders, tokenizers and model directories, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "model_file_refused": {
        "ko": (
            "이 파일을 읽을 권한이 없습니다. ({reason})",
            "파일 소유자에게 읽기 권한을 요청하거나(chmod a+r), 읽을 수 있는 다른 폴더를 지정하세요.",
        ),
        "en": (
            "reading this file is not permitted ({reason}).",
            "Ask its owner for permission to read it (chmod a+r), or name another directory.",
        ),
    },
}
