"""Log lines about the store that several machines share, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "log.uploading": {
        "ko": "{name}: 공유 저장소에 올리는 중, {total:,.0f}MiB 중 {done:,.0f}MiB",
        "en": "{name}: {done:,.0f} of {total:,.0f} MiB uploaded to the shared store",
    },
    "log.downloading": {
        "ko": "{name}: 공유 저장소에서 내려받는 중, {total:,.0f}MiB 중 {done:,.0f}MiB",
        "en": "{name}: {done:,.0f} of {total:,.0f} MiB downloaded from the shared store",
    },
    "log.shared_busy": {
        "ko": "{stage}: 다른 컴퓨터({host})가 같은 단계를 처리하고 있어 그 결과를 기다립니다",
        "en": "{stage}: another machine ({host}) is computing this stage; waiting for its result",
    },
    "log.shared_damaged": {
        "ko": "{place}: {name}의 파일이 없거나 내용이 기록된 것과 다릅니다: {files}",
        "en": "{place}: files of {name} are missing, or their content is not what was recorded: {files}",
    },
    "log.shared_manifest_unreadable": {
        "ko": "{place}: {name}의 목록 파일을 읽을 수 없어 다시 만듭니다",
        "en": "{place}: the manifest of {name} cannot be read; building the entry again",
    },
    "log.shared_other_used": {
        "ko": "{stage}: 같은 단계를 다른 컴퓨터가 먼저 올렸으므로 그 결과를 사용합니다({key})",
        "en": "{stage}: another machine has uploaded this stage first; its result is used ({key})",
    },
    "log.lease_not_updated": {
        "ko": "공유 저장소에 작업 중이라는 표시를 갱신하지 못했습니다. 다른 컴퓨터가 같은 작업을 시작할 수 있습니다: "
        "{error}",
        "en": "the lease in the shared store could not be updated; another machine may begin the same work: {error}",
    },
    "log.lease_lost": {
        "ko": "{name}: 다른 컴퓨터가 이 작업을 넘겨받았습니다. 먼저 올린 결과를 사용합니다",
        "en": "{name}: another machine has taken this work over; the result that is uploaded first is used",
    },
    "log.checkpoint_brought": {
        "ko": "공유 저장소에서 에폭 {epoch}의 체크포인트를 가져왔습니다",
        "en": "the checkpoint of epoch {epoch} was downloaded from the shared store",
    },
    "log.checkpoint_not_sent": {
        "ko": "체크포인트를 공유 저장소에 올리지 못했습니다. 학습은 계속하고 나중에 다시 올립니다: {error}",
        "en": "a checkpoint could not be uploaded to the shared store; the training goes on, and a later one is "
        "uploaded: {error}",
    },
    "log.checkpoints_not_dropped": {
        "ko": "공유 저장소의 체크포인트를 지우지 못했습니다. 오래되면 `storyflower prune`이 지웁니다: {error}",
        "en": "the checkpoints in the shared store could not be removed; `storyflower prune` does it when they are "
        "old: {error}",
    },
    "setting.store_secret": {
        "ko": "주소에 사용자, 비밀번호나 토큰을 쓸 수 없습니다. 인증 정보는 AWS_ACCESS_KEY_ID 같은 환경 변수로 "
        "지정하세요",
        "en": "the address must not contain a user, password or token; set credentials in the environment, as "
        "AWS_ACCESS_KEY_ID",
    },
    "setting.store_unfit": {
        "ko": "'{store}'은(는) 공유 저장소의 주소가 아닙니다. s3://버킷/경로, gs://버킷/경로, az://컨테이너/경로, "
        "file:///폴더 가운데 하나로 쓰세요",
        "en": "'{store}' is no address of a shared store; write s3://bucket/path, gs://bucket/path, "
        "az://container/path or file:///folder",
    },
}
