from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from storyflower.data.pool import BOOK, account, pooled, sources_of, without_repetition
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import DataRecipe

Check = Callable[..., CheckedWorkbook]


def listed(aside: Sequence[pd.DataFrame]) -> list[tuple[int, int, str, str]]:
    found = pd.concat([rows.assign(number=number) for number, rows in enumerate(aside)])
    same = found["same_text_at"].fillna("").str.rpartition("/")[2]
    return list(zip(found["number"], found["excel_row"], found["reason"], same, strict=True))


def test_a_row_that_stands_in_several_workbooks_counts_once_and_says_where(check: Check) -> None:
    first = check([("기쁨", "하나"), ("슬픔", "둘"), ("기쁨 ", "하나\u00a0")], name="first.xlsx")
    second = check([("기쁨", "하나"), ("분노", "셋"), ("분노", "셋"), (None, "넷"), ("상처", "둘")], name="second.xlsx")
    known = check([("당황", "다섯"), ("불안", "셋")], name="known.xlsx")
    pool = pooled([first, second])
    kept, aside = without_repetition(pool, known=pooled([known]))
    assert kept["text"].tolist() == ["하나"]
    assert listed(aside) == [
        (0, 3, "conflicting_label", ""),
        (0, 4, "duplicate", "first.xlsx [Sheet1] 2"),
        (1, 2, "in_earlier_workbook", "first.xlsx [Sheet1] 2"),
        (1, 3, "in_validation", "known.xlsx [Sheet1] 3"),
        (1, 4, "in_validation", "known.xlsx [Sheet1] 3"),
        (1, 5, "no_label", ""),
        (1, 6, "conflicting_label", ""),
    ]
    assert all(rows["same_text_at"].dtype == rows["reason"].dtype for rows in aside)


def test_every_row_is_accounted_for(check: Check) -> None:
    books = [check([("기쁨", "하나"), (None, "둘")], name="a.xlsx"), check([("기쁨", "하나")] * 2, name="b.xlsx")]
    pool = pooled(books)
    kept, aside = without_repetition(pool)
    counts = account("training", pool, aside)
    assert (counts["training_rows"], counts["training_usable"], counts["training_in_earlier_workbook"]) == (4, 3, 2)
    assert counts["training_rows"] == len(kept) + sum(map(len, aside))
    assert [(source.rows, source.kept, source.set_aside) for source in sources_of("training", pool, aside)] == [
        (2, 1, {"no_label": 1}),
        (2, 0, {"in_earlier_workbook": 2}),
    ]


def test_a_copy_of_a_workbook_gives_nothing_new(check: Check) -> None:
    rows = [("기쁨", "하나"), ("슬픔", "둘")]
    kept, aside = without_repetition(pooled([check(rows, name="a.xlsx"), check(rows, name="copy.xlsx")]))
    assert kept[BOOK].tolist() == [0, 0]
    assert aside[0].empty
    assert aside[1]["reason"].tolist() == ["in_earlier_workbook"] * 2
    assert {Path(place.partition(" [")[0]).name for place in aside[1]["same_text_at"]} == {"a.xlsx"}


def test_nothing_to_leave_out(check: Check) -> None:
    kept, (aside,) = without_repetition(pooled([check([("기쁨", "하나")])]))
    assert len(kept) == 1
    assert aside.empty
    assert str(aside["same_text_at"].dtype) == "str"


def test_sheets_with_other_columns_are_set_aside_together(check: Check, write_sheet: Callable[..., Path]) -> None:
    path = write_sheet([["감정_대분류", "사람문장1", "사람문장2"], ["황당", "가", None]], "bare.xlsx")
    bare = validate(read_workbook(str(path), DataRecipe(), path.parent), DataRecipe())
    books = [bare, check([("황당", "나")])]
    corpus_aside = pd.concat(without_repetition(pooled(books))[1])
    assert corpus_aside["연령"].fillna("").tolist() == ["", "청년"]
