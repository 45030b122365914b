"""Problems with the vocabulary of an encoder and the options it is read with, by code, in Korean and in English."""

_KO_COPY = "인코더를 배포한 곳에서 vocab.txt와 tokenizer_config.json을 다시 받으세요."
_EN_COPY = "Download `vocab.txt` and `tokenizer_config.json` again from where the encoder is published."

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "no_wordpiece_vocabulary": {
        "ko": (
            "WordPiece 어휘가 아닙니다. `##`으로 시작하는 조각이 없거나 UTF-8 텍스트가 아닙니다.",
            "vocab.txt는 BERT 형식(한 줄에 조각 하나)이어야 합니다. " + _KO_COPY,
        ),
        "en": (
            "this is not a WordPiece vocabulary: no piece begins with `##`, or the file is not UTF-8 text.",
            "`vocab.txt` has to be in BERT's format, one piece a line. " + _EN_COPY,
        ),
    },
    "special_pieces_missing": {
        "ko": ("어휘에 특수 토큰이 없습니다: {missing}", _KO_COPY),
        "en": ("the vocabulary lacks special tokens: {missing}", _EN_COPY),
    },
    "tokenizer_options_unusable": {
        "ko": ("`{file}`에서 토크나이저 설정을 읽을 수 없습니다. ({reason})", _KO_COPY),
        "en": ("the tokenizer's options cannot be read from `{file}` ({reason}).", _EN_COPY),
    },
    "other_tokenizer_class": {
        "ko": (
            "`tokenizer_config.json`에 적힌 토크나이저 클래스 {name}은(는) 지원하지 않습니다.",
            "vocab.txt를 읽는 클래스({known})의 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "`tokenizer_config.json` names the tokenizer class {name}, which is not supported.",
            "Choose an encoder whose class reads a `vocab.txt` ({known}): --encoder.",
        ),
    },
    "vocabulary_decomposed": {
        "ko": (
            "어휘의 한글이 자모로 분해되어 있어(NFD) 완성형 한글을 담지 못합니다. 한국어 단어가 모두 [UNK]가 됩니다.",
            "한글 음절이 들어 있는 어휘를 쓰는 한국어 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "the vocabulary holds decomposed Hangul (conjoining letters, NFD) and no syllables, so every Korean word "
            "becomes [UNK].",
            "Choose a Korean encoder whose vocabulary has Hangul syllables: --encoder.",
        ),
    },
    "vocabulary_lower_cased": {
        "ko": (
            "어휘에는 영문 소문자만 있는데 토크나이저가 대문자를 그대로 둡니다. 대문자가 든 단어가 [UNK]가 됩니다.",
            "소문자로 학습한 인코더라면 인코더 폴더의 tokenizer_config.json에 "
            '"do_lower_case": true를 적으세요. 한글은 분해하지 않습니다.',
        ),
        "en": (
            "the vocabulary is lower-cased and the tokenizer keeps capitals, so words with capitals become [UNK].",
            'If the encoder was trained on lower-cased text, write "do_lower_case": true into the '
            "`tokenizer_config.json` of its directory. Hangul is not decomposed.",
        ),
    },
    "vocabulary_cased": {
        "ko": (
            "어휘에는 영문 대문자가 있는데 토크나이저가 모든 글자를 소문자로 바꿉니다.",
            '인코더 폴더의 tokenizer_config.json에 "do_lower_case": false를 적으세요.',
        ),
        "en": (
            "the vocabulary has capitals and the tokenizer lower-cases every text.",
            'Write "do_lower_case": false into the `tokenizer_config.json` of the encoder\'s directory.',
        ),
    },
}
