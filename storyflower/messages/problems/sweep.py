"""Problems with sweeps and their search spaces, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "optuna_absent": {
        "ko": (
            "{package} 패키지가 설치되어 있지 않습니다.",
            "설치하세요: .venv/bin/pip install -c constraints.txt -e '.[sweep]'",
        ),
        "en": (
            "the package {package} is not installed.",
            "Install it: .venv/bin/pip install -c constraints.txt -e '.[sweep]'",
        ),
    },
    "studies_driver_absent": {
        "ko": (
            "PostgreSQL에 연결하는 데 필요한 패키지 psycopg가 설치되어 있지 않습니다.",
            "설치하세요: .venv/bin/pip install 'psycopg[binary]'",
        ),
        "en": (
            "the package psycopg, which PostgreSQL needs, is not installed.",
            "Install it: .venv/bin/pip install 'psycopg[binary]'",
        ),
    },
    "studies_silent": {
        "ko": (
            "시도를 기록하는 데이터베이스를 사용할 수 없습니다: {reason}",
            "STORYFLOWER_STUDIES의 주소와 서버를 확인하고 같은 명령을 다시 실행하세요. 끝난 시도는 남아 있습니다.",
        ),
        "en": (
            "the database of the trials cannot be used: {reason}",
            "Check the address in STORYFLOWER_STUDIES and its server, and repeat the command: trials that ended are "
            "kept.",
        ),
    },
    "study_absent": {
        "ko": (
            "여기에는 이 탐색의 시도 기록이 없습니다.",
            "탐색을 시작한 컴퓨터와 이 작업자의 STORYFLOWER_STUDIES를 같은 PostgreSQL 데이터베이스로 지정하세요. "
            "한 컴퓨터에서만 쓴다면 STORYFLOWER_HOME이 같아야 합니다.",
        ),
        "en": (
            "the trials of this sweep are not here.",
            "Set STORYFLOWER_STUDIES to the same PostgreSQL database for the sweep and for this worker; on one "
            "machine, the same STORYFLOWER_HOME is enough.",
        ),
    },
    "study_in_use": {
        "ko": (
            "다른 컴퓨터나 홈 폴더에서 같은 탐색이 실행 중입니다.",
            "끝나기를 기다리거나 그쪽의 --parallel을 늘리세요.",
        ),
        "en": (
            "the same sweep is running on another machine or in another home.",
            "Wait until it has ended, or raise --parallel there.",
        ),
    },
    "trial_taken_over": {
        "ko": (
            "시도 {number}은(는) 이미 끝났거나 다른 프로세스가 맡고 있습니다.",
            "할 일은 없습니다. 탐색이 이 시도의 결과를 다른 실행에서 얻습니다.",
        ),
        "en": (
            "trial {number} is over, or another process has it.",
            "Nothing needs to be done: the sweep has its result from another run.",
        ),
    },
    "sweep_corpus_absent": {
        "ko": (
            "탐색의 말뭉치({key})가 이 홈 폴더에도 공유 저장소에도 없습니다.",
            "탐색과 작업자의 STORYFLOWER_STORE를 같은 저장소로 지정하세요. 한 컴퓨터에서만 쓴다면 STORYFLOWER_HOME이 "
            "같아야 합니다.",
        ),
        "en": (
            "the corpus of the sweep ({key}) is neither in this home nor in a shared store.",
            "Set STORYFLOWER_STORE to the same store for the sweep and for this worker; on one machine, the same "
            "STORYFLOWER_HOME is enough.",
        ),
    },
    "sweep_other_encoder": {
        "ko": (
            "이 작업자의 인코더는 탐색의 인코더와 다릅니다.",
            "이 컴퓨터의 STORYFLOWER_ENCODER를 같은 인코더로 지정하세요.",
        ),
        "en": (
            "the encoder of this worker is another one than the sweep's.",
            "Set STORYFLOWER_ENCODER on this machine to the same encoder.",
        ),
    },
    "sweep_other_texts": {
        "ko": (
            "라벨이 없는 문장 파일의 내용이 탐색을 시작한 컴퓨터와 다릅니다.",
            "모든 컴퓨터에서 같은 파일을 읽을 수 있는 주소를 쓰세요.",
        ),
        "en": (
            "the files of texts without labels hold other texts than on the machine of the sweep.",
            "Give addresses at which every machine reads the same files.",
        ),
    },
    "sweep_no_server": {
        "ko": (
            "시도를 {parallel}개씩 하려면 Prefect 서버와 작업자가 있어야 하는데, 설정된 서버가 없습니다.",
            "`make server`와 `make worker`를 실행하고 PREFECT_API_URL을 지정하거나 --parallel을 빼세요.",
        ),
        "en": (
            "{parallel} trials at a time need a Prefect server and workers, and no server is configured.",
            "Run `make server` and `make worker` and set PREFECT_API_URL, or leave --parallel out.",
        ),
    },
    "sweep_no_deployment": {
        "ko": (
            "Prefect 서버에 작업 풀이 있는 배포 {deployment}이(가) 없습니다.",
            "`make worker` 또는 `.venv/bin/python -m flows.deployments 작업풀`로 배포하세요.",
        ),
        "en": (
            "the Prefect server has no deployment {deployment} with a work pool.",
            "Deploy it: `make worker`, or `.venv/bin/python -m flows.deployments POOL`.",
        ),
    },
    "sweep_waits_for_itself": {
        "ko": (
            "작업 풀의 동시 실행 한도가 {limit}이어서 시도를 할 자리가 없습니다. 탐색 자신이 자리를 차지하면 시도는 "
            "끝없이 기다립니다.",
            "`prefect work-pool set-concurrency-limit`로 한도를 {slots}(으)로 늘리거나, 탐색을 명령줄이나 다른 풀에서 "
            "실행하거나, parallel을 1로 하세요.",
        ),
        "en": (
            "the work pool has a concurrency limit of {limit}, which leaves no slot for trials: with the sweep itself "
            "in it they would wait for ever.",
            "Raise the limit to {slots} with `prefect work-pool set-concurrency-limit`, run the sweep from the "
            "command line or in another pool, or set parallel to 1.",
        ),
    },
    "sweep_finalist_lost": {
        "ko": ("결선 학습이 여러 번 실패했습니다: {reason}", "원인을 고치고 같은 명령을 다시 실행하세요."),
        "en": ("training a finalist failed several times: {reason}", "Mend the cause, and repeat the command."),
    },
    "parallel_out_of_bounds": {
        "ko": ("동시 시도 수 {parallel}은(는) {low}~{high} 범위를 벗어납니다.", "예: --parallel 2"),
        "en": ("{parallel} trials at a time are outside of {low} to {high}.", "For example: --parallel 2"),
    },
    "plan_out_of_bounds": {
        "ko": ("{name} 값 {value}은(는) {low}~{high} 범위를 벗어납니다.", "비워 두면 기본값을 씁니다."),
        "en": ("{name} is {value}, which is outside of {low} to {high}.", "Left out, it has its default."),
    },
    "sweep_runs": {
        "ko": (
            "이 홈 폴더에서 다른 탐색이 실행 중입니다. 한 장치에서 두 모델을 동시에 학습하지 않습니다.",
            "끝나기를 기다리거나, STORYFLOWER_HOME을 다른 폴더로 지정하세요.",
        ),
        "en": (
            "another sweep is running in this home: two trials never share a device.",
            "Wait until it has ended, or set STORYFLOWER_HOME to another folder.",
        ),
    },
    "sweep_all_failed": {
        "ko": (
            "{failed}개의 시도가 잇달아 실패했습니다. 마지막 이유: {reason}",
            "탐색 범위를 줄이거나 원인을 고치세요.",
        ),
        "en": ("{failed} trials failed one after the other, the last one: {reason}", "Narrow the search, or mend it."),
    },
    "sweep_nothing_complete": {
        "ko": ("끝까지 학습한 시도가 없어 가장 좋은 레시피를 고를 수 없습니다.", "--trials나 --timeout을 늘리세요."),
        "en": ("no trial was trained to its end, so that none can be chosen.", "Raise --trials or --timeout."),
    },
    "trials_out_of_bounds": {
        "ko": ("시도 수 {trials}은(는) {low}~{high} 범위를 벗어납니다.", "예: --trials 20"),
        "en": ("{trials} trials are outside of {low} to {high}.", "For example: --trials 20"),
    },
    "timeout_unreadable": {
        "ko": ("{value!r}은(는) 시간으로 읽을 수 없습니다.", "예: 90s, 30m, 2h, 1d"),
        "en": ("{value!r} is no length of time.", "For example: 90s, 30m, 2h, 1d"),
    },
    "search_unreadable": {
        "ko": (
            "탐색 범위 파일을 읽을 수 없습니다: {reason}.",
            "경로를 확인하거나, 기본 범위를 쓰려면 --search를 빼세요.",
        ),
        "en": ("the file of the search space cannot be read: {reason}.", "Check the path, or leave --search out."),
    },
    "search_not_toml": {
        "ko": ("탐색 범위 파일이 TOML 형식이 아닙니다: {reason}.", "예: [epochs] 표 아래에 low = 2, high = 8"),
        "en": (
            "the file of the search space is not TOML: {reason}.",
            "For example: a table [epochs], low = 2, high = 8",
        ),
    },
    "search_empty": {
        "ko": ("탐색할 필드가 없습니다.", "필드마다 표를 하나씩 적으세요. 예: [epochs] 표 아래에 low = 2, high = 8"),
        "en": ("it names no field.", "Write a table for each, for example [epochs] with low = 2 and high = 8."),
    },
    "search_twice": {
        "ko": ("{field} 필드의 표가 두 개입니다.", "하나만 남기세요."),
        "en": ("there are two tables for the field {field}.", "Keep one of them."),
    },
    "search_changes_measure": {
        "ko": (
            "{field} 필드를 바꾸면 모델이 아니라 재는 대상이나 기준이 달라져 시도끼리 비교할 수 없습니다.",
            "text.*, encoder.*, training.* 필드만 탐색하고, 이 필드는 --set으로 정하세요.",
        ),
        "en": (
            "the field {field} decides what is measured and not the model: its values cannot be compared.",
            "Search the fields of text.*, encoder.* and training.*, and set this one by --set.",
        ),
    },
    "search_not_of_model": {
        "ko": (
            "{field} 필드로는 모델을 고르지 않습니다. 우연이나 장치, 학습을 거부하는 한계를 정할 뿐입니다.",
            "표를 지우고, 값은 --set으로 정하세요.",
        ),
        "en": (
            "no model is chosen by the field {field}: it is chance, the machine, or a limit of what is refused.",
            "Remove the table, and set the field by --set.",
        ),
    },
    "search_no_table": {
        "ko": ("표가 아니라 값 {value!r}이(가) 있습니다.", "low와 high, 또는 choices가 있는 표로 적으세요."),
        "en": ("there is the value {value!r} in the place of a table.", "Write a table with low and high, or choices."),
    },
    "search_keys": {
        "ko": (
            "표에 적힌 이름이 맞지 않습니다: {keys}.",
            "low와 high(필요하면 log, step도), 또는 choices 하나만 적으세요.",
        ),
        "en": (
            "the names in the table do not go together: {keys}.",
            "Give low and high (with log or step where wanted), or choices alone.",
        ),
    },
    "search_value_unfit": {
        "ko": ("{value!r} 값이 필드에 맞지 않습니다: {reason}", "각 필드의 뜻과 값: storyflower train --fields"),
        "en": (
            "the value {value!r} does not fit: {reason}",
            "The fields and their meaning: storyflower train --fields",
        ),
    },
    "search_value_read": {
        "ko": ("{value} 값은 이 필드에서 {read!r}(으)로 바뀝니다.", "필드의 형식에 맞게 적으세요."),
        "en": ("the value {value} would be read as {read!r}.", "Write it as the field holds it."),
    },
    "search_choices": {
        "ko": ("choices는 값이 둘 이상인 목록이어야 합니다: {value!r}", "예: choices = [16, 32, 64]"),
        "en": ("choices is no list of two values or more: {value!r}", "For example: choices = [16, 32, 64]"),
    },
    "search_choices_twice": {
        "ko": ("choices에 같은 값이 두 번 있습니다: {value!r}", "하나만 남기세요."),
        "en": ("a value stands twice in choices: {value!r}", "Keep one of them."),
    },
    "search_no_numbers": {
        "ko": ("이 필드는 숫자가 아니므로 low와 high로 적을 수 없습니다.", "choices = [...]로 값을 나열하세요."),
        "en": ("the field holds no numbers, so that it has no low and high.", "List its values: choices = [...]"),
    },
    "search_no_int": {
        "ko": ("{name} 값 {value!r}은(는) 정수가 아닙니다.", "이 필드에는 정수를 적으세요."),
        "en": ("{name} is {value!r}, which is no whole number.", "The field takes whole numbers."),
    },
    "search_no_number": {
        "ko": ("{name} 값 {value!r}은(는) 숫자가 아닙니다.", "숫자를 적으세요."),
        "en": ("{name} is {value!r}, which is no number.", "Write a number."),
    },
    "search_log_no_switch": {
        "ko": ("log 값 {value!r}은(는) true나 false가 아닙니다.", "log = true로 적거나 지우세요."),
        "en": ("log is {value!r}, neither true nor false.", "Write log = true, or leave it out."),
    },
    "search_low_not_below": {
        "ko": ("low({low})가 high({high})보다 작지 않습니다.", "low < high가 되게 적으세요."),
        "en": ("low ({low}) is not below high ({high}).", "Write them so that low < high."),
    },
    "search_log_of_zero": {
        "ko": ("log = true에서는 low({low})가 0보다 커야 합니다.", "low를 키우거나 log를 지우세요."),
        "en": ("with log = true, low ({low}) must be above 0.", "Raise low, or leave log out."),
    },
    "search_log_and_step": {
        "ko": ("log와 step은 함께 쓸 수 없습니다.", "하나를 지우세요."),
        "en": ("log and step do not go together.", "Leave one of them out."),
    },
    "search_step": {
        "ko": (
            "step {step}(으)로는 {low}에서 {high}까지 나누어떨어지지 않습니다.",
            "high - low가 step의 배수가 되게 하세요.",
        ),
        "en": ("steps of {step} do not lead from {low} to {high}.", "Make high - low a multiple of step."),
    },
}
