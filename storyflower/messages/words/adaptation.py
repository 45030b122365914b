"""Messages and log lines of the stage `adapt`, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "stage.adapt": {
        "ko": "문장 {texts:,}개(라벨 없는 추가 문장 {unlabelled:,}개)로 {epochs}에폭 적응: 가린 토큰의 손실 "
        "{first:.3f} → {last:.3f}, 맞힌 비율 {accuracy:.1%}",
        "en": "{epochs} epochs on {texts:,} texts ({unlabelled:,} of them without labels): loss at hidden tokens "
        "{first:.3f} → {last:.3f}, {accuracy:.1%} of them predicted",
    },
    "progress.adapt_plan": {
        "ko": "적응 학습: 문장 {examples:,}개, {epochs}에폭 × {steps}스텝, 파라미터 {millions:.1f} M, {precision}, "
        "{hardware}",
        "en": "adaptation: {examples:,} texts, {epochs} epochs of {steps} steps, {millions:.1f} M parameters, "
        "{precision} on {hardware}",
    },
    "progress.adapt_epoch": {
        "ko": "적응 에폭 {epoch}: 가린 토큰의 손실 {loss:.3f}, 맞힌 비율 {accuracy:.1%} (초당 {pace:.0f}개)",
        "en": "adaptation, epoch {epoch}: loss {loss:.3f} at hidden tokens, {accuracy:.1%} predicted "
        "({pace:.0f} texts/s)",
    },
    "unlabelled.read": {
        "ko": "라벨 없는 문장: {rows:,}행에서 {texts:,}개. 문장이 없는 행 {without_text:,}개, 말뭉치에 이미 있는 문장 "
        "{in_corpus:,}개, 중복된 문장 {repeated:,}개는 뺐습니다",
        "en": "texts without labels: {texts:,} of {rows:,} rows; left out are {without_text:,} without a text, "
        "{in_corpus:,} whose text stands in the corpus, and {repeated:,} repeated ones",
    },
    "option_unlabelled": {
        "ko": "적응 학습에 더할, 라벨 없는 문장 파일. 한 줄에 한 문장인 .txt, 또는 문장 열이 있는 CSV·통합 문서·"
        "Parquet. 여러 번 쓸 수 있습니다. adapt_epochs가 필요합니다.",
        "en": "File of texts without labels for the adaptation of the encoder: a .txt with a text a line, or a CSV "
        "file, workbook or Parquet file with a column of texts. Repeatable; needs adapt_epochs.",
    },
    "about.adapted_texts": {
        "ko": "적응 학습에 쓴 문장 (미세 조정 전, 라벨 없이)",
        "en": "Texts of the adaptation (before the fine-tuning, without labels)",
    },
    "card.adapted": {
        "ko": "미세 조정에 앞서, 가린 토큰을 맞히는 방식으로 인코더를 문장 {texts:,}개에 적응시켰습니다(작업 적응 사전 "
        "학습, {epochs}에폭). 이 가운데 {unlabelled:,}개는 라벨이 없는 추가 문장이며, 나머지는 학습 문장입니다. 개발 "
        "문장과 검증 문장은 쓰지 않았습니다.",
        "en": "Before the fine-tuning, the encoder was adapted to {texts:,} texts by predicting hidden tokens "
        "(task-adaptive pretraining, {epochs} epochs): {unlabelled:,} further texts without labels, and the training "
        "sentences. Development and validation sentences were not used.",
    },
    "training.new_masked_head": {
        "ko": "{encoder}에는 가린 토큰을 예측하는 층이 없습니다. 새로 만들어 인코더와 함께 학습합니다",
        "en": "{encoder} has no head for hidden tokens: a new one is trained with the encoder",
    },
}
