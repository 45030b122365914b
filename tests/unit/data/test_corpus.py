from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.corpus_files import load_corpus, save_corpus
from storyflower.data.labels import MAJORS, LabelMap, label_map
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.errors import DataContractError
from storyflower.recipe_data import CorpusRecipe, DataRecipe

Check = Callable[..., CheckedWorkbook]
Dialogues = list[tuple[Any, ...]]
MAP = label_map("major")
PER_LABEL = 30


def plenty(count: int = PER_LABEL) -> Dialogues:
    return [(major, f"{major} 문장 {number}번") for number in range(count) for major in MAJORS]


@pytest.fixture
def build(check: Check) -> Callable[..., Corpus]:
    def built(
        training: Dialogues, validation: Dialogues, recipe: CorpusRecipe | None = None, labels: LabelMap = MAP
    ) -> Corpus:
        books = check(training, name="training.xlsx"), check(validation, name="validation.xlsx")
        return build_corpus(*books, recipe or CorpusRecipe(), labels)

    return built


Build = Callable[..., Corpus]
VALIDATION: Dialogues = [("기쁨", "처음 보는 문장"), ("슬픔", "또 다른 문장")]


def left_out(corpus: Corpus) -> list[tuple[str, int, str]]:
    rows = corpus.set_aside
    names = [Path(workbook).stem for workbook in rows["workbook"]]
    return list(zip(names, rows["excel_row"].tolist(), rows["reason"], strict=True))


def test_splits_are_stratified(build: Build) -> None:
    corpus = build(plenty(), VALIDATION, CorpusRecipe(dev_share=0.2))
    assert corpus.counts["train"] == 6 * 24
    assert corpus.counts["dev"] == 6 * 6
    assert corpus.counts["validation"] == 2
    for split, count in (("train", 24), ("dev", 6)):
        assert corpus.split(split)["label"].value_counts().to_dict() == dict.fromkeys(range(6), count)


def test_the_split_is_decided_by_the_seed_alone(build: Build) -> None:
    first, again = build(plenty(), VALIDATION), build(plenty(), VALIDATION)
    pd.testing.assert_frame_equal(
        first.frame.drop(columns="workbook_sha256"), again.frame.drop(columns="workbook_sha256")
    )
    other = build(plenty(), VALIDATION, CorpusRecipe(split_seed=1))
    assert set(other.split("dev")["text"]) != set(first.split("dev")["text"])


def test_of_spellings_of_one_text_one_stays(build: Build) -> None:
    spellings = [
        ("기쁨", f"{text}{end}") for text in (f"정말 좋아 {n}" for n in range(40)) for end in ("!", "", " ^^", "…")
    ]
    corpus = build(plenty() + spellings, VALIDATION, CorpusRecipe(dev_share=0.3))
    kept = corpus.frame[corpus.frame["text"].str.startswith("정말")]
    assert sorted(kept["text"]) == sorted(f"정말 좋아 {n}" for n in range(40))
    assert set(kept["split"]) == {"train", "dev"}
    assert corpus.counts["training_duplicate"] == 3 * 40


def test_rules_in_their_order_and_nothing_lost(build: Build) -> None:
    training = [
        *plenty(),  # rows 2 to 181
        ("기쁨", "처음 보는 문장"),  # 182: in validation, under whatever label
        ("분노", "처음 보는 문장"),  # 183: likewise, so no conflict of its own
        ("기쁨", "기쁨 문장 0번"),  # 184: a duplicate of row 2
        ("기쁨 ", "기쁨\u00a0문장  0번"),  # 185: a duplicate once it is clean
        ("상처", "슬픔 문장 0번"),  # 186: conflicts with row 3
        ("슬픔", "슬픔 문장 0번"),  # 187: a duplicate of row 3, which conflicts
        ("황당", "알 수 없다"),  # 188
        (None, None),  # 189
    ]
    validation = [*VALIDATION, ("슬픔", "또 다른 문장"), ("불안", "둘 다"), ("당황", "둘 다"), (None, "감정이 없다")]
    corpus = build(training, validation)
    assert left_out(corpus) == [
        ("training", 3, "conflicting_label"),
        ("training", 182, "in_validation"),
        ("training", 183, "in_validation"),
        ("training", 184, "duplicate"),
        ("training", 185, "duplicate"),
        ("training", 186, "conflicting_label"),
        ("training", 187, "duplicate"),
        ("training", 188, "unknown_label"),
        ("training", 189, "no_text"),
        ("validation", 4, "duplicate"),
        ("validation", 5, "conflicting_label"),
        ("validation", 6, "conflicting_label"),
        ("validation", 7, "no_label"),
    ]
    counts = corpus.counts
    assert counts["training_rows"] == counts["train"] + counts["dev"] + 9
    assert counts["validation_rows"] == counts["validation"] + 4
    assert (counts["training_in_validation"], counts["training_duplicate"]) == (2, 3)
    assert (counts["training_conflicting_label"], counts["training_label_whitespace"]) == (2, 1)
    assert counts["validation_conflicting_label"] == 2


def test_no_text_stands_on_two_sides(build: Build) -> None:
    corpus = build(plenty() + plenty(5) + VALIDATION, VALIDATION)
    assert corpus.frame["text"].is_unique


def test_every_example_names_its_origin(check: Check) -> None:
    training, validation = check(plenty(), name="t.xlsx"), check(VALIDATION, name="v.xlsx")
    corpus = build_corpus(training, validation, CorpusRecipe(), MAP)
    sources = {book.workbook.sha256: book.workbook.frame.set_index("excel_row") for book in (training, validation)}
    for example in corpus.frame.to_dict("records"):
        origin = sources[example["workbook_sha256"]].loc[example["excel_row"]]
        assert (origin["사람문장1"], origin["감정_대분류"]) == (example["text"], MAP.names[example["label"]])
        assert example["sheet"] == "Sheet1"
    columns = {
        "text": "str",
        "label": "int64",
        "age": "str",
        "gender": "str",
        "situation": "str",
        "split": "str",
        "workbook_sha256": "str",
        "sheet": "str",
        "excel_row": "int64",
    }
    assert {name: str(dtype) for name, dtype in corpus.frame.dtypes.items()} == columns


def test_very_small_labels(build: Build) -> None:
    small = [dialogue for dialogue in plenty() if dialogue[0] != "상처"] + [("상처", "하나"), ("상처", "둘")]
    corpus = build(small, VALIDATION)
    for split in ("train", "dev"):
        assert (corpus.split(split)["label"] == MAP.id_of("상처")).sum() == 1


@pytest.mark.parametrize("hurt", [[], [("상처", "하나")], [("상처", "하나"), ("상처", "하나!")]])
def test_a_label_with_too_few_texts_is_named(build: Build, hurt: Dialogues) -> None:
    short = [dialogue for dialogue in plenty() if dialogue[0] != "상처"] + hurt
    with pytest.raises(DataContractError, match=r"상처 \([01]\)"):
        build(short, VALIDATION)


def test_no_usable_validation_row(build: Build) -> None:
    with pytest.raises(DataContractError, match="쓸 수 있는 행이 하나도 없습니다"):
        build(plenty(), [("황당", "하나"), (None, None)])


def test_round_trip(build: Build, tmp_path: Path) -> None:
    corpus = build([*plenty(), ("황당", "x")], VALIDATION)
    save_corpus(corpus, tmp_path)
    loaded = load_corpus(tmp_path)
    pd.testing.assert_frame_equal(loaded.frame, corpus.frame)
    pd.testing.assert_frame_equal(loaded.set_aside, corpus.set_aside)
    assert (loaded.counts, loaded.label_map) == (corpus.counts, corpus.label_map)
    assert loaded.validation_digest == corpus.validation_digest


def test_round_trip_with_nothing_set_aside(build: Build, tmp_path: Path) -> None:
    corpus = build(plenty(), VALIDATION)
    assert corpus.set_aside.empty
    save_corpus(corpus, tmp_path)
    pd.testing.assert_frame_equal(load_corpus(tmp_path).set_aside, corpus.set_aside)


def test_files_are_the_same_for_the_same_corpus(build: Build, tmp_path: Path) -> None:
    corpus = build(plenty(), VALIDATION)
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
        save_corpus(corpus, folder)
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_the_validation_digest_knows_texts_and_labels_only(build: Build) -> None:
    corpus = build(plenty(), VALIDATION)
    same = build(plenty(20), VALIDATION, CorpusRecipe(dev_share=0.2))
    assert same.validation_digest == corpus.validation_digest
    assert same.training_digest != corpus.training_digest
    relabelled = [("분노", VALIDATION[0][1]), VALIDATION[1]]
    assert build(plenty(), relabelled).validation_digest != corpus.validation_digest
    renamed = replace(corpus, label_map=LabelMap(("joy", *MAJORS[1:])))
    assert renamed.validation_digest != corpus.validation_digest


def test_workbooks_in_any_order_and_cut_anywhere_give_the_same_examples(check: Check) -> None:
    rows = plenty()
    one = [check(rows, name="one.xlsx")]
    first, second = check(rows[:70], name="b.xlsx"), check(rows[60:], name="a.xlsx")
    validation = check(VALIDATION, name="validation.xlsx")
    corpora = [
        build_corpus(books, validation, CorpusRecipe(), MAP) for books in (one, [first, second], [second, first])
    ]
    seen = ["text", "label", "split"]
    for corpus in corpora[1:]:
        pd.testing.assert_frame_equal(corpus.frame[seen], corpora[0].frame[seen])
        assert corpus.training_digest == corpora[0].training_digest
        assert corpus.counts["training_rows"] == corpus.counts["train"] + corpus.counts["dev"] + 10
        assert corpus.counts["training_in_earlier_workbook"] == 10


def test_each_workbook_is_accounted_for(check: Check) -> None:
    books = check([*plenty(), ("황당", "x")], name="b.xlsx"), check(plenty(2) + [("기쁨", "더")] * 2, name="a.xlsx")
    corpus = build_corpus(books, [check(VALIDATION, name="v.xlsx")], CorpusRecipe(), MAP)
    b, a, v = corpus.sources
    assert [(Path(s.workbook).name, s.role, s.rows, s.kept) for s in (b, a, v)] == [
        ("b.xlsx", "training", 181, 180),
        ("a.xlsx", "training", 14, 1),
        ("v.xlsx", "validation", 2, 2),
    ]
    assert a.set_aside == {"in_earlier_workbook": 12, "duplicate": 1}
    kept = corpus.frame["workbook_sha256"].value_counts()
    for source in corpus.sources:
        assert source.rows == source.kept + sum(source.set_aside.values())
        assert kept[source.workbook_sha256] == source.kept


def test_speaker_columns_change_no_digest(write_sheet: Callable[..., Path], tmp_path: Path) -> None:
    def read(ages: tuple[str | None, str | None], name: str) -> CheckedWorkbook:
        header = ["연령", "성별", "감정_대분류", "사람문장1", "사람문장2"]
        rows = [[ages[number % 2], " 여성\u00a0", *row, None] for number, row in enumerate(plenty())]
        path = write_sheet([header, *rows], name)
        return validate(read_workbook(str(path), DataRecipe(), tmp_path), DataRecipe())

    training = read(("노년", None), "old.xlsx"), read(("청년", "중년"), "new.xlsx")
    validation = read((None, None), "validation.xlsx")
    texts = validation.usable["text"] + " 그래"
    validation = replace(validation, usable=validation.usable.assign(text=texts))
    old, new = (build_corpus(book, validation, CorpusRecipe(), MAP) for book in training)
    assert (old.training_digest, old.validation_digest) == (new.training_digest, new.validation_digest)
    assert set(new.frame["age"].dropna()) == {"청년", "중년"}
    assert old.split("validation")["age"].isna().all()
    assert set(old.frame["gender"]) == {"여성"}
    assert old.frame["situation"].isna().all()
    save_corpus(old, tmp_path)
    pd.testing.assert_frame_equal(load_corpus(tmp_path).frame, old.frame)


def test_the_open_corpus_in_two_workbooks_that_overlap(shared: Path, tmp_path: Path) -> None:
    recipe = DataRecipe()
    training, validation = (
        validate(read_workbook(f"{shared}/corpus/open_{name}.xlsx", recipe, tmp_path), recipe)
        for name in ("Training", "Validation")
    )
    cut = {
        "first": training.workbook.frame.iloc[:9000],
        "second": training.workbook.frame.iloc[8000:].sample(frac=1, random_state=0),
    }
    parts = [
        validate(replace(training.workbook, location=name, sha256=name, frame=rows.reset_index(drop=True)), recipe)
        for name, rows in cut.items()
    ]
    whole = build_corpus(training, validation, CorpusRecipe(), MAP)
    several = build_corpus(parts, validation, CorpusRecipe(), MAP)
    assert several.training_digest == whole.training_digest
    assert several.counts["training_rows"] == whole.counts["training_rows"] + 1000
    for corpus in (whole, several):
        for role, splits in (("training", ("train", "dev")), ("validation", ("validation",))):
            aside = sum(sum(source.set_aside.values()) for source in corpus.sources if source.role == role)
            assert corpus.counts[f"{role}_rows"] == sum(corpus.counts[split] for split in splits) + aside
        assert len(corpus.set_aside) + len(corpus.frame) == sum(source.rows for source in corpus.sources)
    assert set(whole.split("train")["age"]) <= set(training.usable["age"])
