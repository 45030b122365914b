"""Log lines of the stages of a training, in the terminal and in Prefect, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "stage.begins": {"ko": "{name} …", "en": "{name} …"},
    "stage.ended": {
        "ko": "{name}: {state}, {seconds:.1f}초. {summary}",
        "en": "{name}: {state}, {seconds:.1f} s. {summary}",
    },
    "stage_state.ran": {"ko": "실행", "en": "ran"},
    "stage_state.cached": {"ko": "캐시", "en": "cached"},
    "stage.ingest": {
        "ko": "통합 문서 {workbooks}개에서 {rows:,}행을 읽음, {aside:,}행 제외",
        "en": "{rows:,} rows read from {workbooks} workbooks, {aside:,} set aside",
    },
    "stage.rows_left": {
        "ko": "; 열이 같은 다른 시트의 {rows:,}행은 읽지 않음",
        "en": "; {rows:,} rows on other sheets with the same columns were not read",
    },
    "stage.normalize": {
        "ko": "학습 {train:,}개, 에폭 선택용 {dev:,}개, 검증 {validation:,}개; {aside:,}행 제외",
        "en": "{train:,} to train on, {dev:,} to choose the epoch by, {validation:,} to report on; "
        "{aside:,} rows set aside",
    },
    "stage.rare_labels": {
        "ko": "; 문장이 모자라는 감정 {labels}개 가운데 {merged}개를 합치고({merged_rows:,}행) {left_out}개를 "
        "제외({left_out_rows:,}행)",
        "en": "; of {labels} labels with too few texts {merged} are merged ({merged_rows:,} rows) and {left_out} left "
        "out ({left_out_rows:,} rows)",
    },
    "stage.encoder": {"ko": "{name}({revision}), 위치 {place}", "en": "{name} ({revision}) at {place}"},
    "stage.tokenize": {
        "ko": "문장 {texts:,}개, 평균 {length:.1f}토큰, 모르는 토큰 {unknown:.2%}, {max_len}토큰에서 잘림 {cut:.2%}",
        "en": "{texts:,} texts, {length:.1f} tokens on average, {unknown:.2%} unknown, {cut:.2%} cut at {max_len}",
    },
    "stage.quality": {
        "ko": "{page}과 그림을 MLflow 실행에 저장함",
        "en": "{page} and its figures are with the MLflow run",
    },
    "stage.finetune": {
        "ko": "{epochs}에폭 가운데 {best}에폭이 가장 좋음: 개발 macro-F1 {score:.4f}",
        "en": "epoch {best} of {epochs} is best: dev macro-F1 {score:.4f}",
    },
    "stage.evaluate": {
        "ko": "정확도 {accuracy:.4f}, macro-F1 {macro_f1:.4f} (기준선 {base_accuracy:.4f}, {base_macro_f1:.4f})",
        "en": "accuracy {accuracy:.4f}, macro-F1 {macro_f1:.4f} (baseline {base_accuracy:.4f}, {base_macro_f1:.4f})",
    },
    # -- the training's own lines
    "progress.plan": {
        "ko": "학습 {examples:,}개(따로 둔 {dev:,}개), {epochs}에폭 × {steps}스텝, "
        "파라미터 {millions:.1f} M, {precision}, {hardware}",
        "en": "{examples:,} examples ({dev:,} held out), {epochs} epochs of {steps} steps, "
        "{millions:.1f} M parameters, {precision} on {hardware}",
    },
    "progress.resumed": {
        "ko": "이전 실행이 멈춘 {epoch}에폭 다음부터 이어서 학습합니다",
        "en": "going on after epoch {epoch}, where an earlier run stopped",
    },
    "progress.step": {
        "ko": "에폭 {epoch}/{epochs}, 스텝 {step}/{steps}: {figures}",
        "en": "epoch {epoch}/{epochs}, step {step}/{steps}: {figures}",
    },
    "progress.epoch": {
        "ko": "에폭 {epoch}: 손실 {loss:.3f}, 개발 정확도 {accuracy:.3f}, "
        "개발 macro-F1 {score:.3f} (초당 {pace:.0f}개)",
        "en": "epoch {epoch}: loss {loss:.3f}, dev accuracy {accuracy:.3f}, "
        "dev macro-F1 {score:.3f} ({pace:.0f} examples/s)",
    },
    "progress.bar": {"ko": "학습", "en": "fine-tuning"},
    "progress.bar_epoch": {"ko": "에폭 {epoch}/{epochs}", "en": "epoch {epoch}/{epochs}"},
    "progress.figures": {
        "ko": "손실 {loss:.3f}, 정확도 {accuracy:.3f}, 초당 {pace:,.0f}개, {left} 남음",
        "en": "loss {loss:.3f}, accuracy {accuracy:.3f}, {pace:,.0f} examples/s, {left} left",
    },
    "log.champion_asked": {
        "ko": "champion: 별칭을 옮기기 전에 버전 {version}이(가) 정상적으로 예측하는지 한 번 더 확인합니다",
        "en": "champion: version {version} answers sentences once more before the alias moves to it",
    },
    "log.champion_moved": {
        "ko": "champion: 별칭을 버전 {version}(으)로 옮겼습니다",
        "en": "champion: the alias has moved to version {version}",
    },
    "log.figures_wait": {
        "ko": "MLflow가 응답하지 않습니다. 학습은 계속하고, 수치는 나중에 기록합니다",
        "en": "MLflow does not answer; the training goes on, and its figures wait",
    },
    "log.no_profile": {
        "ko": "drift: 챔피언 버전 {version}의 문장 통계가 남아 있지 않습니다",
        "en": "drift: no profile of the text of champion version {version} is kept",
    },
    "log.no_server_to_ask": {
        "ko": "approval: 승인을 요청할 Prefect 서버가 없습니다. `storyflower registry promote {version} "
        "--model {name}`으로 승인합니다",
        "en": "approval: there is no Prefect server to ask on. `storyflower registry promote {version} --model {name}` "
        "approves",
    },
    "log.approval_awaited": {
        "ko": "approval: {until}까지 승인을 기다립니다: {page}",
        "en": "approval: waiting for an answer until {until}, on {page}",
    },
}
