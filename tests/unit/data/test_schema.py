import re
from collections.abc import Callable
from pathlib import Path

import pandera.pandas as pa
import pytest

from storyflower.data.contract import contract
from storyflower.data.schema import CheckedWorkbook, require_acceptable, validate
from storyflower.data.workbook import read_workbook
from storyflower.errors import DataContractError
from storyflower.recipe_data import DataRecipe

Check = Callable[..., CheckedWorkbook]
FINE = DataRecipe(label_set="fine")


def breaches(checked: CheckedWorkbook) -> list[tuple[int, str, str | None, str]]:
    frame = checked.violations
    assert set(frame["sheet"]) <= {"Sheet1"}
    values = [value if isinstance(value, str) else None for value in frame["value"]]
    return list(zip(frame["excel_row"].tolist(), frame["column"], values, frame["reason"], strict=True))


def test_good_rows_are_cleaned_and_joined(check: Check) -> None:
    checked = check([("기쁨 ", "안녕", " 잘\u00a0지내 "), ("슬픔", None, "혼자"), ("분노", "화나", None)])
    assert checked.usable.drop(columns=["gender", "situation"]).to_dict("list") == {
        "text": ["안녕 잘 지내", "혼자", "화나"],
        "label": ["기쁨", "슬픔", "분노"],
        "age": ["청년"] * 3,
        "excel_row": [2, 3, 4],
    }
    assert checked.rejected.empty
    assert checked.violations.empty
    assert (checked.counts["rows"], checked.counts["usable"], checked.rejected_share) == (3, 3, 0.0)


def test_every_breach_is_listed_but_a_row_counts_once(check: Check) -> None:
    checked = check(
        [
            ("기쁨", "좋아"),
            ("기쁨", " ", "\u00a0"),
            (" ", "글은 있다"),
            ("황당 ", "어이없다"),
            (None, None),
            ("황당", None),
            ("슬픔", "그래"),
        ]
    )
    texts = "사람문장1, 사람문장2"
    assert breaches(checked) == [
        (3, texts, None, "no_text"),
        (4, "감정_대분류", None, "no_label"),
        (5, "감정_대분류", "황당", "unknown_label"),
        (6, texts, None, "no_text"),
        (6, "감정_대분류", None, "no_label"),
        (7, texts, None, "no_text"),
        (7, "감정_대분류", "황당", "unknown_label"),
    ]
    counts = checked.counts
    assert (counts["no_text"], counts["no_label"], counts["unknown_label"]) == (3, 1, 1)
    assert counts["rows"] - counts["usable"] == len(checked.rejected) == 5
    assert checked.rejected[["excel_row", "reason"]].to_numpy().tolist() == [
        *([3, "no_text"], [4, "no_label"], [5, "unknown_label"], [6, "no_text"], [7, "no_text"]),
    ]
    assert checked.rejected["감정_대분류"].tolist()[2] == "황당 "


def test_a_missing_third_utterance_is_no_reason(check: Check) -> None:
    recipe = DataRecipe(text_columns=("사람문장1", "사람문장2", "사람문장3"))
    checked = check([("기쁨", "하나", "둘")], recipe)
    assert checked.usable["text"].tolist() == ["하나 둘"]


def test_a_text_column_without_a_single_value(check: Check) -> None:
    assert check([("기쁨", "하나"), ("슬픔", "둘")]).usable["text"].tolist() == ["하나", "둘"]


def test_a_workbook_without_one_good_row(check: Check) -> None:
    checked = check([(None, "하나"), ("황당", "둘")])
    assert checked.usable.empty
    assert list(checked.usable.columns) == ["text", "label", "age", "gender", "situation", "excel_row"]
    assert checked.rejected_share == 1.0


def test_speaker_columns_are_cleaned_like_a_label_and_never_a_reason(
    write_sheet: Callable[..., Path], tmp_path: Path
) -> None:
    header = ["연령", "성별", "감정_대분류", "사람문장1", "사람문장2", "성별"]
    rows = [[" 청년\u00a0", "남", "기쁨", "가", None, "여"], [None, None, "슬픔", "나", None, None]]
    path = write_sheet([header, *rows, ["\u200b", 1, "분노", "다", None, 2]])
    checked = validate(read_workbook(str(path), DataRecipe(), tmp_path), DataRecipe())
    assert checked.rejected.empty
    assert checked.usable["age"].fillna("-").tolist() == ["청년", "-", "-"]
    for name in ("gender", "situation"):  # 성별 stands there twice: it is not known which one is meant
        assert checked.usable[name].isna().all()
        assert checked.usable[name].dtype == checked.usable["text"].dtype
    assert checked.counts["invisible_characters"] == 0


def test_repairs_are_counted_once_a_row(check: Check) -> None:
    checked = check(
        [
            ("기쁨 ", "하나"),
            ("기쁨", "두\u00a0글", "세  글"),
            ("기쁨", "영폭\u200b문자"),
            (" 황당", " 앞"),
            ("기쁨", "그대로"),
        ]
    )
    repairs = {key: checked.counts[key] for key in ("label_whitespace", "text_whitespace", "invisible_characters")}
    assert repairs == {"label_whitespace": 2, "text_whitespace": 2, "invisible_characters": 1}


def test_fine_labels(check: Check) -> None:
    checked = check(
        [
            ("불안 ", "가", None, "혼란스러운"),
            ("당황", "나", None, "혼란스러운(당황한)"),
            ("상처", "다", None, "가난한,불우한"),
            ("기쁨", "라", None, "혼란스러운"),
            ("황당", "마", None, "혼란스러운"),
            ("기쁨", "바", None, None),
            (None, "사", None, "신이 난"),
        ],
        FINE,
    )
    assert checked.usable["label"].tolist() == ["불안/혼란스러운", "당황/혼란스러운", "상처/가난한, 불우한"]
    assert breaches(checked) == [
        (5, "감정_소분류", "혼란스러운", "unknown_label"),
        (6, "감정_대분류", "황당", "unknown_label"),
        (7, "감정_소분류", None, "no_label"),
        (8, "감정_대분류", None, "no_label"),
    ]
    assert checked.counts["label_whitespace"] == 2


def test_own_labels(write_sheet: Callable[..., Path]) -> None:
    recipe = DataRecipe(text_columns=("text",), label_column="label", label_set=("joy", "grief"))
    path = write_sheet([["text", "label"], ["a", "joy "], ["b", "Joy"], ["c", "grief"]])
    checked = validate(read_workbook(str(path), recipe, path.parent), recipe)
    assert checked.usable["label"].tolist() == ["joy", "grief"]
    assert breaches(checked) == [(3, "label", "Joy", "unknown_label")]


def test_the_contract_is_a_pandera_schema_of_the_needed_columns() -> None:
    schema = contract(FINE)
    assert isinstance(schema, pa.DataFrameSchema)
    assert list(schema.columns) == ["사람문장1", "사람문장2", "감정_대분류", "감정_소분류", "excel_row"]


def test_too_many_bad_rows_are_refused_with_the_account(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    checked = check([("기쁨", f"문장 {number}") for number in range(18)] + [("기쁨", None), ("황당", "글")])
    require_acceptable(checked, DataRecipe(max_rejected_share=0.1))
    with pytest.raises(DataContractError) as refused:
        require_acceptable(checked, DataRecipe(), export=Path("out/rejected.xlsx"))
    assert "2 of 20 rows (10.0%)" in refused.value.problem
    assert "above the bound of 5.0%: no text 1, unknown label 1" in refused.value.problem
    assert "out/rejected.xlsx" in refused.value.remedy
    assert refused.value.where.endswith("book.xlsx [Sheet1]")
    with pytest.raises(DataContractError, match="storyflower check"):
        require_acceptable(checked, DataRecipe())


def test_a_minor_label_of_another_major_is_set_aside(check: Check, tmp_path: Path) -> None:
    checked = check([("불안", "글", None, "E59"), ("불안", "글 둘", None, "E34"), ("황당", "글", None, "E59")], FINE)
    assert checked.usable["label"].tolist() == ["불안/혼란스러운"]
    assert breaches(checked) == [
        (2, "감정_소분류", "E59", "labels_contradict"),
        (4, "감정_대분류", "황당", "unknown_label"),
    ]
    assert checked.counts["labels_contradict"] == 1


def test_labels_of_another_list_are_met_with_the_list(check: Check, in_english: None) -> None:
    with pytest.raises(DataContractError) as refused:
        require_acceptable(check([("joy", "하나"), ("sad", "둘"), (None, "셋")]), DataRecipe(), Path("rejected.xlsx"))
    assert "there are: joy, sad." in refused.value.remedy
    assert re.search(r"storyflower init \S+book\.xlsx`, or .* --labels", refused.value.remedy)
    assert "mend" not in refused.value.remedy
    with pytest.raises(DataContractError) as one_known:
        require_acceptable(check([("joy", "하나"), ("sad", "둘"), ("기쁨", "셋")]), DataRecipe())
    assert "--labels" not in one_known.value.remedy


@pytest.mark.parametrize("export", [None, Path("out/rejected.xlsx")])
def test_what_mend_cannot_change_is_not_sent_to_mend(export: Path | None, tmp_path: Path, in_english: None) -> None:
    (tmp_path / "book.csv").write_text("감정_대분류,사람문장1,사람문장2\n기쁨,하나,\n황당,둘,\n", "utf-8")
    checked = validate(read_workbook(str(tmp_path / "book.csv"), DataRecipe(), tmp_path), DataRecipe())
    with pytest.raises(DataContractError) as refused:
        require_acceptable(checked, DataRecipe(), export)
    assert "orrect them in the file itself" in refused.value.remedy
    assert "--out" not in refused.value.remedy


def test_labels_in_the_first_row_of_a_group_alone_are_to_be_filled_down(check: Check) -> None:
    grouped = [("기쁨", "하나"), (None, "둘"), (None, "셋"), ("슬픔", "넷"), (None, "다섯")]
    with pytest.raises(DataContractError, match=r"첫 행에만 적혀 있다면 나머지 행에도 채우세요"):
        require_acceptable(check(grouped), DataRecipe())
    with pytest.raises(DataContractError) as other:
        require_acceptable(check([*grouped[:2], ("슬픔", "넷")]), DataRecipe())
    assert "채우세요" not in str(other.value)
