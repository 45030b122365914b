"""CSV files in the encodings and with the separators that Excel and others write."""

from pathlib import Path

import pandas as pd
import pytest

from storyflower.data import text_files
from storyflower.data.containers import require_known_kind
from storyflower.data.text_files import csv_table, decoded
from storyflower.data.workbook import Workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

OWN = DataRecipe(text_columns=("글",), label_column="감정", label_set=("a", "b"))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def read(path: Path, content: bytes) -> Workbook:
    path.write_bytes(content)
    return read_workbook(str(path), OWN, path.parent / "downloads")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("separator", text_files.SEPARATORS)
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = ["감정,글", 'a,"하나, ""둘""\n셋"', "", "b, ", ",,"]
    text = "\r\n".join(lines).replace(",", separator).replace(f"하나{separator}", "하나,")
    book = read(tmp_path / "b.csv", text.encode(encoding))
    assert (book.sheet, book.release) == ("CSV", "custom")
    assert book.frame["excel_row"].tolist() == [2, 4]
    assert book.frame["글"].tolist()[0].replace("\r", "") == '하나, "둘"\n셋'
    assert book.frame["글"].isna().tolist() == [False, True]


def test_commas_in_a_table_of_tabs_and_a_title_above(tmp_path: Path) -> None:
    book = read(tmp_path / "b.csv", "상담, 기록, 모음\n글\t감정\n하나, 둘, 셋\ta\n".encode())
    assert book.frame.to_dict("list") == {"글": ["하나, 둘, 셋"], "감정": ["a"], "excel_row": [3]}


def test_an_open_quotation_mark_does_not_swallow_the_rest(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"line 3 of the CSV file cannot be read: unexpected end of data"):
        read(tmp_path / "b.csv", '글,감정\n"하나,a\n둘,b\n'.encode())


def test_bytes_of_no_encoding(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"encoding is unknown.*line 3001"):
        read(tmp_path / "b.csv", "글,감정\n".encode() + "하나,a\n".encode() * 2999 + b"\xff\xff\n")


def test_text_that_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(
        WorkbookError, match=r"b\.txt \[CSV\]: needed columns are missing: 글, 감정\. Columns found: hello"
    ):
        read(tmp_path / "b.txt", b"hello\nworld\n")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read(encoding: str) -> None:
    content = "감정,글\na,하나\n".encode(encoding)
    require_known_kind(content, "a.csv")
    assert decoded(content, "a.csv") == "감정,글\na,하나\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("place", [5000, 9000, 9001])
def test_a_stray_zero_byte_is_no_sign_of_utf16(encoding: str, place: int, tmp_path: Path) -> None:
    content = ("글,감정\n" + "오늘은 하나,a\n둘이서 웃었다,b\n" * 300).encode(encoding)
    place = content.index(b"\n", place)
    book = read(tmp_path / "b.csv", content[:place] + b"\0" + content[place:])
    assert set(book.frame["글"]) == {"오늘은 하나", "둘이서 웃었다"}


def test_a_zero_byte_in_every_row_of_utf8_is_no_sign_of_utf16(tmp_path: Path) -> None:
    rows = "오늘은 하나,a\n" * 300 + "둘이서 웃었다\0,b\n" * 300
    assert len(read(tmp_path / "b.csv", f"글,감정\n{rows}".encode()).frame) == 600


def test_an_unreadable_byte_at_the_beginning_is_named_by_its_line() -> None:
    with pytest.raises(WorkbookError, match="line 3"):
        require_known_kind("감정,글\na,하나\nb,".encode() + b"\xff\xff\xff, and so on", "a.csv")


@pytest.mark.parametrize("text", ["감정,글\na,하나\nb,둘, 셋, 넷\n", "글,감정\n하나,a\n둘, 셋, 넷,b\n"])
def test_a_text_that_would_be_cut_at_its_comma_is_one_clear_error(text: str) -> None:
    with pytest.raises(WorkbookError, match="line 3 of the CSV file has 4 cells where the header has 2") as raised:
        csv_table(text, OWN, "b.csv")
    assert "double quotes" in raised.value.remedy
    quoted = csv_table('감정,글\na,하나\nb,"둘, 셋, 넷",,\n', OWN, "b.csv")
    assert quoted.cells["B"].tolist() == ["글", "하나", "둘, 셋, 넷"]


@pytest.mark.parametrize(
    "rows",
    [
        ["글,감정", '"하나,a', "둘,b", '셋",a', "넷,b"],  # the labels are those of other rows
        ["감정,글", 'a,"하나', "b,둘", 'b,셋"', "b,넷"],
        ["번호,글,감정", '1,"하나,가', "2,둘,나", '3,셋",다'],  # numbered rows, whatever the labels
        ["번호,글,감정,메모", '7,"하나,a,', "9,둘,b,", "12,넷,a,", '15,셋",b,', "18,다섯,a,", "20,여섯,b,"],
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_joined_by_a_stray_quotation_mark_are_one_clear_error(rows: list[str], line_end: str) -> None:
    last = next(number for number, row in enumerate(rows, 1) if '"' in row and number > 2)
    with pytest.raises(WorkbookError, match=f"opened in line 2 of the CSV file is closed only in line {last}"):
        csv_table(line_end.join(rows) + line_end, OWN, "b.csv")


def test_texts_of_several_lines_with_separators_stay_whole() -> None:
    texts = ["그래,알았어\n고마워", "1,000원이래\n2,000원이야", "a\n\nb", "둘,셋\n넷,다섯\n여섯", 'c,"d"\ne']
    frame = pd.DataFrame({"번호": range(1, 6), "글": texts, "감정": list("abaab")})
    for columns in (["글", "감정"], ["감정", "글"], ["번호", "글"], ["번호", "글", "감정"], ["글", "번호", "감정"]):
        text = frame[columns].to_csv(index=False)
        cells = csv_table(text, OWN, "b.csv").cells
        assert cells.iloc[1:, columns.index("글")].tolist() == texts


def test_records_read_in_parts_are_those_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "글,감정,\n,\n,\n하나,a\n둘,b,셋\n,\n하나\n"
    whole = csv_table(text, OWN, "b.csv").cells
    assert list(whole.columns) == ["A", "B", "C"]
    monkeypatch.setattr(text_files, "_RECORDS_AT_ONCE", 2)
    pd.testing.assert_frame_equal(csv_table(text, OWN, "b.csv").cells, whole)
