"""Messages and log lines of a training, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # the English descriptions are recorded with models: they stay as they are
    "hardware.cpu": {"ko": "CPU, 스레드 {threads}개", "en": "CPU, {threads} threads"},
    "hardware.cpu_one": {"ko": "CPU, 스레드 {threads}개", "en": "CPU, {threads} thread"},
    "hardware.gpu": {"ko": "GPU {count}개: {names}", "en": "{count} GPU: {names}"},
    "hardware.gpus": {"ko": "GPU {count}개: {names}", "en": "{count} GPUs: {names}"},
    "training.compiling": {
        "ko": "이 컴퓨터에 맞게 모델을 컴파일합니다. 최대 1분 정도 걸립니다",
        "en": "compiling the model for this machine, which takes up to a minute",
    },
    "training.no_attention_dropout": {
        "ko": "인코더의 어텐션 드롭아웃({dropout})은 적용하지 않습니다. 패딩 없는 어텐션에는 드롭아웃이 없습니다",
        "en": "the encoder's attention dropout of {dropout} is not applied: attention without padding has no dropout",
    },
    "training.class_weights": {
        "ko": "손실에 클래스 가중치를 줍니다: 가장 흔한 라벨 {least:.2f}, 가장 드문 라벨 {most:.2f}",
        "en": "class weights in the loss: {least:.2f} for the most frequent label, {most:.2f} for the rarest",
    },
    "training.smaller_batches": {
        "ko": "예문 {together}개를 한꺼번에 처리하기에는 메모리가 부족합니다. "
        "{rows}개씩 {parts}번에 나누어 계속합니다. 결과는 같습니다",
        "en": "out of memory with {together} examples at once: going on with {rows} at once, in {parts} micro-batches "
        "per step; the result is the same",
    },
    "training.not_compiled": {
        "ko": "이 컴퓨터에서는 모델을 컴파일할 수 없습니다({reason}). 컴파일하지 않고 계속합니다",
        "en": "the model cannot be compiled here ({reason}): training goes on without compiling",
    },
    "training.other_rank": {
        "ko": "다른 프로세스에서 실패했습니다",
        "en": "it failed in another process",
    },
    "training.not_recorded": {
        "ko": "학습 단계를 CUDA 그래프로 기록할 수 없습니다({reason}). 기록하지 않고 계속합니다",
        "en": "the step cannot be recorded as a CUDA graph ({reason}): training goes on without recording",
    },
    "training.checkpoint_damaged": {
        "ko": "손상된 체크포인트 {file}을(를) 건너뜁니다",
        "en": "the checkpoint {file} is damaged, and skipped",
    },
    "encoder_on_the_hub": {
        "ko": "Hugging Face 허브의 커밋 {commit}. 첫 실행 때 내려받습니다",
        "en": "the Hugging Face hub, commit {commit}: downloaded by the first run",
    },
    "and_more_weights": {"ko": "{names} 외 {count}개", "en": "{names} and {count} more"},
    "training.new_pooler": {
        "ko": "{encoder}에는 pooler 가중치가 없습니다. 분류 층과 함께 새로 학습합니다",
        "en": "{encoder} has no pooler: a new one is trained with the head",
    },
    "stages.busy": {
        "ko": "{stage}: 다른 실행이 같은 단계를 처리하고 있어 끝나기를 기다립니다",
        "en": "{stage}: another run is computing this stage; waiting for it",
    },
    "stages.again": {
        "ko": "{entry}: 다시 만듭니다",
        "en": "{entry}: building the entry again",
    },
    "stages.damaged": {
        "ko": "{path}: 저장해 둔 파일이 없거나 손상되어 다시 만듭니다",
        "en": "{path}: a stored file is missing or damaged; building the entry again",
    },
    "stages.manifest_unreadable": {
        "ko": "{entry}: 저장해 둔 항목의 목록 파일을 읽을 수 없습니다",
        "en": "{entry}: the manifest of a stored entry cannot be read",
    },
}
