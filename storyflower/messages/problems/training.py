"""Problems with the device, its memory and a training's own files, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "folds_out_of_bounds": {
        "ko": (
            "교차 검증을 {folds}개 폴드로 나눌 수 없습니다.",
            "{low}에서 {high} 사이의 수를 지정하세요. 예: --folds 5",
        ),
        "en": ("a cross-validation cannot have {folds} folds.", "Give a number from {low} to {high}: --folds 5"),
    },
    "folds_without_texts": {
        "ko": (
            "이만큼 나누기에는 학습 문장이 부족합니다. 문장이 없는 폴드가 생기거나, 한 폴드를 뺀 나머지에 문장이 "
            "둘 이상인 감정이 없어 학습과 에폭 선택에 쓸 문장이 모자랍니다. 감정별 학습 문장 수: {labels}.",
            "{possible}개로 나누거나(--folds {possible}) 이 감정들의 문장을 추가하세요.",
        ),
        "en": (
            "there are too few training texts: a fold would have none, or would leave no label with two texts, one to "
            "train on and one to choose the epoch by. Texts of each label: {labels}.",
            "Give --folds {possible}, or add texts of these labels.",
        ),
    },
    "folds_impossible": {
        "ko": (
            "교차 검증을 하기에는 학습 문장이 부족합니다. 한 폴드를 뺀 나머지에 문장이 둘 이상인 감정이 없어 학습과 "
            "에폭 선택에 쓸 문장이 모자랍니다. 감정별 학습 문장 수: {labels}.",
            "한 감정이라도 서로 다른 문장이 4개 이상이 되도록 데이터를 추가하거나, 교차 검증 없이 학습하세요"
            "(--folds 없이 train).",
        ),
        "en": (
            "there are too few training texts for a cross-validation: a fold would leave no label with two texts, one "
            "to train on and one to choose the epoch by. Texts of each label: {labels}.",
            "Add data until a label has four or more different texts, or train without folds (`train` without "
            "--folds).",
        ),
    },
    "no_gpu_seen": {
        "ko": (
            "장치를 `cuda`로 지정했지만 설치된 PyTorch {torch}에서 GPU를 찾지 못했습니다.",
            "STORYFLOWER_DEVICE=auto로 바꾸거나, CUDA용 PyTorch를 설치하고 드라이버를 확인하세요(nvidia-smi).",
        ),
        "en": (
            "the device is set to `cuda`, and PyTorch {torch} sees no GPU.",
            "Set STORYFLOWER_DEVICE=auto, or install a CUDA build of PyTorch and check the driver (nvidia-smi).",
        ),
    },
    "gpu_without_bf16": {
        "ko": ("{gpu}은(는) bf16을 지원하지 않습니다.", "precision을 fp16이나 auto로 지정하세요."),
        "en": ("{gpu} has no bf16.", "Use fp16 or auto."),
    },
    "fp16_on_the_cpu": {
        "ko": (
            "fp16에는 GPU가 필요하지만 모델이 CPU에서 실행됩니다.",
            "precision을 fp32, bf16, auto 중 하나로 지정하세요.",
        ),
        "en": ("fp16 needs a GPU, and the model runs on the CPU.", "Use fp32, bf16 or auto."),
    },
    "too_few_devices": {
        "ko": (
            "장치 {wanted}개를 지정했지만 이 컴퓨터에는 {present}만 있습니다.",
            "devices를 {most} 이하로 지정하세요.",
        ),
        "en": ("{wanted} devices are requested, and this machine has {present}.", "Set devices={most} or less."),
    },
    "no_memory_for_optimizer": {
        "ko": (
            "장치의 메모리가 부족하여 모델의 기울기와 옵티마이저 상태를 담을 수 없습니다.",
            "메모리가 더 큰 GPU를 쓰거나 CPU에서 학습하세요(STORYFLOWER_DEVICE=cpu).",
        ),
        "en": (
            "the memory of the device is too small for the model's gradients and the optimizer's state.",
            "Take a GPU with more memory, or train on the CPU (STORYFLOWER_DEVICE=cpu).",
        ),
    },
    "no_memory_for_batch": {
        "ko": (
            "장치의 메모리가 부족하여 예문 {together}개를 한꺼번에 처리할 수 없습니다.",
            "batch_size나 max_len을 줄이거나 메모리가 더 큰 GPU를 쓰세요.",
        ),
        "en": (
            "the memory of the device is too small for {together} examples at once.",
            "Lower batch_size or max_len, or take a GPU with more memory.",
        ),
    },
    "checkpoint_not_written": {
        "ko": (
            "에폭 {epoch}의 체크포인트를 저장할 수 없습니다. ({reason})",
            "디스크 공간을 확보한 뒤 같은 명령을 다시 실행하세요. 마지막으로 저장된 체크포인트부터 이어서 학습합니다.",
        ),
        "en": (
            "the checkpoint of epoch {epoch} cannot be written ({reason}).",
            "Make room on the disk, then run the same command again: it goes on from the last checkpoint.",
        ),
    },
    "best_checkpoint_gone": {
        "ko": (
            "성능이 가장 좋았던 에폭 {epoch}의 체크포인트가 없거나 손상되었습니다.",
            "같은 명령을 다시 실행하세요. 온전한 마지막 체크포인트부터 이어서 학습합니다.",
        ),
        "en": (
            "the checkpoint of epoch {epoch}, the best, is gone or damaged.",
            "Run the same command again: it resumes from the last intact checkpoint.",
        ),
    },
    "checkpoints_of_another_training": {
        "ko": (
            "이 폴더의 체크포인트는 레시피, 말뭉치 또는 인코더가 다른 학습에서 만들어졌습니다.",
            "이 폴더를 지우거나 다른 폴더에 학습하세요.",
        ),
        "en": (
            "the checkpoints here belong to a training with another recipe, corpus or encoder.",
            "Delete this folder, or train into another one.",
        ),
    },
    "loss_not_finite": {
        "ko": (
            "손실이 유한하지 않은 값(NaN 또는 무한대)이 되었습니다.",
            "learning_rate를 낮추세요. fp16이나 bf16에서만 그렇다면 precision=fp32로 지정하세요.",
        ),
        "en": (
            "the loss is no longer a finite number.",
            "Lower learning_rate; if it happens with fp16 or bf16 alone, set precision=fp32.",
        ),
    },
    "kept_tokens_unusable": {
        "ko": (
            "저장해 둔 토큰을 사용할 수 없습니다. ({reason})",
            "이 폴더를 지우고 다시 실행하세요. 토큰을 새로 만듭니다.",
        ),
        "en": (
            "the stored tokens cannot be used ({reason}).",
            "Delete this folder and run again: the tokens are then computed again.",
        ),
    },
    "unknown_device": {
        "ko": ("장치 ‘{named}’을(를) 알 수 없습니다.", "STORYFLOWER_DEVICE를 {known} 중 하나로 지정하세요."),
        "en": ("there is no device `{named}`.", "Set STORYFLOWER_DEVICE to one of: {known}."),
    },
    "no_sampling": {
        "ko": (
            "이 인코더의 어휘({files})로는 서브워드를 샘플링할 수 없습니다.",
            "bpe_dropout을 0으로 지정하거나, 샘플링을 지원하는 어휘(유니그램이나 BPE 방식의 spiece.model)가 있는 "
            "인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "subwords cannot be sampled with the vocabulary of this encoder ({files}).",
            "Set bpe_dropout to 0, or choose an encoder whose vocabulary supports sampling (spiece.model of the type "
            "unigram or BPE): --encoder.",
        ),
    },
}
