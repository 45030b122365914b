"""Workbooks in, the same workbooks out, with columns and a summary and nothing else changed."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill

from storyflower.data.cell_styles import MARK_COLOUR
from storyflower.errors import WorkbookError
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.options import ScoreOptions, true_ids
from storyflower.serving.predictor import load_predictor

TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼"]


def column(sheet: Any, title: str, header: int = 1) -> list[Any]:
    titles = [cell.value for cell in sheet[header]]
    return [row[titles.index(title)] for row in sheet.iter_rows(min_row=header + 1, values_only=True)]


def test_the_answers_are_those_of_the_predictor(
    write_sheet: Callable[..., Path], scored: Any, model: ScoringModel
) -> None:
    path = write_sheet([["번호", "문장"], *([n, text] for n, text in enumerate(TEXTS))])
    report = scored(path, all_labels=True)
    answers = load_predictor(model.folder, "cpu").predict(TEXTS)
    sheet = openpyxl.load_workbook(report.out)["Sheet1"]
    assert column(sheet, "감정") == answers["label"].tolist()
    assert column(sheet, "확신도") == [round(value, 6) for value in answers["confidence"]]
    for label in model.labels:
        assert column(sheet, label) == [round(value, 6) for value in answers[label]]
    second = [sorted(model.labels, key=lambda name, n=n: -answers[name][n])[1] for n in range(3)]
    assert column(sheet, "둘째 감정") == second
    assert [part.text_columns for part in report.parts] == [("문장",)]


def test_everything_else_in_the_workbook_stays(tmp_path: Path, scored: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["상담 기록"])
    sheet.append([])
    sheet.append(["번호", "문 장", "금액", "합계"])
    for number, text in enumerate(TEXTS, start=4):
        sheet.append([number, text, 1234.5, f"=C{number}*2"])
        sheet.cell(number, 3).number_format = "#,##0.00"
        sheet.cell(number, 5).fill = PatternFill("solid", fgColor="FFAABBCC")  # blank, but with a style
    sheet.merge_cells("A1:D1")
    sheet["B3"].font = Font(bold=True, color="FFFF0000")
    sheet.column_dimensions["B"].width = 44
    sheet.freeze_panes = "A4"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=4, max_row=6))
    sheet.add_chart(chart, "H2")
    book.create_sheet("메모").append(["그대로", "둡니다"])
    path = tmp_path / "상담.xlsx"
    book.save(path)
    before = path.read_bytes()

    report = scored(path, threshold=1.0)
    assert path.read_bytes() == before
    assert report.out == str(tmp_path / "상담.scored.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(report.out) as new:
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert set(old.namelist()) < set(new.namelist())
    lists = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert changed == {"xl/worksheets/sheet1.xml", *lists}
    found, source = openpyxl.load_workbook(report.out), openpyxl.load_workbook(path)
    assert found.sheetnames == ["Sheet", "메모", "감정 요약"]
    for name in source.sheetnames:
        for row in source[name].iter_rows(max_col=4):
            for cell in row:
                same = found[name][cell.coordinate]
                assert (same.value, same.number_format, same.font.b) == (cell.value, cell.number_format, cell.font.b)
    scored_sheet = found["Sheet"]
    assert scored_sheet.dimensions == "A1:H6"
    assert [cell.value for cell in scored_sheet[3]][4:] == ["감정", "확신도", "둘째 감정", "불확실"]
    assert [cell.fill.fgColor.rgb for cell in scored_sheet[4]][4:] == [MARK_COLOUR] * 4
    assert scored_sheet["F4"].number_format == "0.00%"
    assert (scored_sheet.freeze_panes, scored_sheet.column_dimensions["B"].width) == ("A4", 44)
    assert [left.sheet for left in report.left] == ["메모"]


def test_the_summary_names_model_counts_and_rows_not_scored(write_sheet: Callable[..., Path], scored: Any) -> None:
    path = write_sheet([["문장", "비고"], [TEXTS[0], 1], [None, 2], [12345, 3], ["=SUM(A1:A2)", 4], [TEXTS[1], 5]])
    report = scored(path)
    assert report.not_scored == {"no_text": 1, "not_text": 1, "formula_without_value": 1}
    assert [(row.row, row.reason) for row in report.not_scored_rows] == [
        (3, "no_text"),
        (4, "not_text"),
        (5, "formula_without_value"),
    ]
    sheet = openpyxl.load_workbook(report.out)
    rows = list(sheet["감정 요약"].iter_rows(values_only=True))
    facts = {row[0]: row[1] for row in rows if row[0]}
    assert (facts["모델"], facts["버전"], facts["모델 파일의 SHA-256"]) == ("model", "1", "digest")
    assert (facts["행"], facts["예측한 행"], facts["확신도 기준"]) == (5, 2, "없음")
    assert ("Sheet1", 3, "문장이 비어 있음") in [row[:3] for row in rows]
    assert column(sheet["Sheet1"], "감정")[1:4] == [None] * 3
    assert sheet["Sheet1"]["A5"].value == "=SUM(A1:A2)"


def test_names_that_the_sheet_has_are_not_taken(write_sheet: Callable[..., Path], scored: Any) -> None:
    path = write_sheet([["문장", "감 정", "확신도 (2)"], [TEXTS[0], "x", "y"]], title="감정 요약")
    report = scored(path)
    assert report.parts[0].added_columns == ("감정 (3)", "확신도 (3)", "둘째 감정 (3)")
    assert openpyxl.load_workbook(report.out).sheetnames == ["감정 요약", "감정 요약 (2)"]


def test_what_is_scored_once_more_has_both_summaries(tmp_path: Path, scored: Any, write_sheet: Any) -> None:
    """Links of one name would make Excel call the file damaged, and show one summary twice."""
    first = scored(write_sheet([["문장"], [TEXTS[0]]]), out=tmp_path / "one.xlsx")
    second = scored(Path(first.out), out=tmp_path / "two.xlsx", threshold=0.5)
    with zipfile.ZipFile(second.out) as archive:
        links = re.findall(rb'Id="([^"]+)"', archive.read("xl/_rels/workbook.xml.rels"))
    assert len(links) == len(set(links))
    book = openpyxl.load_workbook(second.out)
    assert book.sheetnames[1:] == ["감정 요약", "감정 요약 (2)"]
    one, two = (list(book[name].iter_rows(values_only=True)) for name in book.sheetnames[1:])
    assert one == list(openpyxl.load_workbook(first.out)["감정 요약"].iter_rows(values_only=True))
    assert one != two


def test_the_columns_are_those_of_the_model_then_the_usual_then_the_only_text(
    write_sheet: Callable[..., Path], scored: Any
) -> None:
    of_model = write_sheet([["사람문장2", "사람문장1", "text"], ["나", "가", "다"]], "model.xlsx")
    assert scored(of_model).parts[0].text_columns == ("사람문장1", "사람문장2")
    only = write_sheet(
        [["번호", "내용", "날짜"], [1, TEXTS[0], "2026-01-01"], [2, TEXTS[1], "2026-01-02"]], "only.xlsx"
    )
    assert scored(only).parts[0].text_columns == ("내용",)
    several = write_sheet([["이름", "내용"], ["가", TEXTS[0]]], "several.xlsx")
    with pytest.raises(WorkbookError, match=r"\[Sheet1\] 이름, 내용(.|\n)*--column"):
        scored(several)
    assert scored(several, columns=("내용",)).scored == 1
    with pytest.raises(WorkbookError, match=r"없는 열.*이름, 내용"):
        scored(several, columns=("없는 열",))
    partial = write_sheet([["사람문장1"], ["가"]], "partial.xlsx")
    with pytest.raises(WorkbookError, match="사람문장1, 사람문장2"):
        scored(partial)


@pytest.mark.parametrize(
    ("index", "more"), [(None, {}), (None, {"조회": [1, 2, 3, 4]}), (["a1", "a2", "a3", "a4"], {"조회": [1, 2, 3, 4]})]
)
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_blank_title_of_a_pandas_index_is_part_of_the_header(
    index: list[str] | None, more: dict[str, list[int]], suffix: str, tmp_path: Path, scored: Any
) -> None:
    frame = pd.DataFrame({"내용": [*TEXTS, *TEXTS][:4], **more}, index=index)
    file = tmp_path / f"a.{suffix}"
    frame.to_excel(file) if suffix == "xlsx" else frame.to_csv(file)
    report = scored(file)
    assert (report.parts[0].text_columns, report.scored) == (("내용",), 4)


def test_a_title_above_the_second_of_two_columns_is_no_header(write_sheet: Callable[..., Path], scored: Any) -> None:
    report = scored(write_sheet([[None, "설문 결과"], ["번호", "내용"], [1, TEXTS[0]], [2, TEXTS[1]]]))
    assert (report.parts[0].text_columns, report.scored) == (("내용",), 2)


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_text_in_the_place_of_the_header_is_not_lost(
    numbered: bool, suffix: str, tmp_path: Path, scored: Any
) -> None:
    frame, file = pd.DataFrame({"내용": TEXTS}, index=[1, 2, 3]), tmp_path / f"a.{suffix}"
    write = frame.to_excel if suffix == "xlsx" else frame.to_csv
    write(file, header=False, index=numbered)
    with pytest.raises(WorkbookError, match=f"{TEXTS[0]}(.|\\n)*첫 행에 `text`"):
        scored(file)
    assert scored(file, columns=(TEXTS[0],)).scored == 2  # it is the header, says the user
    write(file, header=["text"], index=numbered)
    assert scored(file, out=tmp_path / f"b.{suffix}").scored == 3


def test_a_question_is_the_header_of_its_answers(write_sheet: Callable[..., Path], scored: Any) -> None:
    question = "오늘 기분이 어땠어요?"
    report = scored(write_sheet([["응답 시각", question], ["2026-03-01 10:00:00", TEXTS[0]]]))
    assert (report.parts[0].text_columns, report.scored) == ((question,), 1)


def test_labels_beside_the_texts_are_compared_with(write_dialogues: Callable[..., Path], scored: Any) -> None:
    path = write_dialogues([("기쁨 ", TEXTS[0]), ("슬픔", TEXTS[2]), (None, TEXTS[1]), ("모름", TEXTS[1])])
    report = scored(path, evaluate=True)
    assert (report.evaluation.rows, report.evaluation.unlabelled) == (2, 2)
    low, high = report.evaluation.accuracy_interval
    assert low <= report.evaluation.accuracy <= high
    assert sum(label.support for label in report.evaluation.per_label) == 2
    with pytest.raises(WorkbookError, match="모델이 아는 라벨이 하나도"):
        scored(path, evaluate=True, label_column="연령", out=path.with_name("b.xlsx"))
    with pytest.raises(WorkbookError, match="없는 라벨"):
        scored(path, evaluate=True, label_column="없는 라벨", out=path.with_name("c.xlsx"))


def test_the_real_cases(shared: Path, scored: Any, tmp_path: Path) -> None:
    cases = shared / "cases"
    for name in ("good", "title_row", "notes_sheet_first", "hidden_sheet_first", "spaced_header", "label_codes"):
        report = scored(cases / f"{name}.xlsx", out=tmp_path / f"{name}.xlsx", evaluate=True)
        assert (report.rows, report.scored, report.evaluation.rows) == (60, 60, 60), name
    merged = scored(cases / "merged_labels.xlsx", out=tmp_path / "merged.xlsx", evaluate=True)
    assert merged.evaluation.rows == 60
    assert scored(cases / "formula_without_value.xlsx", out=tmp_path / "f.xlsx").scored == 60
    assert scored(cases / "cp949.csv", out=tmp_path / "cp949.csv", evaluate=True).evaluation.rows == 60
    with pytest.raises(WorkbookError, match="깨져"):
        scored(cases / "csv_saved_by_excel.xlsx", out=tmp_path / "x.xlsx")
    for file in sorted((cases / "hostile").iterdir()):
        with pytest.raises(WorkbookError) as caught:
            scored(file, out=tmp_path / f"hostile_{file.name}")
        assert caught.value.exit_code == 2
        assert not (tmp_path / f"hostile_{file.name}").exists()


def test_a_label_that_training_merged_counts_as_the_one_it_was_merged_into(
    model: ScoringModel,
) -> None:
    """The model knows a part of the fine labels: both columns are read, and what it left out is no example."""
    labels = ("슬픔/슬픔", "기쁨/기쁨", "기쁨/안도", "분노/분노", "불안/불안", "당황/당황")
    merging = replace(model, labels=labels, merged_labels={"슬픔/우울한": "슬픔/슬픔"})
    assert ScoreOptions(evaluate=True).wanted(merging).labels == ("감정_대분류", "감정_소분류")
    rows = pd.DataFrame({"label_0": ["슬픔", "기쁨", "상처", "E13"], "label_1": ["우울한", "안도", "버려진", None]})
    assert true_ids(rows, merging) == [0, 2, -1, -1]
    assert true_ids(pd.DataFrame({"label_0": ["슬픔/우울한", "기쁨/안도"]}), merging) == [0, 2]
