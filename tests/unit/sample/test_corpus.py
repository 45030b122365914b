import hashlib
from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.sample.corpus import (
    COLUMNS,
    LABELS_WITH_TRAILING_SPACE,
    MAJOR_SHARES,
    NBSP,
    PLANTED,
    SHEET,
    UNKNOWN_LABEL,
    write_sample_workbooks,
)
from storyflower.sample.events import phrases

TRAINING, VALIDATION = PLANTED["training"], PLANTED["validation"]


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_sample_workbooks(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def training(workbooks: tuple[Path, Path]) -> pd.DataFrame:
    return cells(workbooks[0])


@pytest.fixture(scope="module")
def validation(workbooks: tuple[Path, Path]) -> pd.DataFrame:
    return cells(workbooks[1])


def cells(path: Path) -> pd.DataFrame:
    """Every cell as it stands, and beside it the text and the label as the pipeline would read them."""
    frame = pd.read_excel(path, sheet_name=SHEET, dtype="str", engine="openpyxl", keep_default_na=False)
    frame["text"] = (frame["사람문장1"] + " " + frame["사람문장2"]).str.replace(NBSP, " ").str.strip()
    frame["label"] = frame["감정_대분류"].str.strip()
    return frame


def sound(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["text"] != "") & frame["label"].isin(MAJOR_SHARES)]


def test_layout_is_that_of_the_current_release(workbooks: tuple[Path, Path]):
    for path, rows in zip(workbooks, (6000, 600), strict=True):
        book = openpyxl.load_workbook(path, read_only=True)
        assert book.sheetnames == [SHEET]
        header, first, *rest = book[SHEET].iter_rows(values_only=True)
        assert header == (None, *COLUMNS)
        assert len(rest) + 1 == rows
        assert first[0] == 1
        assert rest[-1][0] == rows
        book.close()


def test_cells_are_plausible(training: pd.DataFrame, validation: pd.DataFrame):
    for frame in (training, validation):
        assert set(frame["연령"]) == {"청소년", "청년", "중년", "노년"}
        assert set(frame["성별"]) == {"여성", "남성"}
        assert set(frame.loc[frame["연령"] != "노년", "신체질환"]) == {"해당없음"}
        assert (frame.loc[frame["상황키워드"] == "학교폭력/따돌림", "연령"] == "청소년").all()
        assert (frame.loc[frame["상황키워드"] == "건강,죽음", "연령"] == "노년").all()
        usable = sound(frame)
        for major, minors in usable.groupby("label")["감정_소분류"]:
            assert set(minors) <= set(phrases()["named"][major])


def test_emotions_are_about_balanced(training: pd.DataFrame, validation: pd.DataFrame):
    for frame in (training, validation):
        shares = sound(frame)["label"].value_counts(normalize=True)
        for major, share in MAJOR_SHARES.items():
            assert shares[major] == pytest.approx(share, abs=0.02)


def test_part_of_the_dialogues_have_two_turns(training: pd.DataFrame):
    dialogues = training[training["text"] != ""]
    two_turns = dialogues["사람문장3"] == ""
    assert 0.35 < two_turns.mean() < 0.55
    assert ((dialogues["시스템문장3"] == "") == two_turns).all()


def test_defects_are_planted_as_counted(training: pd.DataFrame, validation: pd.DataFrame):
    for frame, planted in ((training, TRAINING), (validation, VALIDATION)):
        labels = frame["감정_대분류"]
        spaced = labels[labels != labels.str.strip()]
        assert len(spaced) == planted.label_trailing_space
        assert set(spaced) == {f"{label} " for label in LABELS_WITH_TRAILING_SPACE}
        assert frame["사람문장1"].str.contains(NBSP).sum() == planted.nbsp_text
        assert (frame["text"] == "").sum() == planted.no_text
        assert (frame["label"] == "").sum() == planted.no_label
        assert (frame["label"] == UNKNOWN_LABEL).sum() == planted.unknown_label
        unusable = planted.no_text + planted.no_label + planted.unknown_label
        assert len(sound(frame)) == len(frame) - unusable
        assert unusable / len(frame) < 0.05


def test_copies_are_those_planted_and_no_others(training: pd.DataFrame, validation: pd.DataFrame):
    usable, held_out = sound(training), sound(validation)
    assert usable.duplicated(["text", "label"]).sum() == TRAINING.duplicates
    assert (usable.groupby("text")["label"].nunique() > 1).sum() == TRAINING.conflicting_labels
    assert not held_out.duplicated("text").any()
    leaked = held_out[held_out["text"].isin(usable["text"])]
    assert len(leaked) == VALIDATION.copied_from_training
    both = leaked.merge(usable, on="text")
    assert (both["label_x"] == both["label_y"]).all()


def test_validation_speaks_partly_in_phrases_that_training_lacks(training: pd.DataFrame, validation: pd.DataFrame):
    def words(frame: pd.DataFrame) -> Counter[str]:
        return Counter(word for text in frame["text"] for word in text.split())

    known = words(training)
    unseen = sum(count for word, count in words(validation).items() if word not in known)
    assert unseen / words(validation).total() > 0.02


def test_same_seed_gives_the_same_bytes_and_another_seed_other_rows(tmp_path: Path):
    size = {"training_rows": 600, "validation_rows": 60}
    once = write_sample_workbooks(tmp_path / "once", **size)
    again = write_sample_workbooks(tmp_path / "new" / "again", **size)
    assert [digest(path) for path in again] == [digest(path) for path in once]
    assert sorted(path.name for path in (tmp_path / "new" / "again").iterdir()) == [
        "sample_Training.xlsx",
        "sample_Validation.xlsx",
    ]
    other = write_sample_workbooks(tmp_path, seed=7, **size)
    assert len(set(cells(other[0])["text"]) & set(cells(once[0])["text"])) < 30


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_small_samples_carry_all_defects_and_still_pass_the_share_of_bad_rows(tmp_path: Path):
    paths = write_sample_workbooks(tmp_path, training_rows=200, validation_rows=60)
    for path, rows, planted in zip(paths, (200, 60), (TRAINING, VALIDATION), strict=True):
        frame = cells(path)
        assert len(frame) == rows
        assert (frame["감정_대분류"] != frame["label"]).sum() == planted.label_trailing_space
        assert (rows - len(sound(frame))) / rows <= 0.05


@pytest.mark.parametrize("rows", [{"training_rows": 199}, {"validation_rows": 59}])
def test_too_few_rows_are_a_bug(tmp_path: Path, rows: dict[str, int]):
    with pytest.raises(ValueError, match="at least"):
        write_sample_workbooks(tmp_path, **rows)
    assert not list(tmp_path.iterdir())
