"""Words and sentences about sweeps, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "sweep_help": {
        "ko": "여러 레시피를 교차 검증으로 시험해 가장 좋은 것을 고르고, 그 레시피로 학습·평가·등록합니다.",
        "en": "Try recipes by cross-validation, choose the best one, and train, evaluate and register it.",
    },
    "option_search": {
        "ko": "탐색 범위를 적은 TOML 파일. 필드마다 표 하나에 low와 high(필요하면 log, step) 또는 choices를 적습니다. "
        "없으면 기본 범위를 씁니다.",
        "en": "TOML file of the search space: a table a field, with low and high (and log or step) or with choices. "
        "Without it, the space that ships with StoryFlower.",
    },
    "option_trials": {
        "ko": "시도 수. 중단된 탐색을 이어서 할 때는 이미 끝난 시도도 포함합니다.",
        "en": "Trials in all; those that an interrupted sweep has made count.",
    },
    "option_timeout": {
        "ko": "이 시간이 지나면 새 시도를 시작하지 않습니다. 예: 90s, 30m, 2h, 1d",
        "en": "Begin no trial after this time, such as 90s, 30m, 2h or 1d.",
    },
    "option_sweep_folds": {
        "ko": "학습 문장을 나누는 폴드의 수(2~20). 시도마다 이만큼 학습합니다.",
        "en": "Folds of the training texts (2 to 20): trainings a trial.",
    },
    "option_sampler": {
        "ko": "다음 값을 정하는 방법. tpe는 앞선 시도에서 배우고, random은 고르게 뽑습니다.",
        "en": "What proposes the values: tpe learns from the trials before, random draws evenly.",
    },
    "option_pruner": {
        "ko": "뒤처진 시도를 일찍 끝내는 기준.",
        "en": "By what a trial that is behind is ended early.",
    },
    "option_parallel": {
        "ko": "동시에 하는 시도 수. 2 이상이면 시도마다 Prefect 플로 실행이 되어 작업자가 나누어 맡습니다. "
        "Prefect 서버와 배포된 trial/trial이 있어야 합니다.",
        "en": "Trials at a time. From 2 on each is a flow run of Prefect that any worker takes; that needs a Prefect "
        "server with the deployment trial/trial.",
    },
    "option_sweep_out": {
        "ko": "가장 좋은 레시피를 적을 파일(.toml). train --recipe가 읽습니다.",
        "en": "File for the best recipe (.toml), which train --recipe takes.",
    },
    "sweep.begins": {
        "ko": "시도 {number}/{trials}: {values}",
        "en": "trial {number} of {trials}: {values}",
    },
    "sweep.complete": {"ko": "시도 {number}: macro-F1 {score:.4f}", "en": "trial {number}: macro-F1 {score:.4f}"},
    "sweep.pruned": {"ko": "시도 {number}: 뒤처져서 일찍 끝냄", "en": "trial {number}: behind, ended early"},
    "sweep.failed": {"ko": "시도 {number}: 실패({reason})", "en": "trial {number}: failed ({reason})"},
    "sweep.finalist": {
        "ko": "결선: 시도 {number}을(를) 다른 시드 {seeds}개로 더 학습",
        "en": "finalist: trial {number} with {seeds} more seeds",
    },
    "sweep.interrupted": {
        "ko": "탐색이 중단되었습니다. 끝난 시도 {trials}개는 남아 있으며, 같은 명령으로 이어집니다. "
        "지금까지 가장 좋은 시도: {best}",
        "en": "the sweep was interrupted; its {trials} trials are kept, and the same command goes on. The best so far: "
        "{best}",
    },
    "sweep.awaits": {
        "ko": "시도 {numbers}은(는) 이전 탐색이 작업자에 맡긴 뒤 아직 학습 중이어서 끝나기를 기다립니다.",
        "en": "workers are still training trials {numbers} for an earlier run of this sweep; waiting for them",
    },
    "sweep.seed_begins": {
        "ko": "결선: 시도 {number}을(를) 시드 {seed}(으)로 더 학습하도록 작업자에 맡김",
        "en": "finalist: trial {number} with seed {seed}, handed to the workers",
    },
    "sweep.lost": {
        "ko": "시도 {number}의 플로 실행이 결과 없이 끝났습니다: {reason}",
        "en": "the flow run of trial {number} ended without a result: {reason}",
    },
    "sweep.lost_unknown": {
        "ko": "작업자의 프로세스가 응답 없이 사라졌습니다.",
        "en": "the worker's process ended without reporting.",
    },
    "sweep.silent": {
        "ko": "작업자가 {seconds}초 넘게 응답하지 않습니다.",
        "en": "its worker has sent no heartbeat for {seconds} seconds.",
    },
    "sweep.unopened": {
        "ko": "작업자가 맡은 지 {minutes:.0f}분이 지나도록 시작하지 않았습니다.",
        "en": "its worker did not begin within {minutes:.0f} minutes.",
    },
    "sweep.stopped": {"ko": "탐색이 중단되었습니다.", "en": "The sweep was interrupted."},
    "sweep.run_deleted": {
        "ko": "플로 실행이 Prefect에서 삭제되었습니다.",
        "en": "the flow run was deleted from Prefect.",
    },
    "sweep.untaken": {
        "ko": "시도를 맡는 작업자가 없습니다: {reason}",
        "en": "no worker takes a trial: {reason}",
    },
    "sweep.pool_paused": {
        "ko": "작업 풀 {pool}이(가) 일시 중지되어 있습니다. `prefect work-pool resume {pool}`로 다시 시작하세요.",
        "en": "the work pool {pool} is paused; resume it with `prefect work-pool resume {pool}`.",
    },
    "sweep.no_worker": {
        "ko": "작업 풀 {pool}에 실행 중인 작업자가 없습니다. 작업자를 시작하세요(예: `make worker`).",
        "en": "the work pool {pool} has no worker that runs; start one, for example with `make worker`.",
    },
    "sweep.pool_full": {
        "ko": "작업 풀 {pool}의 동시 실행 한도({limit})가 다 찼습니다.",
        "en": "the work pool {pool} is at its concurrency limit ({limit}).",
    },
    "sweep.workers_busy": {
        "ko": "작업 풀 {pool}의 작업자 {online}개가 모두 다른 실행을 맡고 있습니다.",
        "en": "the {online} workers of the work pool {pool} are busy with other runs.",
    },
    "sweep.pool_small": {
        "ko": "작업 풀 {pool}의 동시 실행 한도가 {limit}이어서 시도를 {parallel}개가 아니라 {slots}개씩 합니다. "
        "늘리려면 `prefect work-pool set-concurrency-limit {pool} N`을 실행하세요. N은 풀의 GPU 수를 넘지 않아야 "
        "합니다.",
        "en": "the work pool {pool} has a concurrency limit of {limit}: {slots} trials at a time, not {parallel}. "
        "`prefect work-pool set-concurrency-limit {pool} N` raises it; N should not exceed the GPUs of the pool.",
    },
    "sweep.gpu_busy": {
        "ko": "다른 시도가 GPU {gpu}을(를) 쓰고 있어 끝나기를 기다립니다.",
        "en": "another trial uses the GPU {gpu}; waiting for its end",
    },
    "sweep.studies_away": {
        "ko": "시도의 데이터베이스({place})에 다시 연결합니다: {reason}",
        "en": "trying the database of the trials again ({place}): {reason}",
    },
    "sweep.parent_absent": {
        "ko": "이 작업자의 MLflow 저장소에는 탐색의 실행 {run}이(가) 없어 시도의 기록이 그 아래에 보이지 않습니다. "
        "MLFLOW_TRACKING_URI를 탐색과 같은 서버로 지정하세요.",
        "en": "the MLflow store of this worker does not have the sweep's run {run}, below which the trial's would be; "
        "set MLFLOW_TRACKING_URI to the server of the sweep.",
    },
    "setting.studies_unfit": {
        "ko": "PostgreSQL 데이터베이스 주소가 아닙니다(값은 비밀번호가 있을 수 있어 표시하지 않습니다). "
        "예: postgresql://user:password@host/database",
        "en": "not the address of a PostgreSQL database (not shown, since it may hold a password); such as "
        "postgresql://user:password@host/database",
    },
    "sweep.none_yet": {"ko": "없음", "en": "none"},
    "sweep.one_line": {
        "ko": "{number}번, macro-F1 {score:.4f} ({values})",
        "en": "{number}, macro-F1 {score:.4f} ({values})",
    },
    "sweep.title": {"ko": "레시피 탐색", "en": "Sweep"},
    "sweep.artifact": {"ko": "레시피 탐색 결과", "en": "Results of the sweep"},
    "sweep.made": {
        "ko": "시도 {trials}개: 완료 {complete}, 일찍 끝냄 {pruned}, 실패 {failed}",
        "en": "{trials} trials: {complete} complete, {pruned} ended early, {failed} failed",
    },
    "sweep.chosen": {
        "ko": "고른 레시피: 시도 {number}, 시드 {seeds}개와 {folds}개 폴드의 평균 macro-F1 {score:.4f}",
        "en": "chosen: trial {number}, mean macro-F1 {score:.4f} over {seeds} seeds and {folds} folds",
    },
    "sweep.optimism": {
        "ko": "여럿 가운데 가장 좋은 값은 우연히 높게 나옵니다. 폴드로 추정한 과대 폭은 {optimism:.4f}이고, "
        "이를 뺀 기대 macro-F1은 {expected:.4f}입니다.",
        "en": "The best of many is too good by chance: by {optimism:.4f}, as estimated from the folds. Without it, "
        "macro-F1 is expected to be {expected:.4f}.",
    },
    "sweep.optimism_unknown": {
        "ko": "완료한 시도가 하나뿐이어서 과대 폭을 추정할 수 없습니다.",
        "en": "With one complete trial, the optimism of the choice cannot be estimated.",
    },
    "sweep.about": {
        "ko": "모든 시도는 학습 통합 문서를 나눈 {folds}개 폴드에서 쟀고, 검증 통합 문서는 쓰지 않았습니다.",
        "en": "All trials were scored on {folds} folds of the training workbook; the validation workbook was not used.",
    },
    "sweep.finalists": {"ko": "결선", "en": "Finalists"},
    "sweep.best": {"ko": "가장 좋은 시도", "en": "The best trials"},
    "sweep.trial": {"ko": "시도", "en": "trial"},
    "sweep.mean": {"ko": "평균 macro-F1", "en": "mean macro-F1"},
    "sweep.seed": {"ko": "시드 {number}", "en": "seed {number}"},
    "sweep.history": {"ko": "시도별 macro-F1", "en": "Macro-F1 by trial"},
    "sweep.best_so_far": {"ko": "지금까지 최고", "en": "best so far"},
    "sweep.one_trial": {"ko": "시도", "en": "trial"},
    "sweep.ended_early": {"ko": "일찍 끝났거나 실패", "en": "ended early or failed"},
    "sweep.importance": {"ko": "필드의 중요도", "en": "Importance of the fields"},
    "sweep.importance_axis": {
        "ko": "시도 사이의 차이에서 차지하는 몫",
        "en": "share of the differences between trials",
    },
    "sweep.recipe": {"ko": "가장 좋은 레시피", "en": "the best recipe"},
    "sweep.recipe_comment": {
        "ko": "storyflower sweep이 고른 레시피입니다.\n{lines}\n"
        "다시 학습하려면 storyflower train의 --recipe에 이 파일을 지정하세요.",
        "en": "Chosen by storyflower sweep.\n{lines}\nTo train it again: storyflower train --recipe with this file.",
    },
    "card.chosen": {
        "ko": "이 레시피는 시도 {trials}개 가운데 교차 검증 macro-F1이 가장 높아 골랐습니다"
        "(시드 {seeds}개와 {folds}개 폴드의 평균 {score:.4f}).",
        "en": "This recipe was chosen among {trials} trials by its cross-validated macro-F1 ({score:.4f}, the mean "
        "over {seeds} seeds and {folds} folds).",
    },
    "card.optimism": {
        "ko": "고르면서 생긴 과대 폭은 {optimism:.4f}로 추정되며, 이를 빼면 {expected:.4f}입니다.",
        "en": "The optimism of that choice is estimated at {optimism:.4f}; without it: {expected:.4f}.",
    },
}
