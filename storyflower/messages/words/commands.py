"""Words and sentences of the terminal: train, predict, doctor, demo, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- options that choose a recipe
    "option_recipe": {
        "ko": "바탕이 되는 레시피: `best`(권장), `kobert`(노트북의 레시피), `tiny`(처음부터 학습하는 작은 모델), "
        "또는 .toml 파일.",
        "en": "Recipe to start from: `best` (recommended), `kobert` (the notebook's), `tiny` (a small model from "
        "scratch), or a .toml file.",
    },
    "option_set": {
        "ko": '레시피의 필드를 바꿉니다: `epochs=2`, `text_columns=문장`, `\'text_columns=["가", "나"]\'`. '
        "여러 번 쓸 수 있습니다.",
        "en": 'Change a field of the recipe: `epochs=2`, `text_columns=문장`, `\'text_columns=["가", "나"]\'`. '
        "Repeatable.",
    },
    "option_encoder": {
        "ko": "인코더와 어휘가 있는 폴더, 허브 id(예: klue/roberta-base), 또는 `scratch`.",
        "en": "Directory of an encoder with its vocabulary, a hub id such as klue/roberta-base, or `scratch`.",
    },
    "option_labels": {
        "ko": "여섯 감정 대신 쓸 라벨 이름의 JSON 목록 파일.",
        "en": "JSON file: a list of your own label names, instead of the six emotions.",
    },
    "option_validation_share": {
        "ko": "검증 통합 문서가 없을 때 학습 통합 문서에서 검증용으로 떼어 놓을 문장의 비율. 예: 0.1",
        "en": "Share of the training texts to hold out for validation where there is no validation workbook, as 0.1.",
    },
    "option_fields": {
        "ko": "레시피의 모든 필드를 보여 주고 끝냅니다.",
        "en": "List every field of the recipe and exit.",
    },
    "option_train": {
        "ko": "학습 통합 문서: 파일, 폴더, '이름*' 패턴 또는 s3://, gs://, https:// 주소. 여러 번 쓸 수 있습니다.",
        "en": "Training workbook: a path, folder, 'glob*' or s3://, gs://, https:// address. Repeatable.",
    },
    "option_validation": {
        "ko": "검증 통합 문서. 쓰는 방법은 --train과 같습니다.",
        "en": "Validation workbook, given like --train.",
    },
    "option_dry_run": {
        "ko": "학습하지 않고 통합 문서, 인코더, 장치, 디스크만 확인해 행 수, 스텝 수, 예상 시간을 보여 줍니다.",
        "en": "Look at workbooks, encoder, device and disk, show rows, steps and estimated time, and train nothing.",
    },
    # -- help of the commands
    "train_help": {
        "ko": """통합 문서로 학습하고 평가해 등록하고, 챔피언보다 나으면 승격합니다.

storyflower train --train open_Training.xlsx --validation open_Validation.xlsx

storyflower train --train A.xlsx --validation B.xlsx --encoder ./kobert --set epochs=2 --set max_len=48

storyflower train --train old.xlsx --train new.xlsx --validation 'data/*_Validation.xlsx'

storyflower train --train ONE.xlsx --validation-share 0.1 --set 'text_columns=["문장", "대답"]'

중단된 학습은 같은 명령을 다시 실행하면 마지막 체크포인트부터 이어집니다.""",
        "en": """Train on workbooks, evaluate, register, and promote the model if it beats the champion.

storyflower train --train open_Training.xlsx --validation open_Validation.xlsx

storyflower train --train A.xlsx --validation B.xlsx --encoder ./kobert --set epochs=2 --set max_len=48

storyflower train --train old.xlsx --train new.xlsx --validation 'data/*_Validation.xlsx'

storyflower train --train ONE.xlsx --validation-share 0.1 --set 'text_columns=["문장", "대답"]'

A run that was interrupted goes on from its last checkpoint when the same command is given again.""",
    },
    "retrain_help": {
        "ko": """통합 문서, 레시피, 인코더, 코드 중 하나라도 챔피언을 만든 것과 다르면 도전 모델을 학습합니다.

storyflower retrain --train data/training --validation data/validation

달라진 것이 없거나 같은 조건을 이미 챔피언과 비교했다면, 몇 초 안에 그 사실을 알리고 학습하지 않습니다. 달라졌다면
도전 모델을 학습해 챔피언과 비교하고, 새 문장이 챔피언의 학습 문장과 어떻게 다른지 보여 줍니다.
오래된 캐시는 언제나 정리합니다.""",
        "en": """Train a challenger if workbooks, recipe, encoder or code differ from what the champion was made of.

storyflower retrain --train data/training --validation data/validation

If nothing differs, or the same data has been compared with the champion already, it reports so in seconds and trains
nothing. Else it trains, compares the challenger with the champion, and reports how the new text differs from the
champion's. Old caches are pruned either way.""",
    },
    "app_help": {
        "ko": """한국어 대화 통합 문서를 넣으면, 검증을 거쳐 등록된 감정 분류 모델이 나옵니다.

종료 코드: 0 성공, 1 실패하거나 거부되었거나 문제를 찾음, 2 사용법이 틀렸거나 입력을 찾거나 읽을 수 없음,
130 Ctrl-C로 중단, 143 SIGTERM으로 종료.""",
        "en": """Workbooks of Korean dialogue in, a registered and proven emotion classifier out.

Exit codes: 0 success; 1 failed, refused or findings; 2 wrong usage, or input that is missing or unreadable;
130 interrupted by Ctrl-C, 143 by SIGTERM.""",
    },
    "option_version": {"ko": "버전을 보여 주고 끝냅니다.", "en": "Show the version and exit."},
    # -- train: fields, dry run, retrain
    "fields_title": {"ko": "레시피 {name}", "en": "recipe {name}"},
    "fields_set": {
        "ko": '바꾸려면: --set epochs=2, --set text_columns=문장, --set \'text_columns=["문장", "대답"]\'',
        "en": 'To change one: --set epochs=2, --set text_columns=문장, --set \'text_columns=["문장", "대답"]\'',
    },
    "encoders_title": {
        "ko": "인코더로 쓸 수 있는 Hugging Face 모델 (--encoder)",
        "en": "encoders of the Hugging Face hub (--encoder)",
    },
    "encoders_size": {
        "ko": "파라미터 {parameters:,}개 · 최대 토큰 {positions}개",
        "en": "{parameters:,} parameters · {positions} tokens at most",
    },
    "encoders_no_licence": {"ko": "라이선스 표시 없음", "en": "no licence stated"},
    "encoders_no_nsmc": {"ko": "공개된 NSMC 정확도를 찾지 못함", "en": "no published NSMC accuracy found"},
    "dry.training": {"ko": "학습", "en": "training"},
    "dry.validation": {"ko": "검증", "en": "validation"},
    "dry.rows": {"ko": "{rows:,}행", "en": "{rows:,} rows"},
    "dry.rows_unknown": {"ko": "지금은 읽을 수 없음", "en": "out of reach for the moment"},
    "dry.encoder": {"ko": "인코더", "en": "encoder"},
    "dry.device": {"ko": "장치", "en": "device"},
    "dry.disk": {"ko": "디스크", "en": "disk"},
    "dry.disk_room": {
        "ko": "{free:.1f} GiB 남음, 약 {needed:.1f} GiB 필요",
        "en": "{free:.1f} GiB free, about {needed:.1f} GiB needed",
    },
    "dry.steps": {"ko": "스텝", "en": "steps"},
    "dry.steps_of": {
        "ko": "{epochs}에폭 × 최대 {examples:,}문장, 배치 {batch}: 최대 {steps:,}스텝",
        "en": "{epochs} epochs of {examples:,} examples at most, batch {batch}: {steps:,} steps at most",
    },
    "dry.adaptation": {"ko": "적응 사전 학습", "en": "adaptation"},
    "dry.adapted": {
        "ko": "학습 문장을 {epochs}번 반복(예상 시간에는 들어 있지 않음)",
        "en": "{epochs} epochs of the training texts; not part of the time below",
    },
    "dry.adapted_further": {
        "ko": "학습 문장과 라벨 없는 파일 {files}개를 {epochs}번 반복(예상 시간에는 들어 있지 않음)",
        "en": "{epochs} epochs of the training texts and {files} file(s) without labels; not part of the time below",
    },
    "dry.time": {"ko": "예상 시간", "en": "time"},
    "dry.time_about": {
        "ko": "학습 스텝에 약 {minutes:,.1f}분(이 인코더를 이 장치에서 학습한 이전 속도 기준)",
        "en": "about {minutes:,.1f} minutes of training steps, at the pace of an earlier training here",
    },
    "dry.time_unknown": {
        "ko": "알 수 없음: 이 인코더를 이 장치에서 학습한 기록이 없습니다",
        "en": "not known: this encoder has not been trained on this device yet",
    },
    "dry.nothing": {"ko": "확인만 했습니다. 학습은 하지 않았습니다.", "en": "Checked only; nothing was trained."},
    "retrain_drift": {"ko": "문장의 변화: {drift}", "en": "drift: {drift}"},
    "interrupted": {
        "ko": "중단했습니다. 같은 명령을 다시 실행하면 이어서 합니다.",
        "en": "interrupted; the same command goes on from there",
    },
    # -- predict
    "predict_progress": {"ko": "예측하는 중", "en": "answering"},
    "predict_help": {
        "ko": """등록된 챔피언 모델로 문장마다 감정을 예측합니다.

    storyflower predict "오늘 합격 소식을 들었어!" "내일 발표가 너무 떨려."

    cat 문장.txt | storyflower predict --json --threshold 0.6

    -로 시작하는 문장은 그대로 쓸 수 있습니다. 옵션과 같은 문장은 -- 뒤에 쓰세요.""",
        "en": """Answer the emotion of each sentence with the registered champion.

    storyflower predict "오늘 합격 소식을 들었어!" "내일 발표가 너무 떨려."

    cat sentences.txt | storyflower predict --json --threshold 0.6

    A sentence may begin with a hyphen; one that looks like an option goes after --.""",
    },
    "predict_sentences": {
        "ko": "문장. 없으면 표준 입력을 한 줄에 한 문장씩 읽습니다(UTF-8, UTF-16, CP949).",
        "en": "Sentences; without any, standard input is read, one a line (UTF-8, UTF-16 or CP949).",
    },
    "predict_model": {
        "ko": "등록된 모델의 버전(`3`) 또는 별칭(`@champion`). 다른 이름의 모델은 `이름@champion`.",
        "en": "Version (`3`) or alias (`@champion`); of another registered model: `NAME@champion`.",
    },
    "predict_threshold": {
        "ko": "확신도가 이 값보다 낮으면 `불확실`로 표시하고 가장 가능성이 높은 감정을 함께 보여 줍니다. 기본값: "
        "사용하지 않음.",
        "en": "Answer 불확실 below this confidence, beside the best guess; off by default.",
    },
    "predict_json": {"ko": "JSON 객체 하나로 출력합니다.", "en": "Print one JSON object."},
    "predict_column_sentence": {"ko": "문장", "en": "sentence"},
    "predict_column_label": {"ko": "감정", "en": "emotion"},
    "predict_column_confidence": {"ko": "확률", "en": "confidence"},
    "predict_column_next": {"ko": "그다음", "en": "runner-up"},
}
