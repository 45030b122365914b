"""Words and sentences of `storyflower cluster`, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "cluster_help": {
        "ko": "여러 컴퓨터가 함께 쓰는 서버를 이 컴퓨터 하나에서 실행해 봅니다.",
        "en": "Run the servers that several machines share on this machine alone, to try them.",
    },
    "cluster_up_help": {
        "ko": "PostgreSQL, S3 서버, MLflow, Prefect와 작업자 둘을 실행하고 Ctrl-C를 누를 때까지 유지합니다.\n\n"
        "모두 이 컴퓨터에서만 접속할 수 있습니다. 작업자는 홈 폴더가 각각 따로 있어 서로 다른 컴퓨터처럼 "
        "데이터베이스와 저장소만 함께 씁니다. 데이터는 홈 폴더 아래의 cluster 폴더에 남아 다음에도 그대로 이어집니다.",
        "en": "Run PostgreSQL, an S3 server, MLflow, Prefect and two workers until Ctrl-C.\n\nAll of them are reached "
        "from this machine alone. Each worker has a home of its own, so that the two share, as two machines would, "
        "nothing but the database and the store. The data stay in the folder cluster of the home, also for the next "
        "time.",
    },
    "cluster_env_help": {
        "ko": "실행 중인 클러스터를 다른 터미널에서 쓰기 위한 export 명령을 출력합니다. 비밀번호가 들어 있습니다.\n\n"
        'eval "$(storyflower cluster env)"',
        "en": "Print the exports by which another terminal uses the running cluster; they contain its passwords.\n\n"
        'eval "$(storyflower cluster env)"',
    },
    "cluster_database_port": {
        "ko": "PostgreSQL의 포트. 지정하지 않으면 비어 있는 포트",
        "en": "Port of PostgreSQL; a free one when empty",
    },
    "cluster_store_port": {
        "ko": "S3 서버의 포트. 지정하지 않으면 비어 있는 포트",
        "en": "Port of the S3 server; a free one when empty",
    },
    "cluster_mlflow_port": {
        "ko": "MLflow의 포트. 지정하지 않으면 비어 있는 포트",
        "en": "Port of MLflow; a free one when empty",
    },
    "cluster_prefect_port": {
        "ko": "Prefect의 포트. 지정하지 않으면 비어 있는 포트",
        "en": "Port of Prefect; a free one when empty",
    },
    "cluster.starting": {"ko": "{name} 시작하는 중 …", "en": "Starting {name} …"},
    "cluster.deployments": {"ko": "prefect.yaml 배포", "en": "deployments of prefect.yaml"},
    "cluster.service": {"ko": "서비스", "en": "service"},
    "cluster.address": {"ko": "주소", "en": "address"},
    "cluster.log": {"ko": "로그", "en": "log"},
    "cluster.queue": {"ko": "대기열 {queue}", "en": "queue {queue}"},
    "cluster.usage": {
        "ko": '다른 터미널에서 사용하기: eval "$(storyflower cluster env)"\n'
        "Prefect 화면에 로그인하기: {page}\n"
        "끝내려면 Ctrl-C를 누르세요.",
        "en": 'In another terminal: eval "$(storyflower cluster env)"\n'
        "To log in to Prefect's pages, open {page}\n"
        "Ctrl-C ends the cluster.",
    },
    "cluster.ended": {"ko": "클러스터를 종료했습니다.", "en": "The cluster has ended."},
}
