"""The texts of `--help`, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "demo_help": {
        "ko": (
            "예제 통합 문서를 만들고 tiny 모델을 학습해 등록한 뒤 세 문장의 감정을 예측합니다.\n"
            "\n"
            "GPU, 계정, 내려받기가 필요 없습니다. 말뭉치가 문장 틀로 만든 예제이므로 모델은 파이프라인의 동작만 보여 "
            "줍니다. "
            "모델은 `storyflower-demo`라는 이름으로 따로 등록되며, 직접 학습한 모델의 챔피언이 되지 않습니다.\n"
            "두 번째 실행에서는 모든 단계의 결과를 재사용합니다."
        ),
        "en": (
            "Write sample workbooks, train the tiny model on them, register it and let it answer three sentences.\n"
            "\n"
            "Needs no GPU, no account and no download. The model only shows the machinery: its corpus is made of "
            "templates. It is registered as `storyflower-demo`, beside your own models, never as their champion.\n"
            "Run it twice: the second run reuses every stage."
        ),
    },
    "announce_help": {
        "ko": (
            "새 통합 문서가 있음을 알립니다. Prefect 서버에 이벤트 `storyflower.corpus.updated`를 보냅니다.\n"
            "\n"
            "prefect.yaml의 배포 `retrain`이 이 이벤트로 시작되어, 밤까지 기다리지 않고 바로 통합 문서를 확인합니다."
        ),
        "en": (
            "Say that there are new workbooks: emits the event `storyflower.corpus.updated` to the Prefect server.\n"
            "\n"
            "The deployment `retrain` of prefect.yaml is triggered by it, and looks at its locations at once "
            "instead of at night."
        ),
    },
    "doctor_help": {
        "ko": (
            "설치된 패키지, 사용할 장치, 인코더·MLflow·Prefect 연결을 확인합니다.\n"
            "\n"
            "학습을 시작할 수 있으면 종료 코드 0, 시작할 수 없으면 1입니다."
        ),
        "en": (
            "Say what is installed, which device would be used, and whether encoder, MLflow and Prefect are "
            "reachable.\n"
            "\n"
            "Exit code 0 when a training run can start, 1 when something stands in its way."
        ),
    },
    "reconcile_help": {
        "ko": (
            "강제로 종료된 프로세스가 열어 둔 실행을 닫고, 남겨진 임시 Prefect 서버를 종료합니다.\n"
            "\n"
            "프로세스가 없어진 실행을 닫습니다. 다른 컴퓨터의 실행은 플로 실행이 끝났을 때 닫습니다. MLflow에서는 "
            "플로 실행과 같은 상태로 끝나고, Prefect에서 아직 진행 중이면 Crashed로 끝납니다. 학습을 시작할 때마다 "
            "이 정리를 먼저 하며, 명령줄에서 시작한 학습은 남은 임시 서버도 종료합니다. 작업자는 프로세스가 죽은 "
            "플로의 실행을 닫습니다."
        ),
        "en": (
            "Close the runs that killed processes left open, and end the temporary Prefect servers that they left "
            "behind.\n"
            "\n"
            "A run is closed when its process is gone, seen from another machine when its flow run is over: in "
            "MLflow it ends as its flow run has, in Prefect as Crashed where it still goes on. Every training "
            "closes such runs when it begins, and started from the command line it ends such servers too; the "
            "worker closes the run of a flow whose process dies."
        ),
    },
    "prune_help": {
        "ko": (
            "한동안 쓰지 않은 캐시, 체크포인트, 내려받은 파일과 게이트가 거부한 버전을 지웁니다.\n"
            "\n"
            "기간은 STORYFLOWER_KEEP_DAYS(기본 30일), 남길 거부된 버전 수는 STORYFLOWER_KEEP_REJECTED(기본 5)로 "
            "정합니다. 등록된 버전을 만든 데이터와, 별칭이 있거나 있었던 버전은 지우지 않습니다."
        ),
        "en": (
            "Remove caches, checkpoints and downloads that no run has used for a while, and versions that the gate "
            "refused.\n"
            "\n"
            "STORYFLOWER_KEEP_DAYS (30) sets how many days that is, STORYFLOWER_KEEP_REJECTED (5) how many of the "
            "refused versions stay. Whatever a registered version was made of stays, and so does every version that "
            "has an alias or had one."
        ),
    },
    "option_model": {
        "ko": "등록된 모델의 이름. 비워 두면 STORYFLOWER_MODEL 또는 storyflower-kobert입니다.",
        "en": "Registered model; STORYFLOWER_MODEL or storyflower-kobert when empty.",
    },
    "option_version_or_alias": {
        "ko": "버전(`3`) 또는 별칭(`@champion`).",
        "en": "A version (`3`) or alias (`@champion`).",
    },
    "option_reason": {
        "ko": "이유. 이력에 남습니다.",
        "en": "Why; kept in the history.",
    },
    "option_to": {
        "ko": "되돌릴 버전. 비워 두면 이전 챔피언입니다.",
        "en": "A version to go back to; the former champion when empty.",
    },
    "option_prune_dry_run": {
        "ko": "지울 것을 보여 주기만 합니다.",
        "en": "Only say what would go.",
    },
    "registry_help": {
        "ko": "등록된 버전과 승격 여부의 이유를 확인하고, 직접 승격하거나 되돌립니다.",
        "en": "The registered versions: look at them, ask why, promote one by hand, roll back.",
    },
    "registry_list_help": {
        "ko": "모든 버전을 최신순으로 보여 줍니다: 별칭, 점수, 게이트의 판정.",
        "en": "List every version, newest first: aliases, figures, and the decision of the gate.",
    },
    "registry_show_help": {
        "ko": ("한 버전의 모든 정보를 보여 줍니다.\n\nstoryflower registry show @champion"),
        "en": ("Show all that is known of a version.\n\nstoryflower registry show @champion"),
    },
    "registry_compare_help": {
        "ko": (
            "두 버전을 비교합니다: 점수, 레시피, 데이터, 그리고 같은 문장으로 평가했다면 문장별 예측.\n"
            "\n"
            "storyflower registry compare 3 @champion"
        ),
        "en": (
            "Compare two versions: figures, recipe, data, and example by example where both saw the same "
            "sentences.\n"
            "\n"
            "storyflower registry compare 3 @champion"
        ),
    },
    "registry_why_help": {
        "ko": ("버전이 승격되거나 거부된 이유를 보여 줍니다: 검사마다 수치, 기준, 판정.\n\nstoryflower registry why 3"),
        "en": (
            "Say why a version was promoted or not: every check with its figure, its bound and its verdict.\n"
            "\n"
            "storyflower registry why 3"
        ),
    },
    "registry_promote_help": {
        "ko": (
            "게이트의 판정과 관계없이 버전을 직접 챔피언으로 승격합니다. 정상적으로 불러와 예측할 수 있는 버전이어야 "
            "합니다.\n"
            "\n"
            'storyflower registry promote 3 -m "이번 주 문의에서 더 나음, 지연이 확인"'
        ),
        "en": (
            "Make a version the champion by hand, whatever the gate decided; it must load and answer.\n"
            "\n"
            'storyflower registry promote 3 -m "better on this week\'s complaints, read by Jiyeon"'
        ),
    },
    "registry_rollback_help": {
        "ko": (
            "별칭을 이전 챔피언으로 되돌립니다. 물러난 버전은 자동으로 다시 승격되지 않습니다.\n"
            "\n"
            'storyflower registry rollback -m "오늘 아침부터 모든 문장에 불안이라고 답함"'
        ),
        "en": (
            "Give the alias back to the former champion. A version that was rolled back is not promoted again by "
            "itself.\n"
            "\n"
            'storyflower registry rollback -m "answers 불안 to everything since this morning"'
        ),
    },
    "registry_history_help": {
        "ko": "별칭 `champion`을 누가 언제 어디서 어디로 왜 옮겼는지 보여 줍니다.",
        "en": "Show who or what moved the alias `champion`, when, from where, to where, and why.",
    },
}
