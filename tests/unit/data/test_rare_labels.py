"""Labels with too few texts: refused, merged under their major or left out, and every row accounted for."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.corpus_files import load_corpus, save_corpus
from storyflower.data.holdout import hold_out
from storyflower.data.labels import FINE, general_label, label_map
from storyflower.data.rare_labels import LEAST_TEXTS_HELD_OUT, LabelPlan, plan_labels
from storyflower.data.rejected import write_rejected
from storyflower.data.row_account import RareLabel
from storyflower.data.schema import CheckedWorkbook
from storyflower.errors import DataContractError
from storyflower.recipe_data import CorpusRecipe, DataRecipe, RareLabels

Check = Callable[..., CheckedWorkbook]
Rows = list[tuple[str, str, None, str]]
FINE_MAP = label_map("fine")
RECIPE = DataRecipe(label_set="fine")


def dialogue(label: str, text: str) -> tuple[str, str, None, str]:
    major, minor = label.split("/")
    return major, text, None, minor


def plenty(count: int = 10) -> Rows:
    """Two labels with many texts: one general, one not."""
    return [dialogue(label, f"{label} {number}번") for label in ("슬픔/슬픔", "기쁨/안도") for number in range(count)]


TRAINING: Rows = [
    *plenty(),  # rows 2 to 21
    dialogue("슬픔/우울한", "하나뿐인 글"),  # 22: rare, its major has a general label
    dialogue("기쁨/느긋", "느긋한 글"),  # 23: rare, merged it makes 기쁨/기쁨, which stays too rare
    dialogue("분노/분노", "화난 글"),  # 24: rare and general itself
    dialogue("슬픔/비통한", "검증에도 있는 글"),  # 25: no text to train on
]
VALIDATION: Rows = [
    dialogue("슬픔/슬픔", "검증 하나"),
    dialogue("슬픔/비통한", "검증에도 있는 글"),
    dialogue("슬픔/환멸을 느끼는", "학습에 없는 감정"),
    dialogue("기쁨/느긋", "검증의 느긋한 글"),
]


@pytest.fixture
def corpus_with(check: Check) -> Callable[[RareLabels], Corpus]:
    def built(rare_labels: RareLabels, training: Rows = TRAINING) -> Corpus:
        books = [check(training, RECIPE, "t.xlsx")], [check(VALIDATION, RECIPE, "v.xlsx")]
        plan = plan_labels(*books, FINE_MAP, rare_labels)
        return build_corpus(*map(plan.apply, books), CorpusRecipe(), plan.label_map, plan.rare)

    return built


CorpusWith = Callable[..., Corpus]


def aside(corpus: Corpus) -> list[tuple[str, int, str]]:
    rows = corpus.set_aside
    places = zip(rows["workbook"].map(lambda book: Path(book).stem), rows["excel_row"], rows["reason"], strict=True)
    return [(book, int(row), reason) for book, row, reason in places]


def named(corpus: Corpus, split: str) -> dict[str, str]:
    rows = corpus.frame[corpus.frame["split"] == split]
    return {text: corpus.label_map.names[label] for text, label in zip(rows["text"], rows["label"], strict=True)}


def require_accounted(corpus: Corpus) -> None:
    """Every row is an example or in the list of those set aside."""
    counts = corpus.counts
    assert counts["training_rows"] + counts["validation_rows"] == len(corpus.frame) + len(corpus.set_aside)


def test_rare_labels_are_merged_under_their_major(corpus_with: CorpusWith) -> None:
    corpus = corpus_with("merge")
    assert corpus.label_map.names == ("슬픔/슬픔", "기쁨/안도")
    trained = named(corpus, "train") | named(corpus, "dev")
    assert trained["하나뿐인 글"] == "슬픔/슬픔"
    # What training merged or does not have is judged as the label that the model can answer with.
    assert named(corpus, "validation") == dict.fromkeys(
        ("검증 하나", "검증에도 있는 글", "학습에 없는 감정"), "슬픔/슬픔"
    )
    assert aside(corpus) == [
        ("t", 23, "rare_label"),
        ("t", 24, "rare_label"),
        ("t", 25, "in_validation"),
        ("v", 5, "rare_label"),
    ]
    counts = corpus.counts
    assert (counts["training_rare_label_merged"], counts["validation_rare_label_merged"]) == (2, 2)
    assert (counts["training_rare_label"], counts["validation_rare_label"]) == (2, 1)
    found = {label.name: label for label in corpus.rare_labels}
    assert found["슬픔/우울한"] == RareLabel("슬픔/우울한", 1, "슬픔/슬픔")
    assert found["슬픔/비통한"] == RareLabel("슬픔/비통한", 0, "슬픔/슬픔")
    assert found["기쁨/느긋"] == RareLabel("기쁨/느긋", 1, None)
    assert found["분노/분노"] == RareLabel("분노/분노", 1, None)
    assert set(found) == set(FINE) - set(corpus.label_map.names)
    require_accounted(corpus)


def test_rare_labels_are_left_out(corpus_with: CorpusWith) -> None:
    corpus = corpus_with("leave_out")
    assert corpus.label_map.names == ("슬픔/슬픔", "기쁨/안도")
    assert named(corpus, "validation") == {"검증 하나": "슬픔/슬픔"}
    assert corpus.counts["training_rare_label"] == 3
    assert corpus.counts["validation_rare_label"] == 3
    assert {label.merged_into for label in corpus.rare_labels} == {None}
    require_accounted(corpus)


def test_enough_of_them_together_make_the_general_label(corpus_with: CorpusWith) -> None:
    rows = [*plenty(), dialogue("분노/툴툴대는", "툴툴"), dialogue("분노/성가신", "성가셔")]
    corpus = corpus_with("merge", rows)
    assert corpus.label_map.names == ("분노/분노", "슬픔/슬픔", "기쁨/안도")  # in the order of the whole label set
    assert corpus.merged_labels["분노/성가신"] == "분노/분노"


def test_a_text_with_two_rare_labels_of_one_major_no_longer_contradicts_itself(corpus_with: CorpusWith) -> None:
    rows = [*plenty(), dialogue("슬픔/우울한", "같은 글"), dialogue("슬픔/비통한", "같은 글!")]
    counts = corpus_with("merge", rows).counts
    assert (counts["training_conflicting_label"], counts["training_duplicate"]) == (0, 1)
    assert corpus_with("leave_out", rows).counts["training_conflicting_label"] == 2


def test_refused_by_default_with_the_remedies(corpus_with: CorpusWith, in_english: None) -> None:
    with pytest.raises(DataContractError) as refused:
        corpus_with("refuse")
    assert "슬픔/우울한 (1)" in refused.value.problem
    assert "--set rare_labels=leave_out" in refused.value.remedy
    assert "--set rare_labels=merge" in refused.value.remedy


def test_one_label_alone_is_refused_whatever_is_wanted(corpus_with: CorpusWith) -> None:
    rows = [dialogue("슬픔/슬픔", f"{number}번") for number in range(9)]
    for rare_labels in ("merge", "leave_out"):
        with pytest.raises(DataContractError, match="기쁨/안도") as refused:
            corpus_with(rare_labels, rows)
        assert "rare_labels" not in refused.value.remedy  # it is set, or would not help
        assert "--set label_set=major" in refused.value.remedy


def test_a_label_needs_one_text_more_where_validation_is_held_out(check: Check) -> None:
    book = check([*plenty(), dialogue("슬픔/우울한", "하나"), dialogue("슬픔/우울한", "둘")], RECIPE)
    for rare_labels, rare in (("merge", "슬픔/슬픔"), ("leave_out", None)):
        plan = plan_labels([book], [], FINE_MAP, rare_labels, least=LEAST_TEXTS_HELD_OUT)
        assert RareLabel("슬픔/우울한", 2, rare) in plan.rare
        training, validation = hold_out(plan.apply([book]), 0.2, 1, plan.label_map)
        corpus = build_corpus(training, validation, CorpusRecipe(), plan.label_map, plan.rare)
        assert corpus.counts["validation"] == 4
        assert corpus.counts["validation_rare_label"] == 0
        assert corpus.counts["training_rare_label"] == (0 if rare else 2)
        require_accounted(corpus)


def test_nothing_is_rare(check: Check) -> None:
    rows = [dialogue(label, f"{label} {number}") for label in FINE for number in range(2)]
    books = [check(rows, RECIPE, "t.xlsx")], [check(VALIDATION, RECIPE, "v.xlsx")]
    for rare_labels in ("refuse", "merge", "leave_out"):
        plan = plan_labels(*books, FINE_MAP, rare_labels)
        assert plan == LabelPlan(FINE_MAP)
        assert plan.apply(books[0]) == books[0]


def test_they_are_kept_with_the_corpus(corpus_with: CorpusWith, tmp_path: Path) -> None:
    corpus = corpus_with("merge")
    save_corpus(corpus, tmp_path)
    assert load_corpus(tmp_path).rare_labels == corpus.rare_labels
    assert load_corpus(tmp_path).merged_labels == corpus.merged_labels


def test_the_rows_left_out_are_listed_with_their_label_to_be_mended(corpus_with: CorpusWith, tmp_path: Path) -> None:
    write_rejected(tmp_path / "set_aside.xlsx", corpus_with("leave_out").set_aside, RECIPE)
    lines = list(openpyxl.load_workbook(tmp_path / "set_aside.xlsx")["제외된 행"].iter_rows(values_only=True))
    found = {(line[2], line[3]): (line[4], line[5]) for line in lines[1:]}
    assert found[22, "감정_대분류/감정_소분류"] == ("슬픔/우울한", "학습 문장이 모자라는 감정")


def test_own_labels_have_no_major_to_merge_under() -> None:
    for labels in ("major", ("joy", "grief")):
        with pytest.raises(ValueError, match="leave_out"):
            DataRecipe(label_set=labels, rare_labels="merge")
        assert DataRecipe(label_set=labels, rare_labels="leave_out").rare_labels == "leave_out"


def test_every_major_has_a_general_label() -> None:
    assert {general_label(label) for label in FINE} < set(FINE)
