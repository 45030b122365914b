"""Descriptions of the fields of a recipe in Korean; the English ones are in the classes of the recipe."""

MEANINGS: dict[str, str] = {
    "data.sheet": "읽을 시트. 비우면 첫 시트, 거기에 필요한 열이 없으면 열이 모두 있는 하나뿐인 시트를 읽습니다.",
    "data.text_columns": "문장이 적힌 열. 공백 하나로 이어 붙이며, 빈 셀은 건너뜁니다.",
    "data.label_column": "감정(대분류)이 적힌 열.",
    "data.fine_label_column": "감정 소분류가 적힌 열. label_set이 `fine`일 때만 읽습니다.",
    "data.label_set": "`major`(여섯 감정), `fine`(대분류와 소분류의 쌍 60개), 또는 직접 정한 라벨 이름의 목록.",
    "data.rare_labels": "서로 다른 학습 문장이 모자라는 라벨(2개 미만, `validation_share`를 쓰면 3개 미만)의 처리. "
    "`refuse`는 실행을 멈추고, `merge`는 모자라는 세부 라벨을 대분류의 대표 라벨로 합치며(`슬픔/우울한`은 "
    "`슬픔/슬픔`으로), `leave_out`은 그 행을 제외합니다. 합쳐도 모자라는 라벨은 제외합니다.",
    "data.max_rejected_share": "통합 문서에서 제외해도 되는 행의 최대 비율(0~1). 넘으면 실행을 멈춥니다.",
    "data.max_uncompressed_mb": "통합 문서의 압축을 푼 최대 크기(MiB). 압축 폭탄을 막습니다.",
    "corpus.dev_share": "가장 좋은 에폭을 고르려고 떼어 놓는 학습 문장의 비율(0~1).",
    "corpus.split_seed": "문장을 나눌 때 쓰는 시드.",
    "corpus.validation_share": "검증 통합 문서가 없을 때 검증용으로 떼어 놓는 학습 문장의 비율(0~1).",
    "text.max_len": "한 문장의 최대 토큰 수. [CLS]와 [SEP]을 포함합니다.",
    "text.bpe_dropout": "학습 문장을 에폭마다 다르게 나누는 SentencePiece 샘플링의 `alpha`. 0이면 쓰지 않습니다. "
    "KoBERT는 유니그램 모델이라 값이 작을수록 더 많이 달라집니다(0.1은 많이, 0.9는 거의 그대로). "
    "어휘가 `vocab.txt`이면 쓸 수 없습니다.",
    "text.nbest_size": "SentencePiece 샘플링의 후보 수. -1이면 전부입니다.",
    "text.max_unk_share": "토큰 가운데 [UNK]의 최대 비율(0~1). 넘으면 학습을 거부합니다.",
    "text.max_all_unk_share": "[UNK]로만 된 문장의 최대 비율(0~1). 넘으면 학습을 거부합니다.",
    "text.max_truncated_share": "max_len에서 잘린 문장의 최대 비율(0~1). 넘으면 학습을 거부합니다.",
    "encoder.encoder": "BERT, RoBERTa 또는 ELECTRA 모델과 어휘(`spiece.model` 또는 `vocab.txt`)가 있는 폴더나 "
    "Hugging Face 허브 id(예: `klue/roberta-base`). `scratch`는 작은 모델을 처음부터 학습합니다. 비우면 "
    "이 컴퓨터의 STORYFLOWER_ENCODER, 없으면 `skt/kobert-base-v1`입니다.",
    "encoder.revision": "허브 id의 브랜치, 태그 또는 커밋. 비우면 `skt/kobert-base-v1`은 고정된 커밋, 다른 허브 id는 "
    "`main`입니다. 실제로 쓴 커밋은 실행과 함께 기록됩니다. 폴더에는 지정할 수 없습니다.",
    "encoder.scratch_vocab_size": "인코더가 `scratch`일 때 말뭉치로 학습하는 SentencePiece 어휘의 조각 수.",
    "encoder.scratch_hidden_size": "인코더가 `scratch`일 때 은닉층의 너비. 32의 배수여야 합니다(헤드 하나에 32).",
    "encoder.scratch_layers": "인코더가 `scratch`일 때 층의 수.",
    "encoder.adapt_epochs": "미세 조정에 앞서, 가린 토큰을 맞히도록 인코더를 학습 문장으로 더 학습하는 횟수"
    "(작업 적응 사전 학습). 0이면 쓰지 않습니다.",
    "encoder.adapt_learning_rate": "작업 적응 사전 학습의 최고 학습률.",
    "encoder.adapt_masked_share": "작업 적응 사전 학습에서 한 문장의 토큰 가운데 가리는 비율(0~1).",
    "training.epochs": "학습 문장을 반복하는 횟수. `min_steps`를 채우려면 더 늘어납니다.",
    "training.min_steps": "최소 스텝 수. 말뭉치가 작으면 이 스텝 수에 이를 때까지 `epochs`보다 많이 반복합니다.",
    "training.batch_size": "한 스텝에 쓰는 문장 수.",
    "training.learning_rate": "AdamW의 최고 학습률.",
    "training.scale_rate": "학습률에 768 / 인코더의 은닉층 너비를 곱합니다. 좁은 인코더일수록 더 높은 학습률이 "
    "필요합니다.",
    "training.weight_decay": "AdamW의 가중치 감쇠. 편향과 LayerNorm 가중치에는 쓰지 않습니다.",
    "training.layer_decay": "인코더의 각 층이 바로 위층의 학습률 대비 갖는 비율. 1이면 모든 층의 학습률이 같습니다.",
    "training.warmup_share": "학습률이 올라가는 구간의 비율(0~1). 그 뒤에는 코사인 곡선으로 내려갑니다.",
    "training.dropout": "분류 헤드의 선형층마다 그 앞에 두는 드롭아웃. BERT의 헤드는 선형층이 하나, "
    "RoBERTa와 ELECTRA의 헤드는 둘입니다.",
    "training.max_grad_norm": "기울기의 L2 노름을 이 값 이하로 줄입니다.",
    "training.seed": "초기화, 배치 순서, 드롭아웃의 시드.",
    "training.log_every": "학습 지표를 기록하는 간격(스텝).",
    "training.class_weights": "손실에 클래스 빈도의 역수를 가중치로 줍니다. 이 항목만 정하고 `class_weights_from`을 "
    "정하지 않으면 말뭉치와 관계없이 그대로 따릅니다. `decision=macro_f1`이면 학습이 끝난 뒤 모델에서 가중치를 "
    "빼므로, 확률은 실제 라벨 빈도에 맞고 드문 라벨은 결정 단계에서 우선합니다.",
    "training.class_weight_power": "클래스 가중치의 지수. 0.5이면 클래스 빈도의 제곱근의 역수를 가중치로 줍니다.",
    "training.class_weights_from": "가장 흔한 라벨이 학습 문장에서 차지하는 비율(0~1)이 이 값 이상이면 클래스 가중치를 "
    "자동으로 씁니다. 1이면 쓰지 않습니다.",
    "training.distillation": "TF-IDF 기준선을 해당 문장 없이 학습해 얻은 예측 확률을 라벨과 함께 배울 때의 "
    "가중치(0~1, 지식 증류). 0이면 쓰지 않습니다.",
    "training.rdrop": "드롭아웃을 달리해 두 번 예측한 확률의 차이를 손실에 더할 때의 가중치(R-Drop). "
    "학습 시간이 40 %쯤 늘어납니다. 0이면 쓰지 않습니다.",
    "training.decision": "`probability`: 확률이 가장 높은 라벨로 답합니다. `macro_f1`: 개발 데이터의 macro-F1이 가장 "
    "높아지도록(30문장이 안 되는 라벨이 있으면 보정된 확률로 계산한 기댓값이 가장 높아지도록) 드문 라벨을 우대해 "
    "답합니다. 확률 값은 바뀌지 않습니다.",
    "training.early_stopping_patience": "개발 데이터의 macro-F1이 이 에폭 수만큼 나아지지 않으면 멈춥니다. "
    "비우면 멈추지 않습니다. `min_steps` 때문에 에폭이 `epochs`보다 늘어나면 같은 비율로 늘어납니다.",
    "training.precision": "`auto`: 장치가 지원하면 bf16, 오래된 GPU에서는 손실 스케일링을 쓰는 fp16, 아니면 fp32.",
    "training.devices": "이 컴퓨터에서 함께 학습할 GPU의 수. 배치를 나누어 처리합니다. GPU가 없으면 프로세스의 "
    "수입니다.",
    "training.nodes": "함께 학습할 컴퓨터의 수. 컴퓨터마다 `devices`개씩 씁니다. 2 이상이면 STORYFLOWER_RENDEZVOUS의 "
    "주소에서 만납니다.",
    "promotion.better_by": "`interval`: 향상의 대응 표본 95% 구간도 0보다 커야 합니다. "
    "`gain`: min_gain을 넘기만 하면 됩니다.",
    "promotion.min_gain": "도전 모델의 macro-F1이 챔피언보다 이 값을 넘게 높아야 합니다.",
    "promotion.max_recall_drop": "어느 감정의 재현율(0~1)도 챔피언보다 이 값을 넘게, 우연 이상으로 낮아지면 안 됩니다.",
    "promotion.beat_baseline": "macro-F1이 TF-IDF 기준선보다 우연 이상으로 낮은 모델을 거부합니다.",
    "promotion.max_ece": "검증 통합 문서에서 허용하는 최대 보정 오차(ECE, 0~1). 문장이 적으면 우연으로 설명되는 "
    "값까지 허용합니다.",
    "promotion.max_latency_ms": "이 컴퓨터의 CPU 코어 하나에서 한 문장에 걸리는 시간의 중앙값(밀리초)의 최댓값.",
    "promotion.max_size_mb": "모델 파일의 최대 크기(MiB).",
    "promotion.approval_hours": "모든 검사를 통과한 모델의 승인을 기다리는 시간(단위: 시간). "
    "비우면 승인 없이 승격합니다.",
}
