"""Problems with the home's database and with the files of versions, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "store_incomplete": {
        "ko": (
            "MLflow 데이터베이스에 기록이 들어 있는데, 설치된 MLflow 버전의 테이블과 맞지 않습니다: {reason}",
            "이전 MLflow로 만든 데이터베이스라면 먼저 복사해 둔 뒤 `mlflow db upgrade {uri}`를 실행하세요. 아니라면 "
            "백업에서 되돌리거나 다른 곳으로 옮겨 두세요. 파일이 없으면 새로 만듭니다.",
        ),
        "en": (
            "the MLflow database holds records, and its tables are not those of the installed MLflow release: {reason}",
            "If an older MLflow made it, make a copy, then run `mlflow db upgrade {uri}`. Otherwise restore it from a "
            "backup, or move it away: where there is none, a new one is made.",
        ),
    },
    "store_damaged": {
        "ko": (
            "MLflow 데이터베이스가 아니거나 손상된 파일입니다: {reason}",
            "백업에서 되돌리거나 다른 곳으로 옮겨 두세요. 파일이 없으면 새로 만듭니다. 모델 파일은 artifacts와 stages "
            "폴더에 남아 있습니다.",
        ),
        "en": (
            "the file is damaged, or no MLflow database: {reason}",
            "Restore it from a backup, or move it away: where there is none, a new one is made. The files of the "
            "models stay in the folders artifacts and stages.",
        ),
    },
}
