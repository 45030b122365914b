"""Texts without labels: every kind of file is read as a person would expect it, and what cannot be read is refused."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from storyflower.errors import RecipeError, WorkbookError
from storyflower.pipeline.source import CorpusSource
from storyflower.pipeline.unlabelled import Unlabelled, UnlabelledCounts, read_unlabelled
from storyflower.recipe import KOBERT

pytestmark = pytest.mark.usefixtures("in_english")

TEXTS = ["오늘은 기분이 좋아", "비가 와서 우울해", "왜 나한테만 그래"]
Read = Callable[..., Unlabelled]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(*files: Path, corpus: tuple[str, ...] = ()) -> Unlabelled:
        return read_unlabelled([str(file) for file in files], KOBERT.data, tmp_path / "downloads", corpus)

    return of


def written(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_text_file_has_a_text_a_line(read: Read, tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path / "a.txt", "\r\n".join([TEXTS[0], "", f"  {TEXTS[1]} ", "   ", TEXTS[2]]), encoding)
    found = read(file)
    assert found.texts == TEXTS
    assert found.counts == UnlabelledCounts(rows=3)


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_file_is_read_by_the_name_of_its_column(read: Read, tmp_path: Path, separator: str) -> None:
    rows = [separator.join(["번호", "text"]), *(separator.join([str(n), text]) for n, text in enumerate(TEXTS))]
    assert read(written(tmp_path / "a.csv", "\n".join(rows))).texts == TEXTS


def test_the_text_columns_of_the_recipe_are_joined(read: Read, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"사람문장1": [TEXTS[0], TEXTS[1]], "사람문장2": ["그래서 웃었어", None], "감정": ["기쁨", ""]}
    )
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "a.csv", index=False)
    for file in ("a.xlsx", "a.parquet", "a.csv"):
        assert read(tmp_path / file).texts == [f"{TEXTS[0]} 그래서 웃었어", TEXTS[1]], file


def test_rows_without_a_text_are_counted(read: Read, tmp_path: Path) -> None:
    lines = ["text,other", f"{TEXTS[0]},1", "2024-05-01,2", ",3", f"{TEXTS[1]},4", ","]
    found = read(written(tmp_path / "a.csv", "\n".join(lines)))
    assert found.texts == TEXTS[:2]
    assert found.counts == UnlabelledCounts(rows=4, without_text=2)
    assert found.counts.texts == 2


def test_each_text_counts_once_and_none_of_the_corpus_in_any_spelling(read: Read, tmp_path: Path) -> None:
    first = written(tmp_path / "a.txt", "\n".join([*TEXTS, f"{TEXTS[0]}!!"]))
    second = written(tmp_path / "b.txt", "\n".join([TEXTS[1], "새로운 문장"]))
    found = read(first, second, corpus=("비가 와서, 우울해...",))
    assert found.texts == [TEXTS[0], TEXTS[2], "새로운 문장"]
    assert found.counts == UnlabelledCounts(rows=6, in_corpus=2, repeated=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"\n \n", "no text"),
        ("a.csv", b"1,2\n3,4\n", "no text column"),
        ("a.csv", "제목,본문\n하나 둘,셋 넷\n다섯 여섯,일곱 여덟\n".encode(), "give a .txt file"),
        ("a.csv", b'text\n"broken', "quot|end of data|unexpected end"),
        ("a.txt", b"text \xc0\xff\n", "UTF-8"),
        ("a.json", b'{"text": "x"}', "JSON"),
        ("a.jsonl", b'{"text": "x"}\n', "JSON"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xls"),
        ("a.xlsx", b"PK\x03\x04 broken", "damaged|workbook"),
        ("a.parquet", b"PAR1 broken", "Parquet"),
    ],
)
def test_what_cannot_be_read_is_refused(read: Read, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkbookError, match=message) as caught:
        read(tmp_path / name)
    assert name in caught.value.where
    assert "--column" not in caught.value.remedy
    assert caught.value.remedy


def test_a_missing_file_and_a_folder_are_refused(read: Read, tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(WorkbookError):
            read(path)
    source = CorpusSource(training="a.xlsx", unlabelled=str(tmp_path / "none.txt"))
    assert source.unlabelled_files == (str(tmp_path / "none.txt"),)


def test_files_without_an_adaptation_are_refused() -> None:
    source = CorpusSource(training="a.xlsx", unlabelled=("a.txt", "b.txt"))
    with pytest.raises(RecipeError, match="adapt_epochs"):
        source.require_adaptation(KOBERT.encoder)
    source.require_adaptation(KOBERT.with_changes({"adapt_epochs": 1}).encoder)
    CorpusSource(training="a.xlsx").require_adaptation(KOBERT.encoder)
