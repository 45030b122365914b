"""Words about the lock of the registry and its database, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "lock_wait.registration": {
        "ko": "{where} 모델을 등록하고 있어 끝나기를 기다립니다",
        "en": "{where} is registering a model; waiting for its end",
    },
    "lock_wait.promotion": {
        "ko": "{where} 모델을 판정하거나 챔피언을 바꾸고 있어 끝나기를 기다립니다",
        "en": "{where} is judging a model or moving the champion; waiting for its end",
    },
    "lock.of_this_home": {
        "ko": "같은 홈 폴더의 다른 프로세스가",
        "en": "another process of this home",
    },
    "lock.held_by": {"ko": "다른 프로세스({holder})가", "en": "another process ({holder})"},
    "lock_wait.tables": {
        "ko": "다른 프로세스({holder})가 MLflow 데이터베이스의 테이블을 준비하고 있어 끝나기를 기다립니다",
        "en": "another process ({holder}) prepares the tables of the MLflow database; waiting for its end",
    },
    "database.at_sign": {
        "ko": "비밀번호에 있는 @는 %40으로 써야 합니다",
        "en": "an @ in the password has to be written as %40",
    },
    "database.no_number": {
        "ko": "호스트 이름 뒤의 포트가 숫자가 아닙니다",
        "en": "the port behind the name of the host is no number",
    },
    "lock.freed": {
        "ko": "데이터베이스의 세션이 바뀌었습니다",
        "en": "the session in the database is another one now",
    },
    "lock.taken_over": {
        "ko": "1분 동안 갱신되지 않아 다른 컴퓨터가 넘겨받았습니다",
        "en": "it was not updated for a minute, and another machine has taken it over",
    },
}
