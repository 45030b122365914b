"""Problems with the servers: MLflow and Prefect, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
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
    "tracking_is_folder": {
        "ko": (
            "폴더는 MLflow 저장소로 쓸 수 없습니다. MLflow가 폴더에 기록하는 방식을 더 이상 지원하지 않습니다.",
            "STORYFLOWER_TRACKING_URI(또는 MLFLOW_TRACKING_URI)를 해제하면 홈 폴더의 저장소를 씁니다. 직접 지정하려면 "
            "http://호스트:5000, postgresql+psycopg://호스트/데이터베이스, sqlite:////폴더/mlflow.db 중 한 형식으로 "
            "쓰세요. 폴더의 기록은 `mlflow migrate-filestore`로 SQLite 파일에 옮길 수 있습니다.",
        ),
        "en": (
            "a folder cannot be the MLflow store: MLflow does not keep runs in folders any more.",
            "Unset STORYFLOWER_TRACKING_URI (or MLFLOW_TRACKING_URI) to use the store in the home, or write "
            "http://host:5000, postgresql+psycopg://host/database or sqlite:////folder/mlflow.db. "
            "`mlflow migrate-filestore` moves the runs of a folder into a SQLite file.",
        ),
    },
    "tracking_address_unfit": {
        "ko": (
            "MLflow 저장소로 쓸 수 있는 주소가 아닙니다.",
            "STORYFLOWER_TRACKING_URI(또는 MLFLOW_TRACKING_URI)를 해제하면 홈 폴더의 저장소를 씁니다. 직접 지정하려면 "
            "http://호스트:5000, postgresql+psycopg://호스트/데이터베이스, sqlite:////폴더/mlflow.db 중 한 형식으로 "
            "쓰세요.",
        ),
        "en": (
            "this is no address of an MLflow store that can be used.",
            "Unset STORYFLOWER_TRACKING_URI (or MLFLOW_TRACKING_URI) to use the store in the home, or write "
            "http://host:5000, postgresql+psycopg://host/database or sqlite:////folder/mlflow.db.",
        ),
    },
    "mlflow_locked": {
        "ko": (
            "다른 프로세스가 MLflow 데이터베이스를 잠그고 있어 2분을 기다려도 쓸 수 없었습니다.",
            "이 파일을 열어 둔 프로그램(데이터베이스 도구, 백업, 멈춘 명령)을 닫고 같은 명령을 다시 실행하세요. 끝난 "
            "단계와 학습된 모델은 남아 있습니다.",
        ),
        "en": (
            "another process has the MLflow database locked, and it could not be used within two minutes.",
            "Close what has this file open (a database tool, a backup, a command that hangs), then run the same "
            "command again: finished stages and the trained model are kept.",
        ),
    },
    "experiment_deleted": {
        "ko": (
            "MLflow 실험 'storyflower'({id})가 삭제되어 실행을 기록할 수 없습니다.",
            "실험을 되살리세요: MLFLOW_TRACKING_URI={uri} mlflow experiments restore --experiment-id {id}",
        ),
        "en": (
            "the MLflow experiment 'storyflower' ({id}) was deleted, so that no run can be recorded.",
            "Restore it: MLFLOW_TRACKING_URI={uri} mlflow experiments restore --experiment-id {id}",
        ),
    },
    "run_deleted": {
        "ko": (
            "진행 중이던 MLflow 실행 또는 그 실험이 삭제되었습니다.",
            "같은 명령을 다시 실행하세요. 끝난 단계와 학습된 모델은 남아 있습니다. 실험이 삭제되었다면 되살리는 방법이 "
            "오류 메시지에 나옵니다.",
        ),
        "en": (
            "the MLflow run that was going on, or its experiment, was deleted.",
            "Run the same command again: finished stages and the trained model are kept. Where the experiment was "
            "deleted, the next error describes how to restore it.",
        ),
    },
    "mlflow_refuses": {
        "ko": (
            "MLflow 서버가 요청을 거부합니다(HTTP {status}): {reason}",
            "MLFLOW_TRACKING_USERNAME과 MLFLOW_TRACKING_PASSWORD(또는 MLFLOW_TRACKING_TOKEN)를 확인하고, 이 사용자에게 "
            "실험과 모델의 쓰기 권한이 있는지 서버 관리자에게 문의하세요.",
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
    "prefect_address_unfit": {
        "ko": (
            "Prefect 서버의 주소가 아닙니다.",
            "PREFECT_API_URL(또는 Prefect 프로필)을 http://127.0.0.1:4200/api 같은 형식으로 고치거나 해제하세요. "
            "해제하면 명령마다 임시 서버를 시작합니다.",
        ),
        "en": (
            "this is no address of a Prefect server.",
            "Correct PREFECT_API_URL (or Prefect's profile) to one such as http://127.0.0.1:4200/api, or unset it: "
            "each command then starts a server of its own.",
        ),
    },
    "prefect_settings_unfit": {
        "ko": (
            "Prefect의 설정을 사용할 수 없습니다: {reason}",
            "PREFECT_API_URL처럼 PREFECT_로 시작하는 환경 변수나 Prefect 프로필(~/.prefect/profiles.toml)의 값을 "
            "고치거나 해제하세요.",
        ),
        "en": (
            "the settings of Prefect cannot be used: {reason}",
            "Correct or unset PREFECT_API_URL, or whichever PREFECT_ variable or value of Prefect's profile "
            "(~/.prefect/profiles.toml) it is.",
        ),
    },
    "prefect_refuses": {
        "ko": (
            "Prefect 서버가 접근을 거부합니다({status}).",
            "이 서버의 비밀 값을 PREFECT_API_AUTH_STRING에 지정하세요. `make server`로 시작한 서버의 값은 그 홈 폴더의 "
            "prefect-secret 파일에 있습니다.",
        ),
        "en": (
            "the Prefect server refuses access ({status})",
            "Set PREFECT_API_AUTH_STRING to the secret of this server; for one of `make server` it is in the file "
            "prefect-secret of its home.",
        ),
    },
    "secret_readable": {
        "ko": (
            "다른 사용자가 Prefect 서버의 비밀 값을 읽을 수 있습니다.",
            "이 파일을 지우고 `make server`와 `make worker`를 다시 시작하면 새 값이 만들어집니다. "
            "소유자만 읽도록 제한할 수 없는 디스크라면 PREFECT_API_AUTH_STRING에 값을 직접 지정하세요.",
        ),
        "en": (
            "other users may read the secret of the Prefect server",
            "Remove this file and start `make server` and `make worker` again: a new secret is made. On a disk that "
            "cannot keep a file private, set PREFECT_API_AUTH_STRING yourself.",
        ),
    },
    "port_taken": {
        "ko": (
            "다른 프로그램이 이 포트를 이미 쓰고 있습니다.",
            "이미 실행 중인 서버를 끝내거나 `make server PREFECT_PORT=4201`처럼 다른 포트를 지정하세요.",
        ),
        "en": (
            "another program uses this port.",
            "End the server that runs there, or choose another port: `make server PREFECT_PORT=4201`.",
        ),
    },
    "prefect_gone": {
        "ko": (
            "Prefect 서버가 더 이상 응답하지 않아 실행이 끝났음을 알리지 못했습니다: {reason}",
            "끝난 단계와 등록된 버전은 모두 남아 있습니다. 직접 시작한 서버라면 다시 시작한 뒤 같은 명령을 다시 "
            "실행하세요. 같은 학습을 두 번 하지 않습니다.",
        ),
        "en": (
            "the Prefect server stopped answering, and the end of the run could not be reported to it: {reason}",
            "Finished stages and registered versions are kept. Start the server again if it is one of your own, then "
            "run the same command again: it trains nothing twice.",
        ),
    },
    "pool_extra_missing": {
        "ko": (
            "이 종류의 작업 풀에 필요한 패키지 {package}이(가) 설치되어 있지 않습니다.",
            "설치: .venv/bin/pip install -c constraints.txt -e '.[{extra}]'",
        ),
        "en": (
            "the package {package}, which this kind of work pool needs, is not installed",
            "Install it: .venv/bin/pip install -c constraints.txt -e '.[{extra}]'",
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
}
