"""Problems with encoders, tokenizers and model directories, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "embedding_rows": {
        "ko": (
            "인코더의 임베딩은 {rows:,}행인데 어휘(spiece.model)의 조각은 {pieces:,}개입니다. "
            "서로 다른 모델의 파일이며, 이대로 학습하면 엉뚱한 임베딩을 쓰게 됩니다.",
            "이 인코더를 사전 학습할 때 쓴 spiece.model을 같은 폴더에 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "the encoder's embedding has {rows:,} rows, and the vocabulary (spiece.model) has {pieces:,} pieces: "
            "the files belong to different models, and training would use the wrong embeddings.",
            "Put the spiece.model that the encoder was pretrained with into this directory, or choose another encoder "
            "(--encoder).",
        ),
    },
    "pad_id": {
        "ko": (
            "config.json의 패딩 id는 {stated}인데 어휘(spiece.model)의 [PAD]는 {expected}입니다.",
            "이 인코더를 사전 학습할 때 쓴 spiece.model을 같은 폴더에 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "config.json gives {stated} as the padding id, and [PAD] is {expected} in the vocabulary (spiece.model).",
            "Put the spiece.model that the encoder was pretrained with into this directory, or choose another encoder "
            "(--encoder).",
        ),
    },
    "weights_unlike_config": {
        "ko": (
            "config.json이 말하는 모델의 매개변수는 {parameters:,}개인데 가중치 파일의 크기는 {stored:,}바이트입니다. "
            "서로 다른 모델의 파일이거나 손상되었습니다.",
            "인코더를 다시 내려받거나 복사하세요. 다른 인코더를 지정할 수도 있습니다(--encoder).",
        ),
        "en": (
            "config.json describes {parameters:,} parameters, and the files of weights have {stored:,} bytes: they "
            "belong to different models, or are damaged.",
            "Download or copy the encoder anew, or name another one (--encoder).",
        ),
    },
    "vocabulary_too_large": {
        "ko": (
            "어휘 파일이 {size:,}바이트로, 허용 한도 {largest:,}바이트를 넘습니다.",
            "이 인코더를 사전 학습할 때 쓴 spiece.model을 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "the vocabulary has {size:,} bytes, more than the {largest:,} that are read.",
            "Put the spiece.model that the encoder was pretrained with into this directory, or choose another encoder "
            "(--encoder).",
        ),
    },
    "model_file_refused": {
        "ko": (
            "이 파일을 읽을 권한이 없습니다. ({reason})",
            "파일 소유자에게 읽기 권한을 요청하거나(chmod a+r), 읽을 수 있는 다른 폴더를 지정하세요.",
        ),
        "en": (
            "reading this file is not permitted ({reason}).",
            "Ask its owner for permission to read it (chmod a+r), or name another directory.",
        ),
    },
}
