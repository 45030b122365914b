from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.holdout import hold_out
from storyflower.data.inspection import inspect
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.repetition import with_keys
from storyflower.data.schema import CheckedWorkbook
from storyflower.errors import DataContractError
from storyflower.recipe_data import CorpusRecipe, DataRecipe

Check = Callable[..., CheckedWorkbook]
MAP = label_map("major")
RECIPE = CorpusRecipe(validation_share=0.2)


def plenty(count: int = 50) -> list[tuple[str | None, str]]:
    return [(major, f"{major} 문장 {number}번") for number in range(count) for major in MAJORS]


def corpus_of(*books: CheckedWorkbook, recipe: CorpusRecipe = RECIPE) -> Corpus:
    assert recipe.validation_share is not None
    return build_corpus(*hold_out(books, recipe.validation_share, recipe.split_seed, MAP), recipe, MAP)


def held_out(corpus: Corpus) -> set[str]:
    return set(corpus.split("validation")["text"])


def test_the_split_is_stratified_and_seeded(check: Check) -> None:
    book = check(plenty())
    corpus = corpus_of(book)
    assert corpus.split("validation")["label"].value_counts().to_dict() == dict.fromkeys(range(6), 10)
    assert corpus.counts["dev"] == 6 * 4
    assert held_out(corpus) == held_out(corpus_of(book))
    assert held_out(corpus) != held_out(corpus_of(book, recipe=CorpusRecipe(validation_share=0.2, split_seed=1)))


def test_no_text_is_on_two_sides_and_every_row_is_accounted_for(check: Check) -> None:
    spellings = [("기쁨", f"정말 좋아 {n}{end}") for n in range(40) for end in ("", "!", "…")]
    conflicts = [("기쁨", "둘 다"), ("슬픔", "둘 다!"), (None, "감정이 없다"), ("분노", None)]
    books = check(plenty() + spellings, name="a.xlsx"), check([*plenty(10), *conflicts], name="b.xlsx")
    corpus = corpus_of(*books)
    assert with_keys(corpus.frame)["text_key"].is_unique
    counts = corpus.counts
    assert counts["training_in_validation"] == 0
    assert counts["training_conflicting_label"] == 2
    assert counts["training_rows"] + counts["validation_rows"] == sum(book.counts["rows"] for book in books)
    assert len(corpus.frame) + len(corpus.set_aside) == sum(book.counts["rows"] for book in books)
    for role, splits in (("training", ("train", "dev")), ("validation", ("validation",))):
        aside = sum(sum(source.set_aside.values()) for source in corpus.sources if source.role == role)
        assert counts[f"{role}_rows"] == sum(counts[split] for split in splits) + aside
    assert {(Path(source.workbook).name, source.role) for source in corpus.sources} == {
        (name, role) for name in ("a.xlsx", "b.xlsx") for role in ("training", "validation")
    }


def test_rows_on_other_sheets_are_accounted_for_once(check: Check) -> None:
    book = check(plenty(), name="a.xlsx")
    corpus = corpus_of(replace(book, workbook=replace(book.workbook, rows_left={"2월": 3})))
    assert [(source.role, source.rows_left) for source in corpus.sources] == [
        ("training", {"2월": 3}),
        ("validation", {}),
    ]


def test_order_changes_nothing_and_new_rows_change_little(check: Check) -> None:
    rows = plenty()
    first = corpus_of(check(rows, name="a.xlsx"))
    turned = corpus_of(check(rows[:100:-1], name="b.xlsx"), check(rows[:101], name="c.xlsx"))
    assert turned.validation_digest == first.validation_digest
    assert turned.training_digest == first.training_digest
    more = corpus_of(check([*rows, *((label, f"{text} 더") for label, text in plenty(5))], name="d.xlsx"))
    trained_on = set(first.frame["text"]) - held_out(first)
    assert len(held_out(more) & trained_on) <= 6  # at most one of each label, where another draw would give 48 of 60
    assert len(held_out(first) - held_out(more)) <= 6


def test_a_label_with_too_few_texts_is_named(check: Check) -> None:
    rows = [row for row in plenty() if row[0] != "상처"] + [("상처", "하나"), ("상처", "둘"), ("상처", "둘!")]
    with pytest.raises(DataContractError, match=r"상처 \(2\)(.|\n)*3개 이상"):
        corpus_of(check(rows))
    enough = corpus_of(check([*rows, ("상처", "셋")]))
    for split in ("train", "dev", "validation"):
        assert (enough.split(split)["label"] == MAP.id_of("상처")).sum() == 1


@pytest.mark.parametrize("extra", [[], [("기쁨", "하나 더")]])
def test_the_same_workbook_for_both_is_said(check: Check, extra: list[tuple[str, str]]) -> None:
    with pytest.raises(DataContractError) as refused:
        build_corpus(check(plenty() + extra, name="t.xlsx"), check(plenty(), name="v.xlsx"), CorpusRecipe(), MAP)
    assert "300행이 검증 데이터에도 있어" in refused.value.problem
    assert "--validation-share 0.1" in refused.value.remedy


def test_check_says_so_too(check: Check, tmp_path: Path) -> None:
    check(plenty(), name="t.xlsx")
    check([*plenty(), ("기쁨", "하나 더")], name="v.xlsx")
    path, other = str(tmp_path / "t.xlsx"), str(tmp_path / "v.xlsx")
    assert inspect([path], [path], DataRecipe(), tmp_path).all_training_in_validation
    assert inspect([path], [other], DataRecipe(), tmp_path).all_training_in_validation
    assert not inspect([other], [path], DataRecipe(), tmp_path).all_training_in_validation
    assert not inspect([path], [], DataRecipe(), tmp_path).all_training_in_validation


def test_the_open_corpus_in_one_workbook(shared: Path, tmp_path: Path) -> None:
    found = inspect([f"{shared}/corpus/open_Training.xlsx"], [], DataRecipe(), tmp_path)
    corpus = corpus_of(*found.workbooks, recipe=CorpusRecipe(validation_share=0.1))
    assert with_keys(corpus.frame)["text_key"].is_unique
    shares = pd.crosstab(corpus.frame["label"], corpus.frame["split"], normalize="index")["validation"]
    assert shares.between(0.099, 0.101).all()
