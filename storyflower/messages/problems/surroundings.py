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
    # -- the disk
    "disk_full": {
        "ko": (
            "디스크가 가득 찼습니다. ({reason})",
            "공간을 확보한 뒤 같은 명령을 다시 실행하세요. 끝난 단계부터 이어집니다.",
        ),
        "en": (
            "the disk is full ({reason})",
            "Make room, then run the same command again: it goes on from what is finished.",
        ),
    },
    "disk_fails": {
        "ko": (
            "디스크에 오류가 있습니다. ({reason})",
            "가득 찼다면 공간을 확보하고, 아니라면 디스크를 점검하세요. 그다음 같은 명령을 다시 실행하세요.",
        ),
        "en": (
            "the disk fails ({reason})",
            "Make room if it is full, else look at the disk; then run the same command again.",
        ),
    },
    "home_not_writable": {
        "ko": (
            "여기에 쓸 수 없습니다. ({reason})",
            "STORYFLOWER_HOME을 쓰기 권한이 있는 폴더로 정하거나 이 폴더의 권한을 바꾸세요.",
        ),
        "en": (
            "it cannot be written ({reason})",
            "Set STORYFLOWER_HOME to a folder that you may write, or change the folder's permissions.",
        ),
    },
    "access_refused": {
        "ko": ("접근 권한이 없습니다. ({reason})", "파일이나 폴더의 권한을 바꾸거나 다른 것을 지정하세요."),
        "en": (
            "access is refused ({reason})",
            "Change the permissions of that file or folder, or name another one.",
        ),
    },
    # -- MLflow
    "mlflow_gone": {
        "ko": (
            "MLflow 서버가 더 이상 응답하지 않습니다: {reason}",
            "끝난 단계와 학습된 모델은 모두 남아 있습니다. 서버를 시작한 뒤 같은 명령을 다시 실행하세요. 같은 "
            "학습을 두 번 하지 않습니다.",
        ),
        "en": (
            "the MLflow server stopped answering: {reason}",
            "Every finished stage is kept, the trained model too. Start the server, then run the same command again: "
            "it trains nothing twice.",
        ),
    },
    "mlflow_silent": {
        "ko": (
            "MLflow 저장소가 응답하지 않습니다: {reason}",
            "서버를 시작하거나, 로컬 저장소를 쓰려면 MLFLOW_TRACKING_URI와 STORYFLOWER_TRACKING_URI를 해제하세요.",
        ),
        "en": (
            "the MLflow store does not answer: {reason}",
            "Start it, or unset MLFLOW_TRACKING_URI and STORYFLOWER_TRACKING_URI to use the local store.",
        ),
    },
    "mlflow_refuses": {
        "ko": (
            "MLflow 서버가 요청을 거부합니다(HTTP {status}): {reason}",
            "MLFLOW_TRACKING_USERNAME과 MLFLOW_TRACKING_PASSWORD(또는 MLFLOW_TRACKING_TOKEN)를 확인하고, 이 사용자에게 "
            "실험과 모델을 쓸 권한이 있는지 서버 관리자에게 문의하세요.",
        ),
        "en": (
            "the MLflow server refuses the request (HTTP {status}): {reason}",
            "Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN), and ask who runs "
            "the server whether this user may write experiments and models.",
        ),
    },
    # -- Prefect
    "prefect_silent": {
        "ko": (
            "Prefect 서버가 응답하지 않습니다: {reason}",
            "`make server`로 시작하거나 PREFECT_API_URL을 고치거나 해제한 뒤 같은 명령을 다시 실행하세요.",
        ),
        "en": (
            "the Prefect server does not answer: {reason}",
            "Start it with `make server`, or mend or unset PREFECT_API_URL; then run the same command again.",
        ),
    },
    "no_prefect_server": {
        "ko": (
            "Prefect 서버가 지정되지 않아 이벤트를 보낼 곳이 없습니다.",
            "export PREFECT_API_URL=http://127.0.0.1:4200/api (`make server`가 이 주소에서 서버를 시작합니다.)",
        ),
        "en": (
            "no Prefect server is configured to which the event could be sent.",
            "export PREFECT_API_URL=http://127.0.0.1:4200/api (`make server` starts one there.)",
        ),
    },
    "nothing_listens": {
        "ko": (
            "이 이벤트로 시작되는 활성 배포가 없어 이벤트를 보내지 않았습니다.",
            "`make worker`로 prefect.yaml을 배포하세요. 배포나 자동화가 일시 중지되어 있다면 Prefect "
            "화면에서 다시 켜세요.",
        ),
        "en": (
            "no active deployment is triggered by this event, so it was not sent.",
            "Deploy prefect.yaml with `make worker`; where the deployment or its automation is paused, resume it in "
            "Prefect's pages.",
        ),
    },
    "deployed_without_workbooks": {
        "ko": (
            "배포 {deployment}이(가) 읽을 통합 문서가 없어 이벤트를 보내지 않았습니다: {reason}",
            "그 위치에 통합 문서를 두거나, prefect.yaml의 retrain 배포에서 parameters의 source를 고치고 "
            "`make worker`로 다시 배포하세요.",
        ),
        "en": (
            "the deployment {deployment} has no workbooks to read, so the event was not sent: {reason}",
            "Put workbooks there, or change `source` under `parameters` of the deployment retrain in prefect.yaml and "
            "deploy it again with `make worker`.",
        ),
    },
    "package_missing": {
        "ko": ("'{package}' 패키지가 설치되어 있지 않습니다.", "`make setup`을 실행하세요."),
        "en": ("the package '{package}' is not installed.", "Run `make setup`."),
    },
}
