"""`AutoTokenizer` gives our ids: over the open corpus, over strings made to break it, and with small vocabularies."""

import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sentencepiece
import tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, pipeline

from storyflower.cleaning import clean
from storyflower.serving.predictor import load_predictor
from storyflower.text.conversion import convert
from storyflower.text.exporting import differences
from storyflower.text.loading import load_tokenizer
from storyflower.text.sentencepiece import GOLDEN_IDS, GOLDEN_TEXT, SPECIAL_PIECES, KoBertTokenizer
from storyflower.text.tokenizer import CONFIG_FILE, TOKENIZER_FILE
from storyflower.text.vocabulary import train_vocabulary

ADVERSARIAL = [
    *("[CLS] 안녕 [SEP]", "[PAD][MASK][UNK]", "가[UNK]나", "［ＣＬＳ］", "[CLS", "[CLS[CLS]]", "x[SEP]y", "[unk]"),
    *("😀👨‍👩‍👧 사랑해❤️", "1️⃣ 2️", "🏳️‍🌈🇰🇷", "가\u200d나", "A\ufe0fB", "❤\u200b\ufe0f", "\U000e0041가"),
    *(
        "행\u200b복해",
        "\u00a0가\u00a0 나",
        "가\tㄴ\n다\r\n라",
        "\ufeff시작",
        "가\u3164나\uffa0다",
        "\x00가\x07",
        " ",
        "",
    ),
    *(unicodedata.normalize("NFD", GOLDEN_TEXT), "ㅋㅠ ㅋㅋㅋㅠㅠ", "가ㄳ 갃", "ｶﾞｷﾞ ﾊﾟ", "①\u0301 q\u0301", "～ ~ 〜"),
    *("....... ..... !!!!! ??? ㅋㅋㅋㅋㅋㅋㅋ ㅠㅠㅠㅠㅠ", "그는 심지어 ..... 젠장", "최고의 음악 ....", "있다.…"),
    *("தமிழ் ไทย አማርኛ 𓀀 𝕳𝖊𝖑𝖑𝖔", "①②㈜㎏ﬁ½", "İıẞß", "▁가▁나▁", "\ufffd가", "\ufdd0\ufdd1가ㄳ", "‘따옴’ “큰”…—"),
    "가나다라 " * 800,
]


@pytest.fixture(scope="module")
def kobert_spiece(shared: Path) -> Path:
    return shared / "kobert-tokenizer" / "spiece.model"


@pytest.fixture(scope="module")
def open_texts(shared: Path) -> list[str]:
    """Every sentence of the open corpus, alone and as training joins them."""
    frames = [pd.read_excel(shared / "corpus" / f"open_{role}.xlsx") for role in ("Training", "Validation")]
    frame = pd.concat(frames).astype(object).fillna("").astype(str)
    columns = [frame[name] for name in frame.columns if "사람문장" in name]
    return list(dict.fromkeys(pd.concat([*columns, columns[0] + " " + columns[1]])))


def random_texts(count: int) -> list[str]:
    """Characters of every script, with marks, jamo and written special tokens among them."""
    random = np.random.default_rng(9)
    pool = [*map(chr, range(32, 0x3200)), *map(chr, range(0xAC00, 0xD7A4, 7)), *map(chr, range(0xFF00, 0xFFF0))]
    pool += [*map(chr, range(0x1F300, 0x1F700)), *list("[]CLSEPUNKMAD .ㅋㅠ가나다!?") * 300]
    drawn_from = np.array(pool)  # of a list, NumPy would make an array for every text
    return ["".join(random.choice(drawn_from, size=random.integers(1, 13))) for _ in range(count)]


def auto(folder: Path) -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def written(folder: Path, spiece: Path, texts: list[str]) -> Path:
    """A directory as fine-tuning leaves it, without the weights."""
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    shutil.copy(spiece, folder / "spiece.model")
    for name, text in KoBertTokenizer(spiece).transformers_files(64, texts).items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.slow
def test_the_whole_open_corpus_has_our_ids(kobert_spiece: Path, open_texts: list[str], tmp_path: Path) -> None:
    theirs = auto(written(tmp_path, kobert_spiece, open_texts))
    ours = KoBertTokenizer(kobert_spiece).encode_batch([clean(text) for text in open_texts], 64)
    found = theirs(open_texts, truncation=True)["input_ids"]
    assert len(open_texts) > 30_000
    assert [text for i, text in enumerate(open_texts) if found[i] != ours.sequence(i).tolist()] == []


def test_strings_made_to_break_it_have_our_ids(kobert_spiece: Path, tmp_path: Path) -> None:
    theirs, ours = auto(written(tmp_path, kobert_spiece, ADVERSARIAL)), KoBertTokenizer(kobert_spiece)
    for text in ADVERSARIAL:
        assert theirs(text, truncation=True)["input_ids"] == ours.encode(clean(text), 64), text
    assert theirs(GOLDEN_TEXT)["input_ids"] == list(GOLDEN_IDS)
    batch = theirs([GOLDEN_TEXT, "네"], padding=True)
    assert batch["input_ids"][1][-1] == 1
    assert set(batch["token_type_ids"][0]) == {0}


def is_of_interest(code: int) -> bool:
    """Every character, and one in 64 of the code points that are private or none yet."""
    category = unicodedata.category(chr(code))
    return category != "Cs" and (category not in ("Cn", "Co") or code % 64 == 63)  # 63: the last of each plane, too


@pytest.mark.slow
def test_every_character_and_random_strings_have_our_ids(kobert_spiece: Path) -> None:
    theirs, ours = convert(kobert_spiece), KoBertTokenizer(kobert_spiece)
    characters = [f"가{chr(code)}나" for code in filter(is_of_interest, range(1, 0x110000))]
    assert len(characters) > 140_000
    assert differences(ours, theirs, characters) == []
    assert differences(ours, theirs, random_texts(20_000)) == []


@pytest.mark.slow
def test_a_vocabulary_trained_on_the_corpus_has_our_ids(open_texts: list[str], tmp_path: Path) -> None:
    spiece = train_vocabulary([clean(text) for text in open_texts[:5000]], 2000, tmp_path)
    assert differences(KoBertTokenizer(spiece), convert(spiece), [*open_texts, *ADVERSARIAL]) == []


def test_a_small_vocabulary_has_our_ids(small_spiece: Path, korean_texts: tuple[str, ...]) -> None:
    ours = KoBertTokenizer(small_spiece)
    assert differences(ours, convert(small_spiece), [*korean_texts, *ADVERSARIAL]) == []


def test_a_vocabulary_that_cannot_be_converted_makes_auto_tokenizer_fail(
    korean_texts: tuple[str, ...], tmp_path: Path
) -> None:
    bpe = tmp_path / "bpe.model"
    with bpe.open("wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(korean_texts * 5),
            model_writer=model,
            model_type="bpe",
            vocab_size=150,
            hard_vocab_limit=False,
            unk_id=0,
            unk_piece="[UNK]",
            pad_id=-1,
            bos_id=-1,
            eos_id=-1,
            user_defined_symbols=list(SPECIAL_PIECES[1:]),
            minloglevel=2,
        )
    folder = tmp_path / "model"
    folder.mkdir()
    written(folder, bpe, list(korean_texts))
    assert not (folder / TOKENIZER_FILE).exists()
    assert "unigram" in json.loads((folder / CONFIG_FILE).read_text("utf-8"))["reason"]
    with pytest.raises(ValueError, match="Couldn't instantiate"):
        auto(folder)


@pytest.mark.parametrize("text", ["[CLS] 안녕 [SEP] 나", "[MASK]", "[PAD]x", "가[UNK]"])
def test_the_file_alone_gives_our_ids_with_the_setting_that_the_card_names(model_directory: Path, text: str) -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(model_directory / TOKENIZER_FILE))
    tokenizer.encode_special_tokens = True
    assert tokenizer.encode(text).ids == load_tokenizer(model_directory).encode(text, 64)


def test_a_pipeline_gives_our_labels_and_uncalibrated_probabilities(model_directory: Path) -> None:
    texts = ["오늘 정말 기뻤어", "친구가 떠나서 슬퍼 [CLS]", " 약속을\u200b 어겨서  화가 나 ", "내일 면접이라 " * 40]
    answers = load_predictor(model_directory, "cpu").predict(texts)  # at temperature 1
    found = pipeline("text-classification", model=str(model_directory), device="cpu")(texts, truncation=True)
    assert [answer["label"] for answer in found] == answers["label"].tolist()
    np.testing.assert_allclose([answer["score"] for answer in found], answers["confidence"], atol=1e-5)
