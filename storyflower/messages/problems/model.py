"""Problems with encoders, tokenizers and model directories, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "embedding_rows": {
        "ko": (
            "인코더의 임베딩은 {rows:,}행인데 어휘의 조각은 {pieces:,}개입니다. "
            "서로 다른 모델의 파일이며, 이대로 학습하면 엉뚱한 임베딩을 쓰게 됩니다.",
            "이 인코더를 사전 학습할 때 쓴 어휘 파일을 같은 폴더에 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "the encoder's embedding has {rows:,} rows, and the vocabulary has {pieces:,} pieces: "
            "the files belong to different models, and training would use the wrong embeddings.",
            "Put the vocabulary that the encoder was pretrained with into this directory, or choose another encoder "
            "(--encoder).",
        ),
    },
    "pad_id": {
        "ko": (
            "config.json의 패딩 id는 {stated}인데 어휘의 [PAD]는 {expected}입니다.",
            "이 인코더를 사전 학습할 때 쓴 어휘 파일을 같은 폴더에 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "config.json gives {stated} as the padding id, and [PAD] is {expected} in the vocabulary.",
            "Put the vocabulary that the encoder was pretrained with into this directory, or choose another encoder "
            "(--encoder).",
        ),
    },
    "weights_unlike_config": {
        "ko": (
            "config.json에 따르면 모델의 매개변수는 {parameters:,}개인데 가중치 파일의 크기는 {stored:,}바이트입니다. "
            "서로 다른 모델의 파일이거나 손상되었습니다.",
            "인코더를 다시 내려받거나 복사하세요. 다른 인코더를 지정할 수도 있습니다(--encoder).",
        ),
        "en": (
            "config.json describes {parameters:,} parameters, and the files of weights have {stored:,} bytes: they "
            "belong to different models, or are damaged.",
            "Download or copy the encoder anew, or name another one (--encoder).",
        ),
    },
    "newer_model_format": {
        "ko": (
            "모델 폴더의 형식 버전은 {found}인데, 설치된 StoryFlower는 버전 {known}까지 읽을 수 있습니다.",
            "StoryFlower를 업데이트하거나, 이 버전의 StoryFlower로 학습한 모델을 지정하세요.",
        ),
        "en": (
            "the model directory has format version {found}, and this StoryFlower reads versions up to {known}.",
            "Update StoryFlower, or name a model that was trained with this version of it.",
        ),
    },
    "no_model_format": {
        "ko": (
            "모델 폴더의 {file}을(를) 읽을 수 없습니다. ({reason})",
            "StoryFlower가 학습한 모델 폴더인지 확인하고, 폴더를 다시 복사하거나 모델을 다시 등록하세요.",
        ),
        "en": (
            "the file {file} of the model directory cannot be read ({reason}).",
            "Check that StoryFlower trained the model of this directory, and copy or register it again.",
        ),
    },
    "vocabulary_too_large": {
        "ko": (
            "어휘 파일이 {size:,}바이트로, 허용 한도 {largest:,}바이트를 넘습니다.",
            "이 인코더를 사전 학습할 때 쓴 어휘 파일을 넣거나 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "the vocabulary has {size:,} bytes, more than the {largest:,} that are read.",
            "Put the vocabulary that the encoder was pretrained with into this directory, or choose another encoder "
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
    "text_too_long": {
        "ko": (
            "가장 긴 문장은 토큰 {longest}개인데 인코더는 {positions}개까지만 처리합니다.",
            "max_len을 {positions} 이하로 지정하세요.",
        ),
        "en": (
            "the longest text has {longest} tokens, and the encoder takes {positions}.",
            "Set max_len to {positions} or less.",
        ),
    },
    "id_beyond_embedding": {
        "ko": (
            "토크나이저의 가장 큰 id는 {highest}인데 인코더의 임베딩에는 {rows} 미만의 id만 있습니다.",
            "이 인코더를 사전 학습할 때 쓴 어휘 파일을 사용하세요.",
        ),
        "en": (
            "the tokenizer gives id {highest}, and the encoder knows ids below {rows}.",
            "Use the vocabulary (`spiece.model` or `vocab.txt`) that the encoder was trained with.",
        ),
    },
    "vocabulary_unreadable": {
        "ko": (
            "어휘 파일을 읽을 수 없습니다. ({reason})",
            "spiece.model 또는 vocab.txt가 들어 있는 인코더 폴더를 지정하고 읽기 권한을 확인하세요.",
        ),
        "en": (
            "the vocabulary cannot be read ({reason}).",
            "Name an encoder directory that holds `spiece.model` or `vocab.txt`, and check its permissions.",
        ),
    },
    "no_sentencepiece_model": {
        "ko": (
            "SentencePiece 모델이 아니거나 손상된 파일입니다.",
            "인코더의 spiece.model을 다시 복사하세요. 130바이트 정도라면 Git LFS 포인터이니 `git lfs pull`로 받으세요.",
        ),
        "en": (
            "this is not a SentencePiece model, or it is damaged.",
            "Copy the encoder's `spiece.model` again; a file of about 130 bytes is a Git LFS pointer, fetched with "
            "`git lfs pull`.",
        ),
    },
    "other_special_pieces": {
        "ko": (
            "어휘가 {expected}(으)로 시작해야 하는데 {first}(으)로 시작합니다.",
            "skt/kobert-base-v1처럼 KoBERT 형식의 인코더를 사용하세요.",
        ),
        "en": (
            "the vocabulary begins with {first} instead of {expected}.",
            "Use an encoder in KoBERT's format, such as skt/kobert-base-v1.",
        ),
    },
    "no_text_for_vocabulary": {
        "ko": ("어휘를 학습할 문장이 없습니다.", "학습 통합 문서에 문장이 있는 행이 있는지 확인하세요."),
        "en": (
            "there is no text to train a vocabulary on.",
            "Check that the training workbook has rows with text.",
        ),
    },
    "vocabulary_not_trained": {
        "ko": (
            "SentencePiece로 문장 {texts}개에서 조각 {pieces}개를 학습할 수 없습니다. ({reason})",
            "scratch_vocab_size를 늘리세요. 문장에 쓰인 글자마다 조각이 하나씩 필요합니다.",
        ),
        "en": (
            "SentencePiece cannot train {pieces} pieces on {texts} texts ({reason}).",
            "Raise scratch_vocab_size: every character of the texts needs a piece of its own.",
        ),
    },
}
