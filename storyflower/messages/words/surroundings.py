"""Words and sentences of doctor, announce, reconcile and prune, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- the home
    "home_has_moved": {
        "ko": "홈 폴더의 위치가 바뀌어(이전: {former}, 현재: {home}) MLflow에 기록된 경로를 새 위치로 고쳤습니다.",
        "en": "the home was moved or copied from {former} to {home}: the addresses in its MLflow database are updated",
    },
}
