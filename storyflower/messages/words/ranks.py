"""Messages of a training on several devices or machines, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "rank.killed": {
        "ko": "학습 프로세스 {total}개 중 {number}번이 시그널 {signal}로 강제 종료되었습니다. 메모리가 부족하여 "
        "운영체제가 종료했을 수 있습니다",
        "en": "process {number} of {total} was killed by signal {signal}, possibly by the operating system because "
        "memory ran out",
    },
    "rank.died": {
        "ko": "학습 프로세스 {total}개 중 {number}번이 코드 {code}로 종료되었습니다({reason})",
        "en": "process {number} of {total} ended with code {code} ({reason})",
    },
    "rank.no_reason": {"ko": "오류 메시지 없음", "en": "without a message"},
    "training.rank_lost": {
        "ko": "{reason}. 마지막 체크포인트부터 모든 프로세스를 다시 시작합니다",
        "en": "{reason}: all processes start again from the last checkpoint",
    },
    "training.restarted": {
        "ko": "학습 프로세스를 다시 시작했습니다. 완료한 에폭 {epoch}개는 유지합니다",
        "en": "the training processes were started again; finished epochs that are kept: {epoch}",
    },
    "training.waiting": {
        "ko": "{place}에서 다른 컴퓨터 {nodes}대를 기다립니다",
        "en": "waiting at {place} for other machines: {nodes}",
    },
}
