import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data.filled_report import FilledReport, read_report
from storyflower.data.inspection import inspect
from storyflower.data.mending import Mended, OtherWorkbook, mend
from storyflower.data.rejected import write_rejected
from storyflower.data.repair_report import LabelField
from storyflower.data.workbook import fetch_file
from storyflower.errors import DataContractError, WorkbookError
from storyflower.messages import speaking
from storyflower.recipe_data import DataRecipe
from storyflower.reports.label_errors import LabelOrigin, write_label_errors

WriteDialogues = Callable[..., Path]
DIALOGUES = [("기쁨", "하나"), ("기뿜", "둘"), (None, "셋"), ("슬픔", None), ("황당", "다섯")]
MENDED = "고친 값"


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., Path]:
    """Writes the report of workbooks and fills in the values given by (workbook, Excel row, column)."""

    def filled(
        books: Sequence[Path],
        values: dict[tuple[str, int, str], str],
        recipe: DataRecipe | None = None,
    ) -> Path:
        recipe = recipe or DataRecipe()
        inspection = inspect([str(book) for book in books], [], recipe, tmp_path / "downloads")
        path = tmp_path / "report.xlsx"
        write_rejected(path, inspection.set_aside(), recipe)
        return fill_in(path, values)

    return filled


def fill_in(path: Path, values: dict[tuple[str, int, str], str]) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    column = next(titles.index(title) for title in (MENDED, "mended value") if title in titles)
    missing = dict(values)
    for row in sheet.iter_rows(min_row=2):
        place = (Path(row[0].value).name, row[2].value, row[3].value)
        row[column].value = missing.pop(place, None)
    assert missing == {}
    book.save(path)
    return path


def read(path: Path, tmp_path: Path) -> FilledReport:
    return read_report(fetch_file(str(path), DataRecipe(), tmp_path))


def mended(workbook: Path, report: Path, tmp_path: Path) -> Mended:
    return mend(fetch_file(str(workbook), DataRecipe(), tmp_path), read(report, tmp_path))


def labels_of(content: bytes, path: Path) -> list[object]:
    path.write_bytes(content)
    return [row[5] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2, values_only=True)]


LABEL = "감정_대분류"


def test_mended_values_go_where_they_belong(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    values = {
        ("book.xlsx", 3, LABEL): "기쁨",
        ("book.xlsx", 4, LABEL): " 슬픔\u00a0",
        ("book.xlsx", 5, "사람문장1"): "넷",
    }
    made = mended(book, report([book], values), tmp_path)
    assert (made.applied, made.left_blank, made.others) == ({LABEL: 2, "사람문장1": 1}, 1, ())
    assert labels_of(made.content, tmp_path / "made.xlsx") == ["기쁨", "기쁨", "슬픔", "슬픔", "황당"]
    again = inspect([str(tmp_path / "made.xlsx")], [], DataRecipe(), tmp_path)
    assert list(again.findings[["excel_row", "reason"]].itertuples(index=False, name=None)) == [(6, "unknown_label")]
    assert again.workbooks[0].usable["text"].tolist()[:4] == ["하나", "둘", "셋", "넷"]


def test_a_sorted_report_with_moved_columns_and_english_headings_is_understood(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    with speaking("en"):
        path = report([book], {("book.xlsx", 3, LABEL): "기쁨"})
    workbook = openpyxl.load_workbook(path)
    heading, *rows = list(workbook.worksheets[0].values)
    order = sorted(range(len(heading)), key=lambda place: str(heading[place]))
    del workbook[workbook.sheetnames[0]]
    sheet = workbook.create_sheet("다른 이름", 0)
    for row in (heading, *reversed(rows), [None] * len(heading)):
        sheet.append([row[place] for place in order])
    workbook.save(path)
    made = mended(book, path, tmp_path)
    assert labels_of(made.content, tmp_path / "made.xlsx")[:3] == ["기쁨", "기쁨", None]
    assert made.left_blank == 3


def test_another_workbook_is_refused_with_what_was_expected(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    path = report([book], {("book.xlsx", 3, LABEL): "기쁨"})
    other = write_dialogues([("기뿜", "둘")], name="other.xlsx")
    digests = [fetch_file(str(file), DataRecipe(), tmp_path).sha256[:12] for file in (book, other)]
    with pytest.raises(WorkbookError) as refused:
        mended(other, path, tmp_path)
    assert f"{book} ({digests[0]}…)" in refused.value.problem
    assert f"{digests[1]}…" in refused.value.problem


def test_lines_of_other_workbooks_are_counted_and_skipped(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    books = [write_dialogues(DIALOGUES, name="a.xlsx"), write_dialogues([("기뿜", "여섯")], name="b.xlsx")]
    path = report(books, {("a.xlsx", 3, LABEL): "슬픔", ("b.xlsx", 2, LABEL): "기쁨"})
    made = mended(books[1], path, tmp_path)
    assert (made.applied, made.left_blank) == ({LABEL: 1}, 0)
    digest = fetch_file(str(books[0]), DataRecipe(), tmp_path).sha256
    assert made.others == (OtherWorkbook(str(books[0]), digest, 1),)


def test_unknown_labels_are_refused_with_row_and_value(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    values = {("book.xlsx", 3, LABEL): "기뿜", ("book.xlsx", 4, LABEL): "슬픔", ("book.xlsx", 6, LABEL): "기쁨/안도"}
    with pytest.raises(DataContractError) as refused:
        mended(book, report([book], values), tmp_path)
    assert "[Sheet1] 3: '기뿜', [Sheet1] 6: '기쁨/안도'" in refused.value.problem
    assert "기쁨, 슬픔, 분노" in refused.value.remedy


def test_an_unfilled_report_is_refused(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    with pytest.raises(DataContractError, match="'고친 값' 열이 모두 비어 있습니다"):
        mended(book, report([book], {}), tmp_path)


def test_both_parts_of_a_fine_label_are_put_back(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = DataRecipe(label_set="fine")
    book = write_dialogues([("분노", "하나", None, "툴툴데는"), ("슬픔", "둘", None, None)], name="book.xlsx")
    pair = "감정_대분류/감정_소분류"
    values = {("book.xlsx", 2, pair): "분노/툴툴대는", ("book.xlsx", 3, pair): "상처/가난한, 불우한"}
    made = mended(book, report([book], values, recipe), tmp_path)
    (tmp_path / "made.xlsx").write_bytes(made.content)
    again = inspect([str(tmp_path / "made.xlsx")], [], recipe, tmp_path)
    assert again.is_clean
    assert again.workbooks[0].usable["label"].tolist() == ["분노/툴툴대는", "상처/가난한, 불우한"]


def test_likely_label_errors_are_put_back_too(write_dialogues: WriteDialogues, tmp_path: Path) -> None:
    book = write_dialogues([("기쁨", "하나"), ("슬픔", "둘"), ("분노", "셋")])
    digest = fetch_file(str(book), DataRecipe(), tmp_path).sha256
    predictions = pd.DataFrame(
        {
            "workbook_sha256": [digest, digest, "0" * 64],
            "sheet": "Sheet1",
            "excel_row": [2, 4, 2],
            "text": ["하나", "셋", "다른 파일"],
            "label": ["기쁨", "분노", "상처"],
            "predicted": ["슬픔", "상처", "기쁨"],
            "confidence": [0.9, 0.8, 0.7],
            "correct": False,
        }
    )
    origin = LabelOrigin(LabelField.of(DataRecipe()), {digest: str(book), "0" * 64: "b.xlsx"})
    write_label_errors(tmp_path / "errors.xlsx", predictions, origin)
    path = fill_in(tmp_path / "errors.xlsx", {("book.xlsx", 4, LABEL): "상처", ("b.xlsx", 2, LABEL): "기쁨"})
    made = mended(book, path, tmp_path)
    assert labels_of(made.content, tmp_path / "made.xlsx") == ["기쁨", "슬픔", "상처"]
    assert (made.left_blank, made.others) == (1, (OtherWorkbook("b.xlsx", "0" * 64, 1),))


def test_one_cell_with_two_values_is_refused(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    path = report([book], {("book.xlsx", 3, LABEL): "기쁨"})
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    first = [cell.value for cell in next(sheet.iter_rows(min_row=2))]
    sheet.append([*first[:7], "슬픔", *first[8:]])
    workbook.save(path)
    with pytest.raises(DataContractError, match="3 감정_대분류: 기쁨, 슬픔"):
        mended(book, path, tmp_path)


def test_a_merged_label_is_left_to_the_person(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    workbook = openpyxl.load_workbook(book)
    workbook.worksheets[0].merge_cells("F3:F4")
    workbook.save(book)
    with pytest.raises(DataContractError, match=r"F4 \(병합된 셀\)"):
        mended(book, report([book], {("book.xlsx", 4, LABEL): "기쁨"}), tmp_path)
    with pytest.raises(DataContractError, match=r"F3 \(병합된 셀\)"):  # it would be the label of row 4 as well
        mended(book, report([book], {("book.xlsx", 3, LABEL): "기쁨"}), tmp_path)


def test_what_is_no_report(write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path) -> None:
    book = write_dialogues(DIALOGUES)
    with pytest.raises(WorkbookError, match="StoryFlower가 만든 보고서가 아니거나"):
        mended(book, book, tmp_path)
    path = report([book], {("book.xlsx", 3, LABEL): "기쁨"})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0]["C2"].value = "셋째"
    workbook.save(path)
    with pytest.raises(WorkbookError, match="2번째 줄의 행 번호를 읽을 수 없습니다: 셋째"):
        mended(book, path, tmp_path)
    (tmp_path / "a.csv").write_text("a,b\n", "utf-8")
    with pytest.raises(WorkbookError, match=r"\.xlsx"):
        mended(book, tmp_path / "a.csv", tmp_path)


def test_the_real_corpus_is_mended_in_its_label_cells_alone(shared: Path, tmp_path: Path) -> None:
    book = shared / "corpus" / "open_Training.xlsx"
    inspection = inspect([str(book)], [], DataRecipe(), tmp_path)
    unknown = inspection.workbooks[0].violations.query("reason == 'unknown_label'")["excel_row"].tolist()
    path = tmp_path / "report.xlsx"
    write_rejected(path, inspection.set_aside(), DataRecipe())
    fill_in(path, {(book.name, row, LABEL): "당황" for row in unknown})
    made = mended(book, path, tmp_path)
    (tmp_path / "made.xlsx").write_bytes(made.content)
    again = inspect([str(tmp_path / "made.xlsx")], [], DataRecipe(), tmp_path)
    assert made.applied == {LABEL: len(unknown)}
    assert len(unknown) > 0
    assert again.workbooks[0].counts["unknown_label"] == 0
    before, after = (found.workbooks[0].workbook.frame for found in (inspection, again))
    changed = before["excel_row"].isin(unknown)
    assert set(after.loc[changed, LABEL]) == {"당황"}
    pd.testing.assert_frame_equal(after.drop(columns=LABEL), before.drop(columns=LABEL))
    pd.testing.assert_frame_equal(after[~changed], before[~changed])
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(tmp_path / "made.xlsx") as new:
        assert new.namelist() == old.namelist()
        assert [name for name in old.namelist() if old.read(name) != new.read(name)] == ["xl/worksheets/sheet1.xml"]


def test_columns_are_found_as_the_check_found_them(
    write_sheet: Callable[..., Path], report: Callable[..., Path], tmp_path: Path
) -> None:
    """Below a title row, with blanks in the header."""
    rows = [
        ("감성 대화",),
        (None, "사람문장1", "사람문장2", "감정 대분류"),
        (1, "하나", None, "기뿜"),
        (2, "둘", None, "슬픔"),
    ]
    book = write_sheet(rows)
    made = mended(book, report([book], {("book.xlsx", 3, LABEL): "기쁨"}), tmp_path)
    (tmp_path / "made.xlsx").write_bytes(made.content)
    assert [row[3] for row in openpyxl.load_workbook(tmp_path / "made.xlsx").worksheets[0].values][2:] == [
        "기쁨",
        "슬픔",
    ]


def test_a_csv_file_is_checked_but_not_mended(report: Callable[..., Path], tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("감정_대분류,사람문장1,사람문장2\n기뿜,하나,\n슬픔,둘,\n", "utf-8")
    path = report([book], {("book.csv", 2, LABEL): "기쁨"})
    with pytest.raises(WorkbookError, match="CSV와 JSON 파일에는"):
        mended(book, path, tmp_path)


@pytest.mark.parametrize(
    "above",
    [
        [["감정", "분석 결과"], [None]],  # a title in the label's column
        [[None, "감정"], ["번호", "감정"]],  # a legend that names the label too
    ],
)
def test_the_header_is_the_one_that_the_report_was_made_of(
    above: list[list[str | None]], report: Callable[..., Path], tmp_path: Path
) -> None:
    own = DataRecipe(text_columns=("문장",), label_column="감정", label_set=("joy", "sad"))
    book = openpyxl.Workbook()
    rows = [[number, f"오늘은 {number}번째로 좋은 날", "joy" if number % 2 else "sad"] for number in range(8)]
    for row in (*above, ["번호", "문장", "감정"], *rows):
        book.active.append(row)
    book.active["C8"] = "jjoy"
    book.save(tmp_path / "own.xlsx")
    path = report([tmp_path / "own.xlsx"], {("own.xlsx", 8, "감정"): "joy"}, own)
    (tmp_path / "made.xlsx").write_bytes(mended(tmp_path / "own.xlsx", path, tmp_path).content)
    sheet = openpyxl.load_workbook(tmp_path / "made.xlsx").active
    assert [cell.value for cell in sheet[8]] == [4, "오늘은 4번째로 좋은 날", "joy"]


def test_a_line_about_another_cell_is_refused_with_both_values(
    write_dialogues: WriteDialogues, report: Callable[..., Path], tmp_path: Path
) -> None:
    book = write_dialogues(DIALOGUES)
    path = report([book], {("book.xlsx", 3, LABEL): "기쁨"})
    workbook = openpyxl.load_workbook(path)
    for row in workbook.worksheets[0].iter_rows(min_row=2):
        row[2].value = int(row[2].value) + 2
    workbook.save(path)
    with pytest.raises(DataContractError, match=r"5 감정_대분류: '슬픔', '기뿜'"):
        mended(book, path, tmp_path)


def test_truth_values_of_excel_are_the_words(report: Callable[..., Path], tmp_path: Path) -> None:
    own = DataRecipe(text_columns=("문장",), label_column="긍정", label_set=("true", "false"))
    book = openpyxl.Workbook()
    for row in (["문장", "긍정"], ["좋다", "true"], ["싫다", "아니"], ["그저 그렇다", "false"]):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    path = report([tmp_path / "own.xlsx"], {("own.xlsx", 3, "긍정"): False}, own)
    assert mended(tmp_path / "own.xlsx", path, tmp_path).applied == {"긍정": 1}
