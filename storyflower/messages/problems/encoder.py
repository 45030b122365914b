"""Problems with where an encoder lies and what is in it, by code, in Korean and in English."""

_KO_PARTS = (
    "config.json, model.safetensors(또는 pytorch_model.bin), 어휘(spiece.model 또는 vocab.txt)가 들어 있는 폴더를 "
    "지정하세요: --encoder 폴더 또는 STORYFLOWER_ENCODER=폴더."
)
_EN_PARTS = (
    "Give a directory with config.json, model.safetensors (or pytorch_model.bin) and the vocabulary (spiece.model or "
    "vocab.txt): --encoder DIR, or STORYFLOWER_ENCODER=DIR."
)
_KO_ANEW = "인코더를 다시 받거나 복사하세요. 다른 인코더는 --encoder 또는 STORYFLOWER_ENCODER로 지정합니다."
_EN_ANEW = "Download or copy the encoder anew, or name another one (--encoder, or STORYFLOWER_ENCODER)."
_KO_WHOLE = "온전한 인코더가 들어 있는 폴더를 지정하거나(--encoder 또는 STORYFLOWER_ENCODER) 다시 복사하세요."
_EN_WHOLE = "Name the directory of a whole encoder (--encoder, or STORYFLOWER_ENCODER), or copy it anew."
_KO_VOCABULARY = (
    "어휘(spiece.model 또는 vocab.txt)가 문장의 언어나 인코더에 맞지 않을 수 있습니다. 인코더 폴더를 확인하고, 통합 "
    "문서의 문장 열에 그 언어의 문장이 들어 있는지 확인하세요. 의도한 문장이라면 {field} 값을 올리세요."
)
_EN_VOCABULARY = (
    "The vocabulary is probably not the one that belongs to this language and encoder: check `spiece.model` or "
    "`vocab.txt` in the encoder's directory, and that the workbook's text columns hold text in that language. If the "
    "text is meant to be like this, "
    "raise {field}."
)

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "no_encoder_directory": {
        "ko": ("이 폴더가 없습니다.", _KO_PARTS),
        "en": ("there is no such directory.", _EN_PARTS),
    },
    "revision_of_a_directory": {
        "ko": (
            "revision이 {revision}인데 인코더 {encoder}은(는) 이 컴퓨터의 폴더입니다. revision은 허브 id에만 있습니다.",
            "revision을 비우거나(--set revision=) 허브 id를 인코더로 지정하세요(--encoder).",
        ),
        "en": (
            "revision is {revision}, and the encoder {encoder} is a directory of this machine: hub ids alone have "
            "revisions.",
            "Leave the revision empty (--set revision=), or choose a hub id as the encoder (--encoder).",
        ),
    },
    "no_vocabulary_file": {
        "ko": ("인코더의 어휘 파일(`spiece.model` 또는 `vocab.txt`)이 없습니다.", _KO_PARTS),
        "en": ("there is neither `spiece.model` nor `vocab.txt`, the encoder's vocabulary.", _EN_PARTS),
    },
    "no_weight_files": {
        "ko": (
            "`model.safetensors`도 `pytorch_model.bin`도 없습니다.",
            "인코더의 가중치를 이 폴더에 복사하거나 다른 폴더를 지정하세요(--encoder).",
        ),
        "en": (
            "there is neither `model.safetensors` nor `pytorch_model.bin`.",
            "Copy the weights of an encoder into this directory, or name another one (--encoder).",
        ),
    },
    "hub_unanswered": {
        "ko": ("이 컴퓨터의 Hugging Face 캐시에 없고, 허브에서도 찾을 수 없습니다.", _KO_PARTS),
        "en": ("it is not in this machine's Hugging Face cache, and the hub does not answer for it.", _EN_PARTS),
    },
    "hub_unreachable": {
        "ko": (
            "이 컴퓨터의 Hugging Face 캐시에 없고, 허브에 연결할 수 없습니다.",
            "인터넷에 연결하고 HF_HUB_OFFLINE을 해제하세요. 연결할 수 없는 환경이라면: " + _KO_PARTS,
        ),
        "en": (
            "it is not in this machine's Hugging Face cache, and the hub cannot be reached.",
            "Connect to the internet, and unset HF_HUB_OFFLINE. Without a connection: " + _EN_PARTS,
        ),
    },
    "hub_refused": {
        "ko": ("Hugging Face 허브에서 받을 수 없습니다. ({reason})", _KO_PARTS),
        "en": ("it cannot be fetched from the Hugging Face hub ({reason}).", _EN_PARTS),
    },
    "encoder_file_unreadable": {
        "ko": ("`{file}` 파일을 읽을 수 없습니다. ({reason})", _KO_ANEW),
        "en": ("`{file}` cannot be read ({reason}).", _EN_ANEW),
    },
    "no_encoder_config": {
        "ko": ("`{file}`은(는) 지원하는 인코더(BERT·RoBERTa·ELECTRA)의 설정 파일이 아닙니다. ({reason})", _KO_ANEW),
        "en": (
            "`{file}` is not the configuration of a BERT, RoBERTa or ELECTRA encoder ({reason}).",
            _EN_ANEW,
        ),
    },
    "no_plain_tensors": {
        "ko": ("`{file}`에 텐서가 아닌 것이 있거나 파일이 손상되었습니다. ({reason})", _KO_ANEW),
        "en": ("`{file}` does not hold plain tensors, or is damaged ({reason}).", _EN_ANEW),
    },
    "unbuildable_config": {
        "ko": ("`config.json`의 값으로는 모델을 만들 수 없습니다. ({reason})", _KO_WHOLE),
        "en": ("`config.json` describes no model that can be built ({reason}).", _EN_WHOLE),
    },
    "weights_missing": {
        "ko": ("없는 가중치가 있습니다: {names}", _KO_WHOLE),
        "en": ("weights are missing: {names}", _EN_WHOLE),
    },
    "weights_superfluous": {
        "ko": ("`config.json`의 구조에 들어갈 자리가 없는 가중치가 있습니다: {names}", _KO_WHOLE),
        "en": ("there are weights that `config.json` has no place for: {names}", _EN_WHOLE),
    },
    "weights_misshapen": {
        "ko": ("`config.json`과 크기가 다른 가중치가 있습니다: {names}", _KO_WHOLE),
        "en": ("the shapes of weights differ from `config.json`: {names}", _EN_WHOLE),
    },
    "other_golden_ids": {
        "ko": (
            "KoBERT의 어휘인데 “{text}”에 정해진 id가 나오지 않습니다.",
            "설치된 sentencepiece 패키지의 동작이 다릅니다. "
            "고정된 버전을 설치하세요(`.venv/bin/pip install -c constraints.txt sentencepiece`).",
        ),
        "en": (
            "KoBERT's vocabulary does not give the documented ids for “{text}”.",
            "The installed sentencepiece package behaves differently: install the pinned one "
            "(`.venv/bin/pip install -c constraints.txt sentencepiece`).",
        ),
    },
    "max_len_beyond_positions": {
        "ko": (
            "max_len이 {max_len}인데 인코더 {encoder}은(는) 토큰 {positions}개까지만 처리합니다.",
            "max_len을 {positions} 이하로 지정하거나(--set max_len={positions}) 다른 인코더를 지정하세요(--encoder).",
        ),
        "en": (
            "max_len is {max_len}, and the encoder {encoder} has positions for {positions} tokens.",
            "Set max_len to {positions} or less (--set max_len={positions}), or choose another encoder (--encoder).",
        ),
    },
    "many_unknown_tokens": {
        "ko": ("토큰의 {share:.1%}가 [UNK]입니다(허용 한도 {bound:.1%}).", _KO_VOCABULARY),
        "en": ("{share:.1%} of the tokens are [UNK] (at most {bound:.1%} may be).", _EN_VOCABULARY),
    },
    "many_unknown_texts": {
        "ko": ("문장의 {share:.1%}에 어휘에 있는 조각이 하나도 없습니다(허용 한도 {bound:.1%}).", _KO_VOCABULARY),
        "en": ("{share:.1%} of the texts hold no known piece (at most {bound:.1%} may be).", _EN_VOCABULARY),
    },
    "many_cut_texts": {
        "ko": (
            "문장의 {share:.1%}가 토큰 {max_len}개보다 길어 끝부분이 잘립니다(허용 한도 {bound:.1%}).",
            "max_len을 올리거나(자른 뒤 가장 긴 것이 {longest}개, 평균 {mean:.0f}개) "
            "max_truncated_share로 더 허용하세요.",
        ),
        "en": (
            "{share:.1%} of the texts are longer than {max_len} tokens and lose their end (at most {bound:.1%} may).",
            "Raise max_len (the longest sequence has been cut to {longest}, the mean is {mean:.0f}), or allow more "
            "with max_truncated_share.",
        ),
    },
}
