"""Advice about paths at which no file is found, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "check_path": {"ko": "경로와 파일 이름을 확인하세요.", "en": "Check the path and the file name."},
    "check_pattern": {"ko": "폴더나 이름 패턴을 확인하세요.", "en": "Check the folder or the pattern."},
    "near_name": {"ko": "비슷한 이름의 파일이 있습니다: {name}.", "en": "There is a file of a similar name: {name}."},
    "no_such_folder": {
        "ko": "{folder} 폴더가 없습니다(있는 폴더: {known}).",
        "en": "There is no folder {folder} (the last that exists: {known}).",
    },
    "relative_path": {
        "ko": "상대 경로는 명령을 실행한 폴더({folder})에서, Prefect 배포에서는 프로젝트 폴더(체크아웃)에서 찾습니다. "
        "절대 경로를 쓰면 어디서나 같은 파일입니다.",
        "en": "A relative path is looked up from the folder in which the command runs ({folder}), or from the "
        "checkout in a Prefect deployment; an absolute path is the same file everywhere.",
    },
    "other_tables": {
        "ko": "이 폴더에는 다른 형식의 파일이 있습니다. 파일 이름까지 적으세요: {names}.",
        "en": "The folder holds files of other kinds; name the file itself: {names}.",
    },
}
