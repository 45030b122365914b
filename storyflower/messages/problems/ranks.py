"""Problems of a training on several devices or machines, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "ranks_lost": {
        "ko": (
            "학습을 {restarts}번 다시 시작했지만 실패가 반복되었습니다: {reason}",
            "같은 명령을 다시 실행하세요. 마지막으로 저장된 에폭부터 이어서 학습합니다.",
        ),
        "en": (
            "the training failed again after {restarts} restarts: {reason}.",
            "Run the same command again: it goes on from the last whole epoch that was stored.",
        ),
    },
    "rendezvous_missing": {
        "ko": (
            "컴퓨터 {nodes}대로 학습하려면 서로 만날 주소가 필요합니다.",
            "STORYFLOWER_RENDEZVOUS를 다른 컴퓨터에서 접속할 수 있는 이 컴퓨터의 주소로 지정하세요. 예: 10.0.0.5:29500",
        ),
        "en": (
            "a training on {nodes} machines needs an address where they meet.",
            "Set STORYFLOWER_RENDEZVOUS to an address of this machine that the others reach, such as 10.0.0.5:29500.",
        ),
    },
    "rendezvous_unfit": {
        "ko": ("‘{address}’은(는) 호스트:포트 형식의 주소가 아닙니다.", "예: 10.0.0.5:29500"),
        "en": ("`{address}` is no address of the form host:port.", "Set it to an address such as 10.0.0.5:29500."),
    },
    "rendezvous_not_opened": {
        "ko": (
            "{place}에서 다른 컴퓨터의 접속을 받을 수 없습니다. ({reason})",
            "이 컴퓨터의 주소와 비어 있는 포트를 지정하세요. 같은 주소를 쓰는 다른 학습이 실행 중이면 끝난 뒤에 다시 "
            "실행하세요.",
        ),
        "en": (
            "connections of other machines cannot be taken at {place} ({reason}).",
            "Set an address of this machine and a free port. If another training uses it, run this one afterwards.",
        ),
    },
    "machines_missing": {
        "ko": (
            "학습에 쓸 컴퓨터 {nodes}대가 제때 모이지 않았습니다.",
            "nodes보다 많지도 적지도 않은 수의 컴퓨터에서 torchrun이 실행 중인지 확인하고 같은 명령을 다시 실행하세요. "
            "마지막으로 저장된 에폭부터 이어서 학습합니다.",
        ),
        "en": (
            "the {nodes} machines of the training did not all meet in time.",
            "See that torchrun runs on as many machines as nodes says, no more and no less, then run the same command "
            "again: it goes on from the last whole epoch that was stored.",
        ),
    },
    "machine_gave_up": {
        "ko": (
            "다른 컴퓨터의 torchrun이 오류로 끝나 학습을 계속할 수 없습니다.",
            "그 컴퓨터의 출력에서 오류를 확인한 뒤 torchrun과 이 명령을 다시 실행하세요. 마지막으로 저장된 "
            "에폭부터 이어서 학습합니다.",
        ),
        "en": (
            "torchrun has ended with an error on another machine, which ends the training.",
            "See its output for the error, then start torchrun and this command again: it goes on from the last whole "
            "epoch that was stored.",
        ),
    },
    "other_ranks": {
        "ko": (
            "레시피는 컴퓨터마다 프로세스 {devices}개씩 모두 {wanted}개를 쓰지만, 이 컴퓨터의 {here}개를 포함해 "
            "{found}개가 모였습니다.",
            "다른 컴퓨터의 torchrun에 --nproc-per-node {devices}를 지정하세요.",
        ),
        "en": (
            "the recipe has {devices} processes on each machine and {wanted} in all, and {found} have met, {here} of "
            "them here.",
            "Start torchrun on the other machines with --nproc-per-node {devices}.",
        ),
    },
    "other_versions": {
        "ko": (
            "학습을 시작한 컴퓨터는 {theirs}, 이 컴퓨터는 {mine}을(를) 씁니다.",
            "모든 컴퓨터에 같은 버전을 설치하세요.",
        ),
        "en": (
            "the machine that started the training has {theirs}, and this one {mine}.",
            "Install the same versions on all machines.",
        ),
    },
    "not_a_rank": {
        "ko": (
            "이 모듈은 torchrun으로 실행해야 합니다.",
            "다른 컴퓨터의 학습에 참여하는 방법은 docs/guides/scaling.ko.md를 참고하세요.",
        ),
        "en": (
            "this module is to be started by torchrun.",
            "See docs/guides/scaling.md for how a machine joins the training of another one.",
        ),
    },
    "store_of_agent": {
        "ko": (
            "torchrun이 다시 시작할 때마다 같은 저장소를 쓰도록 설정되어 있어, 컴퓨터를 교체하면 학습을 이어 갈 수 "
            "없습니다.",
            "TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1을 설정하고 torchrun을 실행하세요.",
        ),
        "en": (
            "torchrun keeps one store for all restarts, with which a training does not survive the loss of a machine.",
            "Start torchrun with TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1.",
        ),
    },
}
