"""CSV and Parquet in and out, a piece at a time."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storyflower.data.labels import MAJORS
from storyflower.errors import WorkbookError
from storyflower.model.directory import read_format
from storyflower.scoring import csv_files, parquet_files, shards
from storyflower.scoring.engines import LocalEngine
from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.run import score
from storyflower.scoring.tables import PIECE_ROWS
from tests.homes import current_home

CSV = '제목\r\n번호,문장,메모,\r\n1,오늘 정말 기뻤어,=1+1\r\n2,,x\r\n\r\n3,"내일, 불안해\n떨려",-,넓은 줄\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_csv_with_a_mark_for_excel(encoding: str, tmp_path: Path, scored: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.encode(encoding))
    report = scored(path)
    content = (tmp_path / "a.scored.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[:2] == ["제목", "번호,문장,메모,,감정,확신도,둘째 감정"]
    assert lines[2].startswith("1,오늘 정말 기뻤어,=1+1,,")
    assert lines[3] == "2,,x,,,,"
    assert lines[5].startswith('3,"내일, 불안해\n떨려",-,넓은 줄,')
    assert [(row.row, row.reason) for row in report.not_scored_rows] == [(4, "no_text")]


def test_a_list_of_texts_is_read_whole_whatever_they_hold(tmp_path: Path, scored: Any) -> None:
    """The header is the first row, though a later one looks wider, and no text ends at its comma."""
    lines = ["슬프다", "어제는, 솔직히 말하면, 화가 났다", "좋아; 정말", "가|나"]
    for header in ("text", "내용"):
        (tmp_path / "a.csv").write_text("\n".join([header, *lines]), "utf-8")
        report = scored(tmp_path / "a.csv", out=tmp_path / f"{header}.csv")
        assert (report.rows, report.scored) == (4, 4)
        with (tmp_path / f"{header}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert [row[0] for row in rows] == [header, *lines]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("번호,문장\n1,오늘 기분이 좋아, 친구를 만났어\n", "2번째 줄에 셀이 3개"),
        ("번호,문장,메모\n1,오늘 기분이 좋아, 친구를 만났어,x\n", "2번째 줄에 셀이 4개"),
        ('번호,문장,지점\n1,"기뻐,가\n2,슬퍼,나\n3,무서워",가\n4,좋아,나\n', "2번째 줄에서 열린.*4번째 줄"),
    ],
)
def test_a_text_that_would_be_cut_or_hold_other_rows_is_refused(
    content: str, words: str, tmp_path: Path, scored: Any
) -> None:
    (tmp_path / "a.csv").write_text(content, "utf-8")
    with pytest.raises(WorkbookError, match=words):
        scored(tmp_path / "a.csv")


def test_no_cell_of_a_parquet_file_becomes_a_formula(tmp_path: Path, scored: Any) -> None:
    pq.write_table(pa.table({"text": ["가", "나"], "=title": ["=1+1", "@a"]}), tmp_path / "a.parquet")
    scored(tmp_path / "a.parquet", out=tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[1] for row in csv.reader(file)] == ["'=title", "'=1+1", "'@a"]


def test_a_heading_is_no_formula_either(tmp_path: Path, scored: Any) -> None:
    (tmp_path / "a.csv").write_text('문장,=HYPERLINK("http://x"),a\x0bb\n가,1,2\n', "utf-8")
    scored(tmp_path / "a.csv", out=tmp_path / "a.xlsx")
    _, heading, other = next(openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].iter_rows(max_col=3))
    assert (heading.value, heading.data_type, other.value) == ('=HYPERLINK("http://x")', "s", "ab")


def test_types_do_not_depend_on_the_first_piece(tmp_path: Path, scored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_files, "PIECE_ROWS", 2)
    pq.write_table(pa.table({"text": [None, None, "가", "나"]}), tmp_path / "a.parquet")
    found = pq.read_table(scored(tmp_path / "a.parquet", threshold=0.5).out)
    assert [str(found.schema.field(name).type) for name in ("확신도", "불확실")] == ["double", "bool"]


def test_rows_that_are_appended_meanwhile_are_one_clear_error(tmp_path: Path, engine: Any, scored: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text("문장\n가\n", "utf-8")
    compute = engine.answers

    def appending(shards_: Any) -> Any:
        with path.open("a", encoding="utf-8") as file:
            file.write("나\n")
        return compute(shards_)

    engine.answers = appending
    with pytest.raises(WorkbookError, match="바뀌"):
        scored(path)


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
@pytest.mark.parametrize("title", ["문장", "내용"])
def test_the_separator_stays(separator: str, title: str, tmp_path: Path, scored: Any) -> None:
    (tmp_path / "a.csv").write_text(f"번호{separator}{title}\n1{separator}가, 나\n2{separator}다, 라\n", "utf-8")
    assert scored(tmp_path / "a.csv").parts[0].text_columns == (title,)
    assert (tmp_path / "a.scored.csv").read_text("utf-8-sig").startswith(f"번호{separator}{title}{separator}감정")


def test_label_weights_decide_the_answers_the_second_labels_and_the_evaluation(
    tmp_path: Path, model: ScoringModel, weighted_model: Path
) -> None:
    """Every text of the file is labelled with what only the weights make the answer."""
    weighted = replace(model, folder=weighted_model, label_weights=read_format(weighted_model).label_weights)
    table = {"text": ["오늘 정말 기뻤어", "내일, 불안해"], "감정_대분류": [MAJORS[0]] * 2}
    pd.DataFrame(table).to_parquet(tmp_path / "a.parquet")
    options, engine = ScoreOptions(evaluate=True, all_labels=True), LocalEngine(weighted, Compute("cpu", 1))
    report = score(current_home(), weighted, engine, str(tmp_path / "a.parquet"), out=None, options=options)
    found = pd.read_parquet(report.out)
    assert set(found["감정"]) == {MAJORS[0]}
    assert found["확신도"].tolist() == found[MAJORS[0]].tolist()
    assert (found["둘째 감정"] == found[list(MAJORS[1:])].idxmax(axis=1)).all()
    assert report.evaluation.accuracy == 1.0


def test_parquet_keeps_its_types(tmp_path: Path, scored: Any) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int16()),
            "text": pa.array(["가", None, "나"]).dictionary_encode(),
            "when": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3),
            "tags": [["a"], [], None],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    report = scored(tmp_path / "a.parquet", threshold=0.5, all_labels=True)
    found = pq.read_table(report.out)
    assert found.select(table.column_names).equals(table)
    assert found.schema.field("확신도").type == pa.float64()
    assert found.schema.field("불확실").type == pa.bool_()
    assert found["감정"].null_count == 1
    for suffix in (".csv", ".xlsx"):
        assert scored(tmp_path / "a.parquet", out=tmp_path / f"b{suffix}").scored == 2
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[2]][:3] == [1, "가", "2026-01-01 00:00:00+00:00"]


def test_a_column_that_holds_no_texts_is_not_scored(tmp_path: Path, scored: Any) -> None:
    pd.DataFrame({"n": [1, 2], "text": ["가", "나"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(WorkbookError, match="문장이 하나도 없습니다"):
        scored(tmp_path / "a.parquet", columns=("n",))


def test_texts_of_a_csv_are_no_formulas_in_a_workbook(tmp_path: Path, scored: Any) -> None:
    (tmp_path / "a.csv").write_text("문장,메모\n가,=1+1\n", "utf-8")
    scored(tmp_path / "a.csv", out=tmp_path / "a.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_pieces_and_shards_of_any_size_give_the_same_output(
    tmp_path: Path, scored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{number}번째로 기뻤어" if number % 7 else None for number in range(100)]
    pd.DataFrame({"text": texts}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"text": texts}).to_csv(tmp_path / "a.csv", index=False)
    whole = {kind: scored(tmp_path / f"a.{kind}") for kind in ("csv", "parquet")}
    assert PIECE_ROWS > 100
    for module in (csv_files, parquet_files):
        monkeypatch.setattr(module, "PIECE_ROWS", 9)
    for kind, first in whole.items():
        again = scored(tmp_path / f"a.{kind}", out=tmp_path / f"b.{kind}")
        assert again.computed_shards == 0
        assert again.not_scored_rows == first.not_scored_rows
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.scored.csv").read_bytes()
    assert pq.read_table(tmp_path / "b.parquet").equals(pq.read_table(tmp_path / "a.scored.parquet"))


def test_a_shard_is_as_long_as_it_should_be_however_the_texts_come() -> None:
    cut = list(shards.cut([["a"], [], ["b", "c", "d"], ["e"]], size=2))
    assert [shard.texts for shard in cut] == [["a", "b"], ["c", "d"], ["e"]]
    assert shards.Shard(["ab", "c"]).digest != shards.Shard(["a", "bc"]).digest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PAR1 this is none", "Parquet"),
        (b'{"a": 1}', "JSON"),
        (b"", "빈 파일"),
        (b"<html></html>", "웹 문서"),
        ('문장\n"가'.encode(), "CSV의 2번째 줄"),
        ("문장\n".encode() + b"\xff\xff\xff\n", "인코딩"),
        ("이름,내용\n가,나\n".encode(), "이름, 내용"),
        ("문장\n\n".encode(), "문장이 하나도"),
    ],
)
def test_files_that_cannot_be_scored_are_one_message(content: bytes, words: str, tmp_path: Path, scored: Any) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(WorkbookError, match=words) as caught:
        scored(tmp_path / "a.csv", out=tmp_path / "b.csv")
    assert caught.value.exit_code == 2
    assert not (tmp_path / "b.csv").exists()


def test_more_rows_than_a_sheet_has_are_refused_before_anything_is_computed(
    tmp_path: Path, scored: Any, engine: Any
) -> None:
    pq.write_table(pa.table({"text": ["가"] * 1_048_576}), tmp_path / "a.parquet")
    with pytest.raises(WorkbookError, match="1,048,576"):
        scored(tmp_path / "a.parquet", out=tmp_path / "b.xlsx")
    assert engine.computed == 0


def test_a_long_id_of_a_parquet_file_keeps_its_digits_in_a_workbook(tmp_path: Path, scored: Any) -> None:
    ids = [10**15 - 1, 1234567890123456789, -(10**15)]
    pq.write_table(pa.table({"id": ids, "text": ["가", "나", "다"]}), tmp_path / "a.parquet")
    scored(tmp_path / "a.parquet", out=tmp_path / "b.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0].iter_rows(min_row=2, max_col=1, values_only=True)
    assert [value for (value,) in rows] == [ids[0], "1234567890123456789", "-1000000000000000"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_texts_that_a_cell_would_cut_are_refused_before_anything_is_computed(
    kind: str, tmp_path: Path, scored: Any, engine: Any
) -> None:
    notes = ["x" * 32_767, "x" * 32_768, "🙂" * 16_384, "짧다"]
    table = pd.DataFrame({"text": ["가", "나", "다", "라"], "note": notes})
    path, first = tmp_path / f"a.{kind}", 2 if kind == "csv" else 1
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    with pytest.raises(WorkbookError) as caught:
        scored(path, out=tmp_path / "b.xlsx")
    assert f"2개 있습니다(최대 32,767자). 행(열): {first + 1} (note), {first + 2} (note)" in caught.value.problem
    assert engine.computed == 0
    scored(path, out=tmp_path / "b.csv")
    with (tmp_path / "b.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["note"] for row in csv.DictReader(file)] == notes


def test_a_threshold_is_a_confidence() -> None:
    with pytest.raises(Exception, match="0과 1"):
        ScoreOptions(threshold=1.5)
