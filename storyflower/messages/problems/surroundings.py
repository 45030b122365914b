"""Problems with the machine: disk, server, store, processes, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    # -- the home and the registry in it
    "moved_and_read_only": {
        "ko": (
            "홈 폴더가 {former}에서 옮겨졌거나 복사되었지만, 쓰기 권한이 없어 MLflow 데이터베이스에 기록된 파일 위치를 "
            "고칠 수 없습니다.",
            "쓰기 권한이 있는 계정으로 `storyflower doctor`를 한 번 실행하세요. 그다음에는 읽기 권한만으로도 쓸 수 "
            "있습니다.",
        ),
        "en": (
            "the home was moved or copied from {former}, and the addresses in its MLflow database cannot be updated, "
            "because it must not be written.",
            "Run `storyflower doctor` once as a user who may write it; after that, reading is enough.",
        ),
    },
    "version_files_missing": {
        "ko": (
            "버전 {version}의 파일이 여기에 없습니다: {missing}",
            "파일을 이 위치로 되돌려 놓거나, `storyflower registry rollback`으로 이전 챔피언으로 되돌리거나, 다시 "
            "학습하세요.",
        ),
        "en": (
            "files of version {version} are missing here: {missing}",
            "Put them back, go back to the former champion with `storyflower registry rollback`, or train again.",
        ),
    },
    "version_does_not_load": {
        "ko": (
            "버전 {version}을(를) 불러오지 못했습니다: {reason}",
            "파일이 손상되었을 수 있습니다. `storyflower registry list`에서 다른 버전을 고르거나 다시 학습하세요.",
        ),
        "en": (
            "version {version} does not load: {reason}",
            "Its files may be damaged. Take another version of `storyflower registry list`, or train again.",
        ),
    },
}
