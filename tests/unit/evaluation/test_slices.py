import numpy as np
import pandas as pd
import pytest

from storyflower.evaluation.slices import MOST_VALUES, SMALL, Slice, measure_slices


def frame(n: int, **columns: list[str | None]) -> pd.DataFrame:
    given = {name: pd.array(values, dtype="string") for name, values in columns.items()}
    return pd.DataFrame({"label": np.arange(n) % 2} | given, index=range(500, 500 + n))


def measured(examples: pd.DataFrame, lengths: list[int] | None = None, cut: list[bool] | None = None) -> list[Slice]:
    n = len(examples)
    found = measure_slices(
        examples, np.zeros(n, int), np.array(lengths or [20] * n), np.array(cut or [False] * n, dtype=bool)
    )
    return list(found)


def test_what_a_part_scores() -> None:
    first, *_ = measured(frame(6, age=["청년"] * 3 + ["노년"] * 3))
    assert (first.by, first.value, first.n, first.small) == ("age", "청년", 3, True)
    assert first.accuracy == pytest.approx(2 / 3)  # labels 0, 1, 0; the answer is always 0
    assert first.macro_f1 == pytest.approx((0.8 + 0) / 2)
    low, high = first.accuracy_interval.low, first.accuracy_interval.high
    assert (low, high) == pytest.approx((0.2077, 0.9385), abs=1e-4)  # Wilson's interval of 2 in 3


def test_unknown_values_stand_in_no_slice() -> None:
    found = measured(frame(4, age=["청년", None, None, "청년"], gender=[None] * 4))
    assert [(part.by, part.value, part.n) for part in found if part.by in ("age", "gender")] == [("age", "청년", 2)]


def test_a_corpus_without_speakers_has_lengths_and_truncation() -> None:
    assert [
        (part.by, part.value, part.n) for part in measured(frame(4), [3, 16, 17, 300], [False, True, False, True])
    ] == [
        ("length", "1-16", 2),
        ("length", "17-24", 1),
        ("length", "257-", 1),
        ("truncated", "whole", 2),
        ("truncated", "cut", 2),
    ]


def test_where_nothing_is_cut_there_is_one_part() -> None:
    assert [part.value for part in measured(frame(4)) if part.by == "truncated"] == ["whole"]


def test_few_examples_are_marked() -> None:
    found = measured(frame(2 * SMALL - 1, gender=["여성"] * SMALL + ["남성"] * (SMALL - 1)))
    assert {part.value: part.small for part in found if part.by == "gender"} == {"여성": False, "남성": True}


def test_of_many_values_the_most_frequent_are_shown() -> None:
    found = measured(frame(100, situation=[f"상황 {i % 50}" if i % 2 else "연애" for i in range(100)]))
    situations = [part for part in found if part.by == "situation"]
    assert len(situations) == MOST_VALUES
    assert situations[0].value == "연애"


def test_values_of_any_string_type() -> None:
    examples = frame(4).assign(age=pd.Series(["청년", None, "청년", "노년"], index=range(500, 504), dtype=object))
    assert [(p.value, p.n) for p in measured(examples) if p.by == "age"] == [("청년", 2), ("노년", 1)]
