"""Problems with the machine: the home, the disk, the packages, by code, in Korean and in English."""

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
    "output_unwritable": {
        "ko": (
            "표준 출력에 쓸 수 없습니다: {reason}",
            "출력을 다른 곳으로 보내거나 그곳에 공간을 확보한 뒤 같은 명령을 다시 실행하세요.",
        ),
        "en": (
            "standard output cannot be written: {reason}",
            "Send the output elsewhere, or make room where it goes; then run the same command again.",
        ),
    },
    "home_is_file": {
        "ko": (
            "홈 폴더가 있어야 할 자리에 파일이 있습니다.",
            "STORYFLOWER_HOME을 폴더로 정하거나 이 파일을 다른 곳으로 옮기세요.",
        ),
        "en": (
            "this is a file, where the home folder should be.",
            "Set STORYFLOWER_HOME to a folder, or move this file away.",
        ),
    },
    "access_refused": {
        "ko": ("접근 권한이 없습니다. ({reason})", "권한을 바꾸거나 다른 파일이나 폴더를 지정하세요."),
        "en": (
            "access is refused ({reason})",
            "Change the permissions of that file or folder, or name another one.",
        ),
    },
    "package_missing": {
        "ko": ("'{package}' 패키지가 설치되어 있지 않습니다.", "`make setup`을 실행하세요."),
        "en": ("the package '{package}' is not installed.", "Run `make setup`."),
    },
    # -- ports
    "host_unknown": {
        "ko": (
            "{host}(이)라는 주소나 컴퓨터 이름을 찾을 수 없습니다.",
            "이 컴퓨터에서만 쓰려면 127.0.0.1을, 다른 컴퓨터에서도 쓰려면 이 컴퓨터의 주소나 0.0.0.0을 지정하세요.",
        ),
        "en": (
            "{host} is no address, and no machine of this name is known.",
            "Give 127.0.0.1 for this machine alone; for others as well, an address of this machine, or 0.0.0.0 for all "
            "of them.",
        ),
    },
    "host_of_another": {
        "ko": (
            "{host}은(는) 이 컴퓨터의 주소가 아닙니다.",
            "이 컴퓨터에서만 쓰려면 127.0.0.1을, 다른 컴퓨터에서도 쓰려면 이 컴퓨터의 주소나 0.0.0.0을 지정하세요.",
        ),
        "en": (
            "{host} is no address of this machine.",
            "Give 127.0.0.1 for this machine alone; for others as well, an address of this machine, or 0.0.0.0 for all "
            "of them.",
        ),
    },
    "port_reserved": {
        "ko": (
            "{port}번 포트는 관리자만 열 수 있습니다.",
            "1024 이상의 다른 포트를 지정하세요.",
        ),
        "en": (
            "only an administrator may open port {port}.",
            "Choose another port, from 1024 on.",
        ),
    },
    "no_such_port": {
        "ko": (
            "그런 포트 번호는 없습니다.",
            "0과 65535 사이의 번호를 지정하세요.",
        ),
        "en": (
            "there is no such port.",
            "Give a number between 0 and 65535.",
        ),
    },
    "port_unopened": {
        "ko": (
            "이 주소의 포트를 열 수 없습니다: {reason}",
            "다른 주소나 다른 포트를 지정하세요.",
        ),
        "en": (
            "this port cannot be opened: {reason}",
            "Give another address or another port.",
        ),
    },
}
