from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from storyflower.data.corpus import build_corpus
from storyflower.data.inspection import inspect
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.repetition import duplicates, kept_rows, text_key, with_keys
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import CorpusRecipe, DataRecipe

Check = Callable[..., CheckedWorkbook]
PLENTY = [(major, f"{major} 문장 {number}번") for number in range(10) for major in MAJORS]


@pytest.mark.parametrize(
    "spelling",
    [
        "정말 OK야",
        "정말 ok야.",
        "정말OK야!!",
        "“정말” OK야…",
        "정말 ＯＫ야?",
        "정말 OK야 ^^",
        "정말 (OK)야 〜",
        "(정말) Ⓞk야~",
    ],
)
def test_spellings_of_one_text(spelling: str) -> None:
    assert text_key(spelling) == text_key("정말 OK야")


@pytest.mark.parametrize("spelling", ["좋아요❤️", "좋아요 ❤!", "좋아요\u00a0❤\ufe0e"])
def test_an_emoji_is_the_same_in_all_its_forms(spelling: str) -> None:
    assert text_key(spelling) == text_key("좋아요 ❤️")
    assert text_key("그래 👍🏽") == text_key("그래 👍")


def test_an_emoji_may_tell_two_emotions_apart(check: Check) -> None:
    rows = [*PLENTY, ("기쁨", "그래 😀"), ("기쁨", "그래!😀"), ("분노", "그래 😡"), ("슬픔", "그래"), ("상처", "그래.")]
    corpus = build_corpus(
        check(rows, name="t.xlsx"), check([("기쁨", "넷")], name="v.xlsx"), CorpusRecipe(), label_map("major")
    )
    assert {"그래 😡"} < set(corpus.frame["text"])
    assert (corpus.counts["training_duplicate"], corpus.counts["training_conflicting_label"]) == (1, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("그래", "그래요"),
        ("ㅋㅋ", "ㅋㅋㅋ"),
        ("좋아 ㅠㅠ", "좋아"),
        ("3시야", "4시야"),
        ("^^", "ㅠㅠ"),
        (":)", ":("),
        ("10:00", "1000"),
        ("😀", "😡"),
        ("그래 😀", "그래 😡"),
        ("그래 😀", "그래"),
        ("좋아 🇰🇷", "좋아 🇯🇵"),
        ("café", "caf"),
    ],
)
def test_other_texts(one: str, other: str) -> None:
    assert text_key(one) != text_key(other)


def test_the_spelling_that_is_kept_depends_on_no_order() -> None:
    rows = pd.DataFrame({"text": ["나!", "가?", "가", "나", "가", "가!"], "label": ["a", "b", "b", "a", "b", "a"]})
    examples = with_keys(rows)
    assert kept_rows(examples).tolist() == [3, 2, 2, 3, 2, 5]
    assert duplicates(examples).tolist() == [True, True, False, False, True, False]
    turned = examples.iloc[::-1]
    kept = examples.loc[kept_rows(turned), "text"]
    assert kept.tolist() == examples.loc[kept_rows(examples), "text"].tolist()[::-1]


@pytest.mark.parametrize(("learned", "held_back"), [("오늘은 좋다", "오늘은 좋다."), ("오늘은 좋다!", "오늘은  좋다")])
def test_a_spelling_of_a_validation_text_leaves_training(
    check: Check, tmp_path: Path, learned: str, held_back: str
) -> None:
    training = [*PLENTY, ("분노", learned)]
    books = check(training, name="t.xlsx"), check([("기쁨", held_back)], name="v.xlsx")
    corpus = build_corpus(*books, CorpusRecipe(), label_map("major"))
    assert corpus.counts["training_in_validation"] == 1
    (row,) = corpus.set_aside.to_dict("records")
    assert (row["excel_row"], row["reason"]) == (len(PLENTY) + 2, "in_validation")
    assert row["same_text_at"] == f"{tmp_path / 'v.xlsx'} [Sheet1] 2"
    found = inspect([str(tmp_path / "t.xlsx")], [str(tmp_path / "v.xlsx")], DataRecipe(), tmp_path)
    assert found.validation_rows_in_training == 1


def test_check_counts_what_the_corpus_leaves_out(check: Check, tmp_path: Path) -> None:
    spelled = [("기쁨", "또 만나자"), ("기쁨", "또 만나자!"), ("슬픔", "그만하자"), ("분노", "그만하자…")]
    books = check([*PLENTY, *spelled], name="t.xlsx"), check([("기쁨", "처음")], name="v.xlsx")
    corpus = build_corpus(*books, CorpusRecipe(), label_map("major"))
    assert corpus.counts["training_duplicate"] == 1
    assert corpus.counts["training_conflicting_label"] == 2
    found = inspect([str(tmp_path / "t.xlsx")], [str(tmp_path / "v.xlsx")], DataRecipe(), tmp_path)
    assert (found.duplicates, found.conflicting_labels) == (1, 1)
    assert "또 만나자" in corpus.frame["text"].tolist()


def test_no_text_of_the_open_corpus_is_on_two_sides(shared: Path, tmp_path: Path) -> None:
    books = (
        validate(read_workbook(f"{shared}/corpus/open_{name}.xlsx", DataRecipe(), tmp_path), DataRecipe())
        for name in ("Training", "Validation")
    )
    corpus = build_corpus(*books, CorpusRecipe(), label_map("major"))
    assert with_keys(corpus.frame)["text_key"].is_unique
