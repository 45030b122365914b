"""Problems of `storyflower cluster`, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "cluster_ended": {
        "ko": (
            "{name}이(가) 종료되었습니다. 로그의 마지막 부분:\n{log}",
            "원인을 해결한 뒤 `storyflower cluster up`을 다시 실행하세요. 저장된 데이터는 그대로 남아 있습니다.",
        ),
        "en": (
            "{name} has ended. The end of its log:\n{log}",
            "Resolve the cause and run `storyflower cluster up` again; what has been stored is kept.",
        ),
    },
    "cluster_silent": {
        "ko": (
            "{name}이(가) 5분 안에 응답하지 않았습니다. 로그의 마지막 부분:\n{log}",
            "컴퓨터의 부하가 높다면 낮춘 뒤 `storyflower cluster up`을 다시 실행하세요.",
        ),
        "en": (
            "{name} did not answer within five minutes. The end of its log:\n{log}",
            "If the machine is under heavy load, reduce it, and run `storyflower cluster up` again.",
        ),
    },
    "cluster_running": {
        "ko": (
            "이 폴더의 클러스터가 이미 실행 중입니다(프로세스 {pid}).",
            '다른 터미널에서 쓰려면 `eval "$(storyflower cluster env)"`를 실행하세요. 끝내려면 실행한 터미널에서 '
            "Ctrl-C를 누르거나 `kill {pid}`를 실행하세요.",
        ),
        "en": (
            "the cluster of this folder is running already (process {pid})",
            'To use it from another terminal, run `eval "$(storyflower cluster env)"`. To end it, press Ctrl-C where '
            "it was started, or run `kill {pid}`.",
        ),
    },
    "cluster_ending": {
        "ko": (
            "이 폴더에서 먼저 실행한 클러스터의 프로세스가 아직 종료되지 않았습니다.",
            "잠시 뒤에 다시 실행하세요.",
        ),
        "en": (
            "processes of a former cluster of this folder have not ended yet",
            "Run the command again in a moment.",
        ),
    },
    "cluster_not_running": {
        "ko": (
            "이 폴더에서 실행 중인 클러스터가 없습니다.",
            "다른 터미널에서 `storyflower cluster up`으로 시작하고, 두 터미널의 STORYFLOWER_HOME이 같은지 확인하세요.",
        ),
        "en": (
            "no cluster of this folder is running",
            "Start it in another terminal with `storyflower cluster up`, and check that STORYFLOWER_HOME is the same "
            "in both.",
        ),
    },
    "cluster_parts_missing": {
        "ko": (
            "클러스터에 필요한 프로그램이나 패키지가 없습니다: {names}",
            "설치: .venv/bin/pip install -c constraints.txt -e '.[cluster]'",
        ),
        "en": (
            "programs or packages that the cluster needs are missing: {names}",
            "Install them: .venv/bin/pip install -c constraints.txt -e '.[cluster]'",
        ),
    },
    "cluster_no_checkout": {
        "ko": (
            "배포를 정의하는 파일 prefect.yaml이 없습니다.",
            "StoryFlower 저장소를 내려받아 그 폴더에서 `make cluster`를 실행하세요.",
        ),
        "en": (
            "prefect.yaml, which defines the deployments, is missing",
            "Check out StoryFlower's repository and run `make cluster` there.",
        ),
    },
    "cluster_folder_closed": {
        "ko": (
            "다른 계정은 이 폴더에 들어갈 수 없는데, PostgreSQL은 root가 아니라 nobody 계정으로 실행해야 합니다.",
            "root가 아닌 사용자로 실행하거나, STORYFLOWER_HOME을 /var/lib처럼 다른 계정도 들어갈 수 있는 폴더 아래로 "
            "지정하세요.",
        ),
        "en": (
            "other accounts cannot enter this folder, and PostgreSQL does not run as root but as `nobody`",
            "Run the command as another user than root, or set STORYFLOWER_HOME to a folder that other accounts can "
            "enter, such as one below /var/lib.",
        ),
    },
    "cluster_port_taken": {
        "ko": (
            "다른 프로그램이 이 포트를 이미 쓰고 있습니다.",
            "그 포트를 쓰는 프로그램을 끝내거나 다른 포트를 지정하세요. 지정하지 않으면 비어 있는 포트를 사용합니다.",
        ),
        "en": (
            "another program uses this port.",
            "End the program that uses it, or choose another port; without the option, a free one is used.",
        ),
    },
    "cluster_system": {
        "ko": (
            "`storyflower cluster`는 Windows에서 실행할 수 없습니다.",
            "Linux나 macOS 또는 WSL에서 실행하세요.",
        ),
        "en": (
            "`storyflower cluster` does not run on Windows",
            "Run it on Linux, macOS or in WSL.",
        ),
    },
}
