"""Words and sentences of the model card, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    "card.task": {"ko": "감정 분류", "en": "Emotion classification"},
    "card.dataset": {"ko": "검증 통합 문서 {digest}", "en": "Validation workbook {digest}"},
    "card.title": {"ko": "{name}: 한국어 대화 감정 분류", "en": "{name}: emotion classification of Korean dialogue"},
    "card.about": {
        "ko": "한국어 문장(보통 대화에서 한 사람이 한 말 한두 마디)을 {n}가지 감정으로 분류합니다{labels}.",
        "en": "Classifies Korean sentences (usually one or two utterances of one speaker in a dialogue) into {n} "
        "emotions{labels}.",
    },
    "card.made_by": {
        "ko": "StoryFlower가 `{encoder}` 인코더를 미세 조정한 모델입니다. 이 문서는 같은 실행에서 자동으로 "
        "생성되었습니다.",
        "en": "StoryFlower fine-tuned the encoder `{encoder}`, and generated this card in the same run.",
    },
    "card.use": {"ko": "용도", "en": "Intended use"},
    "card.use_for": {
        "ko": "**적합한 용도**: 이야기 앱이 사용자의 글에 반응할 때처럼, 짧은 한국어 글의 감정을 추정하는 일. 확신도가 "
        "낮으면 `불확실`로 답하고, 사람이 확인하거나 사용자에게 다시 물어보는 것이 좋습니다.",
        "en": "**Suitable**: estimating the emotion of short Korean texts, for example so that a story app can "
        "respond to what a person writes. Answer `불확실` (unsure) where the confidence is low, and let a person "
        "check or ask the user again.",
    },
    "card.not_for": {
        "ko": "**부적합한 용도**: 진단이나 상담에서의 판단, 채용·평가·감시처럼 사람에게 불이익을 줄 수 있는 결정. "
        "글만으로는 "
        "감정을 알 수 없을 때가 많습니다.",
        "en": "**Not suitable**: diagnosis or counselling decisions, and decisions that can harm a person, such as "
        "hiring, assessment or surveillance. Text alone often does not show an emotion.",
    },
    "card.data": {"ko": "데이터", "en": "Data"},
    "card.role": {"ko": "역할", "en": "Role"},
    "card.workbook_sha256": {"ko": "통합 문서의 SHA-256", "en": "SHA-256 of the workbook"},
    "card.sheet": {"ko": "시트", "en": "Sheet"},
    "card.rows": {"ko": "행", "en": "Rows"},
    "card.kept": {"ko": "사용한 문장", "en": "Sentences used"},
    "card.role_training": {"ko": "학습", "en": "Training"},
    "card.role_validation": {"ko": "검증", "en": "Validation"},
    "card.all": {"ko": "합계", "en": "All"},
    "card.left_out": {
        "ko": "검증 문장과 같은 학습 문장, 중복된 문장, 서로 다른 라벨이 붙은 문장은 제외했습니다. 에폭과 "
        "temperature는 "
        "개발 문장으로 정했고, 검증 문장은 마지막에 한 번만 사용했습니다.",
        "en": "Training sentences that are also validation sentences, duplicates, and sentences with two different "
        "labels are left out. The epoch and the temperature were chosen on the development sentences; the "
        "validation sentences were used once, at the end.",
    },
    "card.content_sha256": {"ko": "내용의 SHA-256", "en": "SHA-256 of the content"},
    "card.model_files": {"ko": "모델 파일", "en": "Model files"},
    "card.results": {"ko": "결과", "en": "Results"},
    "card.results_about": {
        "ko": "검증 문장 {n:,}개. 괄호 안은 95% 부트스트랩 구간이며, 기준선은 글자 n-gram TF-IDF와 로지스틱 "
        "회귀입니다.",
        "en": "{n:,} validation sentences. In parentheses: 95 % bootstrap intervals. The baseline is TF-IDF of "
        "character n-grams with logistic regression.",
    },
    "card.accuracy": {"ko": "정확도", "en": "Accuracy"},
    "card.baseline": {"ko": "기준선", "en": "Baseline"},
    "card.weak": {"ko": "취약한 부분", "en": "Weakest slices"},
    "card.weak_about": {
        "ko": "문장이 30개 이상인 부분 중 정확도가 가장 낮은 것입니다. 구간은 95% 윌슨 구간입니다.",
        "en": "The least accurate slices of 30 sentences or more. Intervals are 95 % Wilson intervals.",
    },
    "card.confidence": {"ko": "확신도", "en": "Confidence"},
    "card.calibrated": {
        "ko": "개발 문장에 맞춘 temperature {temperature:.2f}로 확률을 보정합니다: ECE {ece:.3f} → {ece_after:.3f}, "
        "Brier {brier:.3f} → {brier_after:.3f}.",
        "en": "Probabilities are calibrated by a temperature of {temperature:.2f}, fitted on the development "
        "sentences: ECE {ece:.3f} → {ece_after:.3f}, Brier {brier:.3f} → {brier_after:.3f}.",
    },
    "card.bf16": {
        "ko": "`storyflower serve`와 `score`는 프로세서가 지원하면 bf16으로 계산합니다. 검증 문장의 {same:.2%}에서 "
        "fp32와 라벨이 같고, 확률의 차이는 최대 {difference:.3f}입니다.",
        "en": "`storyflower serve` and `score` compute in bf16 where the processor has it: {same:.2%} of the "
        "validation sentences get the label of fp32, and no probability differs by more than {difference:.3f}.",
    },
    "card.behaviour": {"ko": "행동 시험", "en": "Behaviour tests"},
    "card.limits": {"ko": "한계", "en": "Limitations"},
    "card.limit_domain": {
        "ko": "수치는 위의 검증 문장에서 측정한 것입니다. 말투가 다른 글(방언, 은어, 긴 글, 존댓말 비율이 다른 "
        "글)에서는 "
        "달라질 수 있습니다.",
        "en": "The figures hold for the validation sentences above. They differ for other registers (dialect, slang, "
        "long texts, another share of polite speech).",
    },
    "card.limit_length": {
        "ko": "{max_len}토큰을 넘는 글은 뒷부분이 잘립니다. 한 글에 여러 감정이 있어도 하나만 예측합니다.",
        "en": "Texts of more than {max_len} tokens are cut at the end. A text with several emotions gets one label.",
    },
    "card.limit_irony": {
        "ko": "반어와 부정 표현을 잘못 해석할 수 있습니다(위의 행동 시험 참고). 확신도는 확률이며 정답을 보장하지 "
        "않습니다.",
        "en": "Irony and negation can be misread (see the behaviour tests above). A confidence is a probability, not "
        "a guarantee.",
    },
    "card.limit_labels": {
        "ko": "라벨은 사람이 붙였으므로 틀리거나 의견이 갈릴 수 있으며, 모델은 이를 그대로 학습합니다.",
        "en": "The labels were assigned by people: some are wrong or disputed, and the model learns them as they are.",
    },
    "card.load": {"ko": "불러오기", "en": "How to load it"},
    "card.load_texts": {
        "ko": "문장 목록: label, confidence, 감정별 확률",
        "en": "a list of texts: label, confidence, one probability per emotion",
    },
    "card.load_threshold": {"ko": "확신도가 낮으면 불확실", "en": "불확실 (unsure) below the threshold"},
    "card.load_frame": {
        "ko": "DataFrame은 열 이름으로 읽습니다. 열 {columns}이(가) 모두 있으면 학습할 때와 같은 방식으로 이어 "
        "붙이고(빈 칸은 "
        "건너뜁니다) 다른 열은 무시합니다. 이 열들이 없으면 `text` 열을 읽습니다. 비어 있거나 텍스트가 아닌 값이 "
        "있으면 "
        "그 위치를 알리는 오류가 발생합니다. 답의 인덱스는 입력한 DataFrame이나 Series의 인덱스와 같으므로, "
        "`df.join(model.predict(df))`는 행을 섞거나 골라낸 표에서도 각 답을 제 행에 붙입니다(인덱스가 중복되면 "
        '`df.assign(label=model.predict(df)["label"].to_numpy())`).',
        "en": "A DataFrame is read by column name. Where it has all of the columns {columns}, they are joined as in "
        "training (blank cells are skipped) and other columns are ignored; without them the column `text` is read. A "
        "value that is blank or not text raises an error with its position. The answers have the index of the "
        "DataFrame or Series, so `df.join(model.predict(df))` puts each answer on its row, also in a table that was "
        "shuffled or filtered (where the index has duplicates: "
        '`df.assign(label=model.predict(df)["label"].to_numpy())`).',
    },
    "card.transformers": {
        "ko": "이 디렉터리는 표준 Hugging Face 디렉터리이기도 합니다. `tokenizer.json`은 StoryFlower와 같은 토큰을 "
        "출력합니다(모든 학습 문장과 개발 문장으로 확인). 예측하는 감정은 같으며, 확률은 temperature로 보정하기 "
        "전의 값입니다.",
        "en": "The directory is also a standard Hugging Face directory. `tokenizer.json` gives the same tokens as "
        "StoryFlower (verified on every training and development text). The labels are the same; the "
        "probabilities are those before calibration by the temperature.",
    },
    "card.transformers_weighted": {
        "ko": "이 디렉터리는 표준 Hugging Face 디렉터리이기도 합니다. `tokenizer.json`은 StoryFlower와 같은 토큰을 "
        "출력합니다(모든 학습 문장과 개발 문장으로 확인). 확률은 temperature로 보정하기 전의 값이고, 라벨은 가중치를 "
        "곱하지 않은 확률이 가장 높은 라벨입니다.",
        "en": "The directory is also a standard Hugging Face directory. `tokenizer.json` gives the same tokens as "
        "StoryFlower (verified on every training and development text). The probabilities are those before "
        "calibration by the temperature, and the label is the most probable one, without the weights.",
    },
    "card.tokenizers_alone": {
        "ko": "`tokenizers` 패키지만으로 `tokenizer.json`을 읽을 때에는 `tokenizer.encode_special_tokens = True`로 "
        "두세요. 그러지 않으면 글에 적힌 `[CLS]`, `[SEP]`, `[MASK]` 같은 글자를 특수 토큰으로 읽습니다.",
        "en": "Where the package `tokenizers` alone reads `tokenizer.json`, set "
        "`tokenizer.encode_special_tokens = True`: without it a `[CLS]`, `[SEP]` or `[MASK]` that is written in a text "
        "is read as the special token.",
    },
    "card.decided": {
        "ko": "답은 확률에 라벨의 가중치(`storyflower.json`의 `label_weights`)를 곱한 값이 가장 큰 라벨입니다. "
        "가중치는 개발 문장의 macro-F1이 가장 높아지도록 맞추었습니다(개발 문장이 30개 미만인 라벨이 있으면 보정된 "
        "확률로 계산한 macro-F1의 기댓값). 확신도는 답한 라벨의 확률입니다.",
        "en": "The answer is the label with the highest probability times its weight (`label_weights` in "
        "`storyflower.json`). The weights were fitted for the highest macro-F1 on the development sentences (where a "
        "label has fewer than 30 of them, for the highest expected macro-F1, computed from the calibrated "
        "probabilities). The confidence is the probability of the answered label.",
    },
    "card.decided_unweighted": {
        "ko": "답은 확률이 가장 높은 라벨입니다. 드문 라벨을 우대해도 개발 문장의 macro-F1이 높아지지 않았습니다.",
        "en": "The answer is the most probable label: on the development sentences no preference for rare labels "
        "raised macro-F1.",
    },
    "card.no_transformers": {
        "ko": "이 어휘는 같은 토큰을 출력하는 `tokenizer.json`으로 변환할 수 없으므로, Transformers의 "
        "`AutoTokenizer`와 "
        "`pipeline`으로는 사용할 수 없습니다. StoryFlower로 불러오세요.",
        "en": "This vocabulary cannot be converted to a `tokenizer.json` that gives the same tokens, so the model "
        "cannot be used with Transformers' `AutoTokenizer` and `pipeline`. Load it with StoryFlower.",
    },
    "card.recipe": {"ko": "학습 설정", "en": "Training recipe"},
    "card.field": {"ko": "항목", "en": "Field"},
    "card.value": {"ko": "값", "en": "Value"},
    "card.licence": {"ko": "라이선스", "en": "Licence"},
    "card.licence_terms": {
        "ko": "인코더(`{encoder}`: {licence})와 말뭉치의 이용 조건을 따릅니다. 감성 대화 말뭉치에는 "
        "AI Hub의 이용 약관이 적용됩니다. 둘 다 여기에 포함되어 있지 않습니다.",
        "en": "The terms of the encoder (`{encoder}`: {licence}) and of the corpus apply; AI Hub's terms of use apply "
        "to its Emotional Dialogue Corpus. Neither is included here.",
    },
    "card.licence_unknown": {
        "ko": "라이선스는 제공처에서 확인하세요",
        "en": "see its source for the licence",
    },
}
