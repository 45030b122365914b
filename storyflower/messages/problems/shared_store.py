"""Problems with the store that several machines share, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "shared_extra_missing": {
        "ko": (
            "공유 저장소를 사용하는 데 필요한 패키지 obstore가 설치되어 있지 않습니다.",
            "`.venv/bin/pip install -c constraints.txt -e '.[s3]'`를 실행하거나 STORYFLOWER_STORE를 해제하세요.",
        ),
        "en": (
            "the package obstore, which a shared store needs, is not installed.",
            "Run `.venv/bin/pip install -c constraints.txt -e '.[s3]'`, or unset STORYFLOWER_STORE.",
        ),
    },
    "shared_unreachable": {
        "ko": (
            "공유 저장소가 응답하지 않거나 오류로 응답합니다: {reason}",
            "네트워크와 서버 주소(AWS_ENDPOINT_URL 등)를 확인하고 `storyflower doctor`를 실행하세요. 이미 만든 결과는 "
            "홈 폴더에 남아 있으며, 다시 실행하면 이어서 올립니다.",
        ),
        "en": (
            "the shared store does not answer, or answers with an error: {reason}",
            "Check the network and the address of the server (such as AWS_ENDPOINT_URL), and run `storyflower doctor`. "
            "What was computed stays in the home; the next run uploads it.",
        ),
    },
    "shared_missing": {
        "ko": (
            "공유 저장소의 버킷이나 폴더가 없습니다: {reason}",
            "버킷이나 폴더를 먼저 만들거나(네트워크 폴더라면 마운트되어 있는지 확인하고) STORYFLOWER_STORE를 고치세요.",
        ),
        "en": (
            "the bucket or folder of the shared store does not exist: {reason}",
            "Create it first (a network folder: check that it is mounted), or correct STORYFLOWER_STORE.",
        ),
    },
    "shared_denied": {
        "ko": (
            "공유 저장소에 접근할 권한이 없거나 인증 정보를 찾을 수 없습니다: {reason}",
            "인증 정보를 환경 변수(AWS_ACCESS_KEY_ID와 AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS, "
            "AZURE_STORAGE_ACCOUNT_NAME 등)로 지정하고, 목록 조회, 읽기, 쓰기, 삭제 권한이 있는지 확인하세요.",
        ),
        "en": (
            "the shared store denies access, or there are no credentials: {reason}",
            "Set the credentials in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME and so on), and check that they allow to list, "
            "read, write and delete.",
        ),
    },
    "shared_full": {
        "ko": (
            "공유 저장소에 남은 공간이 없습니다: {reason}",
            "`storyflower prune`으로 오래된 항목을 지우거나 저장소의 용량을 늘린 뒤 다시 실행하세요. 이미 만든 "
            "결과는 홈 폴더에 남아 있으며, 다시 실행하면 이어서 올립니다.",
        ),
        "en": (
            "the shared store is full: {reason}",
            "Remove old entries with `storyflower prune`, or give the store more room, and run again. What was "
            "computed stays in the home; the next run uploads it.",
        ),
    },
    "shared_ignores_create": {
        "ko": (
            "공유 저장소의 서버가 '없을 때만 만들기'(If-None-Match) 조건을 무시합니다. 두 컴퓨터가 같은 단계를 동시에 "
            "만들면 서로의 결과를 덮어쓸 수 있습니다.",
            "조건부 쓰기를 지원하는 서버를 사용하세요(예: Amazon S3, Google Cloud Storage, Azure, MinIO, SeaweedFS).",
        ),
        "en": (
            "the server of the shared store ignores the condition to create only what does not exist (If-None-Match): "
            "two machines that compute the same stage at the same time would overwrite each other's result.",
            "Use a server with conditional writes, such as Amazon S3, Google Cloud Storage, Azure, MinIO or SeaweedFS.",
        ),
    },
    "shared_ignores_match": {
        "ko": (
            "공유 저장소의 서버가 '바뀌지 않았을 때만 쓰기'(If-Match) 조건을 무시합니다. 여러 컴퓨터가 같은 작업을 "
            "중복해서 할 수 있습니다.",
            "조건부 쓰기를 지원하는 서버를 사용하세요(예: Amazon S3, Google Cloud Storage, Azure, MinIO, SeaweedFS).",
        ),
        "en": (
            "the server of the shared store ignores the condition to replace only what has not changed (If-Match): "
            "several machines would do the same work.",
            "Use a server with conditional writes, such as Amazon S3, Google Cloud Storage, Azure, MinIO or SeaweedFS.",
        ),
    },
}
