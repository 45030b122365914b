"""What the log says of the home's database and of the files of versions, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "log.store_made_again": {
        "ko": "{database}: 만들다가 중단된 데이터베이스입니다. 아직 아무 기록이 없어 새로 만들었습니다.",
        "en": "{database}: its making had been interrupted; nothing was recorded in it yet, so it was made anew",
    },
}
