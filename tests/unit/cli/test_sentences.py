"""Sentences on the command line and on standard input: hyphens, encodings, names of files, blanks."""

import io
import json
import os
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.cli.sentences import SentenceCommand, decoded, given_sentences
from storyflower.errors import InputError, WorkbookError

LINES = "오늘 정말 기뻤어\n\n뷁 같은 하루 \u200b\n \u200b \n똠방각하"
SENTENCES = ["오늘 정말 기뻤어", "뷁 같은 하루 \u200b", "똠방각하"]


class Piped:
    """Standard input that is no terminal."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False


def given(arguments: list[str] | None) -> list[str]:
    with closing(given_sentences(arguments, "@champion")) as sentences:
        return [text for batch in sentences.batches(2) for text in batch]


def parsed(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a small command that prints its sentences."""
    small = typer.Typer()

    def sentences(texts: list[str], threshold: float = 0, as_json: bool = typer.Option(False, "--json")) -> None:
        typer.echo(f"{texts} {threshold} {as_json}")

    small.command(cls=SentenceCommand)(sentences)
    done = CliRunner().invoke(small, list(arguments))
    return done.exit_code, done.output


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
def test_standard_input_is_read_in_the_encodings_of_windows(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = LINES.replace("\u200b", "") if encoding == "cp949" else LINES
    monkeypatch.setattr(sys, "stdin", Piped(lines.encode(encoding)))
    found = [text.replace("\u200b", "").strip() for text in given(None)]
    assert found == [text.replace("\u200b", "").strip() for text in SENTENCES]


def test_what_is_no_text_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="UTF-8, UTF-16, CP949"):
        decoded(b"\xff\x81\xff\xff")
    monkeypatch.setattr(sys, "stdin", Piped(" \n\u200b".encode()))
    with pytest.raises(InputError, match="표준 입력: 문장이 없습니다"):
        given_sentences(None, "@champion")


def test_an_argument_in_cp949_is_read() -> None:
    assert given([os.fsdecode("똠방각하".encode("cp949"))]) == ["똠방각하"]


@pytest.mark.parametrize("blank", ["", "  ", "\u200b"])
def test_a_blank_argument_is_refused_with_its_position(blank: str) -> None:
    with pytest.raises(InputError, match=r"1번\(0부터\): 문장이 비어"):
        given_sentences(["안녕", blank], "@champion")


def test_a_file_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, command in (("우리 회사.xlsx", "'우리 회사.xlsx'"), ("설문.CSV", "설문.CSV")):
        with pytest.raises(InputError, match="파일 이름") as refusal:
            given_sentences([name], "NAME@champion")
        assert f"storyflower score {command} --model NAME@champion" in refusal.value.remedy
    (tmp_path / "문장 모음").write_text("안녕")
    (tmp_path / "행복").mkdir()
    with pytest.raises(InputError, match="파일 이름") as refusal:
        given_sentences(["문장 모음"], "@champion")
    assert "storyflower predict < '문장 모음'" in refusal.value.remedy
    assert given_sentences(["행복", "가" * 5000, "3.5점이면 만족.xlsx 파일로 줘"], "@champion")


def test_a_name_of_a_file_that_is_not_utf8_is_refused_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    (tmp_path / "\udcb0\udca8.txt").touch()
    for name in ("\udcb0\udca8.xlsx", "\udcb0\udca8.txt"):
        with pytest.raises(WorkbookError, match="not UTF-8"):
            given_sentences([name], "@champion")
        refused = CliRunner().invoke(app, ["predict", name, "--json"])
        assert refused.exit_code == 2
        assert json.loads(refused.stdout)["error"]["type"] == "WorkbookError"


def test_a_sentence_may_begin_with_a_hyphen() -> None:
    assert parsed("-_- 짜증나", "안녕", "-ㅅ-", "--json", "--threshold", "0.5", "- 끝") == (
        0,
        "['-_- 짜증나', '안녕', '-ㅅ-', '- 끝'] 0.5 True\n",
    )
    assert parsed("--", "-o-", "--json")[1] == "['-o-', '--json'] 0.0 False\n"


@pytest.mark.parametrize("unknown", ["--treshold", "--treshold=0.5", "-t"])
def test_what_looks_like_an_option_is_no_sentence(unknown: str) -> None:
    code, output = parsed(unknown, "안녕")
    assert code == 2
    assert "No such option" in output


def test_predict_refuses_with_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    for sentence in ("", "우리회사.xlsx"):
        assert CliRunner().invoke(app, ["predict", sentence]).exit_code == 2


def test_only_line_ends_split_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = "오늘\u2028정말\u2029기뻤\x85어\x0c또\x0b또\x1c또\x1d또\x1e또"
    for encoding in ("utf-8", "utf-16", "utf-16-be"):
        monkeypatch.setattr(sys, "stdin", Piped(f"{inside}\n하나\r\n둘\r셋\n\r\n".encode(encoding)))
        assert given(None) == [inside, "하나", "둘", "셋"]


def test_many_lines_are_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "이것은 아주 길고 긴 하루의 이야기입니다. " * 3
    monkeypatch.setattr(sys, "stdin", Piped(f"{line}\n".encode() * 60_000))  # 22 MB in memory, if all were kept
    tracemalloc.start()
    try:
        with closing(given_sentences(None, "@champion")) as sentences:
            assert sentences.count == sum(map(len, sentences.batches(1000))) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 14 << 20
    finally:
        tracemalloc.stop()
