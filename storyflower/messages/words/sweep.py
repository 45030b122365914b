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
        "ko": "학습 문장을 나누는 부분의 수(2~20). 시도마다 이만큼 학습합니다.",
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
        "ko": "고른 레시피: 시도 {number}, 시드 {seeds}개와 {folds}개 부분의 평균 macro-F1 {score:.4f}",
        "en": "chosen: trial {number}, mean macro-F1 {score:.4f} over {seeds} seeds and {folds} folds",
    },
    "sweep.optimism": {
        "ko": "여럿 가운데 가장 좋은 값은 우연히 높게 나옵니다. 부분으로 추정한 과대 폭은 {optimism:.4f}이고, "
        "이를 뺀 기대 macro-F1은 {expected:.4f}입니다.",
        "en": "The best of many is too good by chance: by {optimism:.4f}, as estimated from the folds. Without it, "
        "macro-F1 is expected to be {expected:.4f}.",
    },
    "sweep.optimism_unknown": {
        "ko": "완료한 시도가 하나뿐이어서 과대 폭을 추정할 수 없습니다.",
        "en": "With one complete trial, the optimism of the choice cannot be estimated.",
    },
    "sweep.about": {
        "ko": "모든 시도는 학습 통합 문서를 나눈 {folds}개 부분에서 쟀고, 검증 통합 문서는 쓰지 않았습니다.",
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
        "(시드 {seeds}개와 {folds}개 부분의 평균 {score:.4f}).",
        "en": "This recipe was chosen among {trials} trials by its cross-validated macro-F1 ({score:.4f}, the mean "
        "over {seeds} seeds and {folds} folds).",
    },
    "card.optimism": {
        "ko": "고르면서 생긴 과대 폭은 {optimism:.4f}로 추정되며, 이를 빼면 {expected:.4f}입니다.",
        "en": "The optimism of that choice is estimated at {optimism:.4f}; without it: {expected:.4f}.",
    },
}
