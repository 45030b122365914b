"""Words and sentences of doctor, announce, reconcile and prune, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "log.prefect_awaited": {
        "ko": "{place}: Prefect 서버가 응답하지 않습니다. 작업은 모두 끝났고 결과도 MLflow에 등록했습니다. 실행을 "
        "마무리하려고 서버를 최대 {minutes:.0f}분 기다립니다",
        "en": "{place}: the Prefect server does not answer. The work is done and registered in MLflow; waiting up to "
        "{minutes:.0f} minutes for the server, to report the end of the run",
    },
    "log.artifact_left_out": {
        "ko": "Prefect 서버가 응답하지 않아 실행 화면에 '{artifact}'을(를) 표시하지 못했습니다. "
        "같은 내용이 MLflow에 있습니다",
        "en": "the Prefect server does not answer, so that '{artifact}' is not on the run's page; MLflow has the same",
    },
    "log.run_not_closed": {
        "ko": "MLflow 실행 {run}을(를) {status}(으)로 닫지 못했습니다. `storyflower reconcile`이 닫습니다. ({reason})",
        "en": "the MLflow run {run} could not be closed as {status}; `storyflower reconcile` closes it ({reason})",
    },
    # -- the home
    "home_has_moved": {
        "ko": "홈 폴더의 위치가 바뀌어(이전: {former}, 현재: {home}) MLflow에 기록된 경로를 새 위치로 고쳤습니다.",
        "en": "the home was moved or copied from {former} to {home}: the addresses in its MLflow database are updated",
    },
    # -- doctor
    "doctor.what": {"ko": "항목", "en": "what"},
    "doctor.found": {"ko": "상태", "en": "found"},
    "doctor.remedy": {"ko": "해결 방법", "en": "what to do"},
    "doctor.device": {"ko": "장치", "en": "device"},
    "doctor.precision": {"ko": "정밀도", "en": "precision"},
    "doctor.home": {"ko": "홈 폴더", "en": "home"},
    "doctor.encoder": {"ko": "인코더", "en": "encoder"},
    "doctor.store": {"ko": "MLflow 저장소", "en": "mlflow store"},
    "doctor.shared": {"ko": "공유 저장소", "en": "shared store"},
    "doctor.shared_folder": {
        "ko": "{place}, 폴더이므로 여러 컴퓨터가 같은 작업을 동시에 하지 않도록 막지는 못합니다",
        "en": "{place}: a folder, where machines do not wait for each other's work",
    },
    "doctor.champion": {"ko": "챔피언", "en": "champion"},
    "doctor.not_installed": {"ko": "설치되어 있지 않습니다", "en": "not installed"},
    "doctor.set_up": {"ko": "`make setup`을 실행하세요.", "en": "Run `make setup`."},
    "doctor.fastapi": {
        "ko": "0.151 이상에서는 Prefect 서버가 시작되지 않습니다",
        "en": "0.151 and newer break the Prefect server",
    },
    "doctor.sqlalchemy": {
        "ko": "2.1 이상에서는 예약 실행이 시작되지 않습니다",
        "en": "with 2.1 and newer no schedule fires",
    },
    "doctor.free": {"ko": "{home}, 여유 공간 {free} GiB", "en": "{home}, {free} GiB free"},
    "doctor.make_room": {
        "ko": "학습에 {wanted} GiB가 필요할 수 있으니 공간을 확보하세요.",
        "en": "A run may need {wanted} GiB; make room.",
    },
    "doctor.no_champion": {"ko": "아직 없음", "en": "none yet"},
    "doctor.version": {"ko": "버전 {version}: {place}", "en": "version {version}: {place}"},
    "doctor.no_server": {
        "ko": "서버가 지정되지 않아 명령마다 임시 서버를 시작합니다",
        "en": "no server set: each command starts one of its own",
    },
    "doctor.server_answers": {"ko": "{url}이(가) 응답합니다", "en": "{url} answers"},
    # -- the Prefect server
    "server.ready": {
        "ko": "Prefect 서버를 {url}에서 시작합니다. 처음에는 브라우저에서 다음 파일을 여세요. 자동으로 로그인됩니다.\n"
        "  {page}\nCtrl-C를 누르면 서버가 종료됩니다.",
        "en": "Prefect starts at {url}. The first time, open this file in your browser: it logs the browser in:\n"
        "  {page}\nCtrl-C ends the server.",
    },
    # -- prune
    "prune.what": {"ko": "종류", "en": "what"},
    "prune.which": {"ko": "이름", "en": "which"},
    "prune.days": {"ko": "경과일", "en": "days"},
    "prune.rejected version": {"ko": "승격되지 않은 버전", "en": "rejected version"},
    "prune.stage cache": {"ko": "단계 캐시", "en": "stage cache"},
    "prune.unfinished draft": {"ko": "완성되지 않은 임시 파일", "en": "unfinished draft"},
    "prune.checkpoint": {"ko": "체크포인트", "en": "checkpoint"},
    "prune.download": {"ko": "내려받은 파일", "en": "download"},
    "prune.scoring": {"ko": "예측 기록", "en": "record of a scoring"},
    "prune.sweep": {"ko": "레시피 탐색", "en": "sweep"},
    "prune.shared entry": {"ko": "공유 저장소의 단계 결과", "en": "shared entry"},
    "prune.shared draft": {"ko": "공유 저장소에 올리다 만 파일", "en": "shared draft"},
    "prune.shared checkpoint": {"ko": "공유 저장소의 체크포인트", "en": "shared checkpoint"},
    "prune.shared lease": {"ko": "공유 저장소의 작업 표시", "en": "shared lease"},
    "prune.gone": {"ko": "{count}개 항목을 정리했습니다({mib} MiB).", "en": "{count} items pruned, {mib} MiB."},
    "prune.would_go": {
        "ko": "{count}개 항목이 정리 대상입니다({mib} MiB).",
        "en": "{count} items would be pruned, {mib} MiB.",
    },
    "prune.kept_for": {
        "ko": "MLflow에 실행 중(RUNNING)으로 기록된 실행이 있어 단계 캐시와 버전은 정리하지 않았습니다: {runs}. "
        "실제로는 끝난 실행이라면 그 실행을 시작한 컴퓨터에서 `storyflower reconcile`을 실행하거나 MLflow에서 "
        "그 실행을 삭제하세요.",
        "en": "Stage caches and versions were all kept, because MLflow has runs that are RUNNING: {runs}. If one has "
        "in fact ended, run `storyflower reconcile` on the machine that began it, or delete the run in MLflow.",
    },
    "prune.policy": {
        "ko": "(보관 기준: {days}일, 승격되지 않은 버전 {versions}개)",
        "en": "(kept: {days} days, {versions} refused versions)",
    },
    # -- reconcile
    "reconcile.run": {"ko": "실행", "en": "run"},
    "reconcile.flow_run": {"ko": "플로 실행", "en": "flow run"},
    "reconcile.closed_as": {"ko": "닫힌 상태", "en": "closed as"},
    "reconcile.why": {"ko": "이유", "en": "why"},
    "reconcile.summary": {
        "ko": "닫은 실행 {closed}개, 진행 중인 실행 {going_on}개, 종료한 임시 Prefect 서버 {servers}개",
        "en": "{closed} runs closed, {going_on} still going on, {servers} abandoned Prefect servers ended",
    },
    "reconcile.flow_run_over": {
        "ko": "플로 실행이 이미 끝났습니다: {reason}",
        "en": "its flow run had ended: {reason}",
    },
    "reconcile.process_gone": {
        "ko": "{host}의 프로세스 {pid}번이 실행을 닫지 않고 끝났습니다",
        "en": "its process {pid} on {host} ended without closing the run",
    },
    "temporary_server": {"ko": "임시 Prefect 서버", "en": "the temporary Prefect server"},
    "no_message": {"ko": "메시지 없음", "en": "no message"},
    # -- announce
    "announce.done": {
        "ko": "{event} 이벤트를 보냈습니다(이벤트 {id}). 시작할 배포: {deployments}",
        "en": "{event} is announced (event {id}); it starts: {deployments}",
    },
    "announce.no_worker": {
        "ko": "이 배포를 실행할 작업자가 없습니다. `make worker`로 시작하면 대기 중인 실행이 시작됩니다.",
        "en": "No worker serves this deployment now: its run waits until `make worker` starts one.",
    },
}
