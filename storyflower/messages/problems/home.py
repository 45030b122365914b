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
    "version_files_broken": {
        "ko": (
            "버전 {version}의 파일이 등록할 때와 다르고, 홈 폴더의 stages에도 같은 내용이 남아 있지 않습니다: {files}",
            "백업에서 파일을 되돌려 놓거나, 같은 통합 문서로 `storyflower train`을 다시 실행하거나, "
            "`storyflower registry rollback --model {name}`으로 이전 챔피언으로 되돌리세요.",
        ),
        "en": (
            "files of version {version} are not those that were registered, and the home's folder stages does not have "
            "them any more: {files}",
            "Put the files back from a backup, run `storyflower train` again on the same workbooks, or go back to the "
            "former champion with `storyflower registry rollback --model {name}`.",
        ),
    },
    "model_files_broken": {
        "ko": (
            "모델 파일이 등록할 때와 다릅니다: {files}",
            "백업에서 파일을 되돌려 놓거나, 이 버전을 등록한 컴퓨터에서 `storyflower doctor`를 실행해 복구하세요.",
        ),
        "en": (
            "files of the model are not those that were registered: {files}",
            "Put the files back from a backup, or run `storyflower doctor` where the version was registered: it "
            "restores them.",
        ),
    },
    "weights_not_finite": {
        "ko": (
            "가중치 '{tensor}'에 유한하지 않은 값(NaN 또는 무한대)이 있습니다.",
            "손상된 파일이거나 발산한 학습의 결과입니다. 다시 내려받거나 복사하거나, 다른 인코더를 지정하세요"
            "(--encoder 또는 STORYFLOWER_ENCODER).",
        ),
        "en": (
            "the weights '{tensor}' have values that are not finite (NaN or infinite)",
            "The file is damaged, or comes from a training that diverged. Download or copy it anew, or name another "
            "encoder (--encoder, or STORYFLOWER_ENCODER).",
        ),
    },
    "answers_not_finite": {
        "ko": (
            "모델이 문장 {count}개(첫 위치 {first})에 유한하지 않은 값(NaN 또는 무한대)으로 답했습니다.",
            "이 모델은 쓸 수 없습니다. `storyflower registry list`에서 다른 버전을 고르거나, learning_rate를 낮추어 "
            "다시 학습하세요.",
        ),
        "en": (
            "the model answers {count} texts (the first at position {first}) with values that are not finite (NaN or "
            "infinite)",
            "This model is of no use. Take another version of `storyflower registry list`, or train again with a lower "
            "learning_rate.",
        ),
    },
}
