"""WordPiece gives the ids of Transformers' own tokenizer in every published layout, and never takes Hangul apart."""

import json
import os
import shutil
import unicodedata
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from transformers import AutoTokenizer

from storyflower.cleaning import clean
from storyflower.errors import EncoderError, RecipeError, TokenizerHealthError
from storyflower.recipe_parts import TextRecipe
from storyflower.text.health import measure_health, require_healthy
from storyflower.text.loading import load_sampling_tokenizer, load_tokenizer, require_vocabulary, vocabulary_digest
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.text.wordpiece import WordPieceTokenizer
from tests.published import KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL, LAYOUTS, Layout, train_pieces, write_vocabulary

pytestmark = pytest.mark.usefixtures("in_english")

LITERALS = (
    "[CLS] 안녕 [SEP]",
    "[PAD][MASK][UNK]",
    "가[UNK]나",
    "［ＣＬＳ］",
    "[SEP",
    "[[SEP]]",
    "x[MASK]y",
    "[unused1]",
)
RAW = ("❤\u200b\ufe0f A\ufe0fB 👨‍👩‍👧", "행\u200b복해", "\u00a0가\u3164 나", "TV를 ＴＶ로", "漢字 섞어", "가\x07나", "")
ALPHABET = [*"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]


@pytest.fixture(scope="module")
def open_texts(shared: Path) -> list[str]:
    """Every sentence of the open corpus."""
    files = [shared / "corpus" / f"open_{role}.xlsx" for role in ("Validation", "Training")]
    frame = pd.concat([pd.read_excel(file) for file in files])
    sentences = [frame[name].dropna() for name in frame.columns if "사람문장" in name]
    return [text for text in map(clean, pd.concat(sentences).astype(str)) if text]


@pytest.fixture(scope="module")
def open_pieces(open_texts: list[str]) -> list[str]:
    return train_pieces(open_texts, 4000)


@pytest.fixture(scope="module")
def pieces(korean_texts: tuple[str, ...]) -> list[str]:
    """A small vocabulary in both cases."""
    texts = [*korean_texts, "TV를 보다가 Radio를 켰어", "THE QUICK BROWN FOX", " ".join(ALPHABET)]
    return sorted({*train_pieces(texts, 400), *ALPHABET})


def directory(folder: Path, pieces: list[str], layout: Layout = KLUE_BERT, **tokenizer: Any) -> Path:
    """A directory of an encoder without its weights."""
    write_vocabulary(folder, replace(layout, tokenizer=layout.tokenizer | tokenizer), pieces)
    (folder / "config.json").write_text(json.dumps({"model_type": layout.config.model_type} | layout.values))
    return folder


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_ids_over_the_open_corpus_are_those_of_transformers(
    layout: Layout, open_texts: list[str], open_pieces: list[str], tmp_path: Path
) -> None:
    published = directory(tmp_path / "published", open_pieces, layout)
    ours, theirs = load_tokenizer(published), AutoTokenizer.from_pretrained(published)
    tokens = ours.encode_batch(open_texts, 64)
    found = theirs(open_texts, truncation=True, max_length=64)["input_ids"]
    assert tokens.ids.tolist() == list(chain.from_iterable(found))
    assert len(tokens) > 30_000
    special = ours.special
    names = (theirs.unk_token_id, theirs.pad_token_id, theirs.cls_token_id, theirs.sep_token_id, theirs.mask_token_id)
    assert (special.unk, special.pad, special.cls, special.sep, special.mask) == names
    require_healthy(measure_health(ours, tokens), TextRecipe())


@pytest.mark.parametrize("layout", [KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL], ids=lambda layout: layout.name)
@pytest.mark.parametrize("lower", [False, True])
def test_what_is_written_for_transformers_gives_our_ids_on_any_text(
    layout: Layout, pieces: list[str], lower: bool, tmp_path: Path, korean_texts: tuple[str, ...]
) -> None:
    ours = load_tokenizer(directory(tmp_path / "published", pieces, layout, do_lower_case=lower))
    raw = [*LITERALS, *RAW, *korean_texts]
    written = tmp_path / "written"
    written.mkdir()
    for name in ("config.json", "vocab.txt"):
        shutil.copyfile(tmp_path / "published" / name, written / name)
    for name, text in ours.transformers_files(64, raw).items():
        (written / name).write_text(text, "utf-8")
    theirs = AutoTokenizer.from_pretrained(written)(raw)["input_ids"]
    tokens = ours.encode_batch([clean(text) for text in raw], 512)
    assert theirs == [tokens.sequence(i).tolist() for i in range(len(raw))]
    again = load_tokenizer(written)
    assert again.digest == ours.digest == vocabulary_digest(written)
    assert again.encode("TV를", 9) == ours.encode("TV를", 9)


@pytest.mark.parametrize("text", LITERALS)
def test_special_tokens_in_a_text_are_text(pieces: list[str], tmp_path: Path, text: str) -> None:
    tokenizer = load_tokenizer(directory(tmp_path, ["[", "]", *pieces]))
    special = tokenizer.special
    inside = tokenizer.encode(text, 64)[1:-1]
    assert not {special.cls, special.sep, special.pad, special.mask}.intersection(inside)


def test_hangul_is_composed_and_never_taken_apart(pieces: list[str], tmp_path: Path) -> None:
    text = "기분이 정말 좋았어."
    for lower in (False, True):
        tokenizer = load_tokenizer(directory(tmp_path, pieces, do_lower_case=lower, strip_accents=lower))
        ids = tokenizer.encode(text, 64)
        assert tokenizer.special.unk not in ids
        assert tokenizer.encode(unicodedata.normalize("NFD", text), 64) == ids


@pytest.mark.parametrize(
    ("config", "normalizer", "lowers"),
    [
        ({}, None, False),  # Transformers would lower-case, and decompose
        ({"do_lower_case": True}, False, True),
        ({"do_lower_case": False}, True, False),
        ({}, True, True),
        (None, True, True),
        (None, None, False),
    ],
)
def test_only_a_directory_that_says_so_is_lower_cased(
    config: dict[str, Any] | None, normalizer: bool | None, lowers: bool, pieces: list[str], tmp_path: Path
) -> None:
    write_vocabulary(tmp_path, replace(KOELECTRA_SMALL, tokenizer=config or {}), pieces)
    if config is None:
        (tmp_path / "tokenizer_config.json").unlink()
    if normalizer is not None:
        bert = {"type": "BertNormalizer", "lowercase": normalizer, "handle_chinese_chars": True}
        nested = {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, bert]}}
        (tmp_path / "tokenizer.json").write_text(json.dumps(nested))
    tokenizer = load_tokenizer(tmp_path)
    assert (tokenizer.encode("TV", 9) == tokenizer.encode("tv", 9)) is lowers


@pytest.mark.parametrize(
    ("change", "lower", "found", "words"),
    [
        (lambda p: [unicodedata.normalize("NFD", piece) for piece in p], False, "decomposed", "Hangul"),
        (lambda p: sorted({piece.lower() for piece in p}), False, "lower_cased", '"do_lower_case": true'),
        (lambda p: p, True, "cased", '"do_lower_case": false'),
        (lambda p: sorted({piece.lower() for piece in p}), True, None, ""),
        (lambda p: p, False, None, ""),
    ],
)
def test_the_health_gate_names_a_vocabulary_that_spells_letters_differently(
    change: Any, lower: bool, found: str | None, words: str, pieces: list[str], tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(directory(tmp_path, change(pieces), do_lower_case=lower))
    health = measure_health(tokenizer, tokenizer.encode_batch(["기분이 정말 좋았어"], 64))
    assert health.misfit == found
    if found is None:
        require_healthy(health, TextRecipe())
    else:
        with pytest.raises(TokenizerHealthError) as refused:
            require_healthy(health, TextRecipe())
        assert words in f"{refused.value.problem} {refused.value.remedy}"


def test_spiece_model_wins_where_there_are_both(pieces: list[str], small_spiece: Path, tmp_path: Path) -> None:
    directory(tmp_path, pieces)
    assert isinstance(load_tokenizer(tmp_path), WordPieceTokenizer)
    names = [file.name for file in require_vocabulary(tmp_path)]
    assert names == ["vocab.txt", "tokenizer_config.json", "tokenizer.json"]
    shutil.copyfile(small_spiece, tmp_path / "spiece.model")
    assert isinstance(load_tokenizer(tmp_path), KoBertTokenizer)


def test_the_digest_follows_the_options_and_not_their_spelling(pieces: list[str], tmp_path: Path) -> None:
    one, other, lowered = (
        vocabulary_digest(directory(tmp_path / name, pieces, **options))
        for name, options in (("a", {}), ("b", {"never_split": []}), ("c", {"do_lower_case": True}))
    )
    assert one == other != lowered


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"vocab.txt": b"[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\n\xe2\x96\x81\xea\xb0\x80\n"}, "begins with `##`"),
        ({"vocab.txt": b"\xff\xfe\n##a"}, "UTF-8"),
        ({"vocab.txt": b"[PAD]\n[UNK]\n[CLS]\n##a\n"}, r"\[SEP\], \[MASK\]"),
        ({"tokenizer_config.json": b"{"}, "options cannot be read"),
        ({"tokenizer_config.json": b"[]"}, "list instead of an object"),
        ({"tokenizer_config.json": b'{"do_lower_case": "no"}'}, "options cannot be read"),
        ({"tokenizer_config.json": b'{"tokenizer_class": "BertJapaneseTokenizer"}'}, "BertJapaneseTokenizer"),
        ({"tokenizer_config.json": b"{}", "tokenizer.json": b"[" * 100_000}, r"tokenizer\.json"),
    ],
)
def test_damaged_files_are_refused(damage: dict[str, bytes], words: str, pieces: list[str], tmp_path: Path) -> None:
    directory(tmp_path, pieces)
    for name, content in damage.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EncoderError, match=words):
        load_tokenizer(tmp_path)


def test_a_pipe_in_the_place_of_options_does_not_block(pieces: list[str], tmp_path: Path) -> None:
    directory(tmp_path, pieces, KOELECTRA_SMALL)
    (tmp_path / "tokenizer_config.json").unlink()
    os.mkfifo(tmp_path / "tokenizer_config.json")
    assert load_tokenizer(tmp_path).encode("TV", 9) != load_tokenizer(tmp_path).encode("tv", 9)


def test_no_segmentations_to_sample(pieces: list[str], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot be sampled.*vocab\.txt"):
        load_sampling_tokenizer(directory(tmp_path, pieces))


def test_surrogates_truncation_and_no_texts(pieces: list[str], tmp_path: Path) -> None:
    tokenizer = load_tokenizer(directory(tmp_path, pieces))
    assert tokenizer.encode("가\ud800나", 64)[0] == tokenizer.special.cls
    cut = tokenizer.encode_batch(["정말 정말 정말 정말 정말", ""], 4)
    assert cut.truncated.tolist() == [True, False]
    assert cut.sequence(0)[-1] == tokenizer.special.sep
    assert cut.sequence(1).tolist() == [tokenizer.special.cls, tokenizer.special.sep]
    assert len(tokenizer.encode_batch([], 8)) == 0
