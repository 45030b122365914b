import string
from pathlib import Path

import pytest

from storyflower.errors import WorkbookError
from storyflower.messages import language, problem, problems, say, speaking, words
from storyflower.messages.problems import PROBLEMS
from storyflower.messages.words import WORDS


def gaps(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", PROBLEMS)
def test_both_languages_name_the_same_values(code: str) -> None:
    korean, english = (PROBLEMS[code][lang] for lang in ("ko", "en"))
    assert [gaps(text) for text in korean] == [gaps(text) for text in english]
    assert all(text.strip() for text in (*korean, *english))


@pytest.mark.parametrize("code", WORDS)
def test_words_have_both_languages(code: str) -> None:
    assert gaps(WORDS[code]["ko"]) == gaps(WORDS[code]["en"])


def test_no_code_stands_in_two_tables() -> None:
    assert sum(len(table.PROBLEMS) for table in problems._TABLES) == len(PROBLEMS)
    assert sum(len(table.WORDS) for table in words._TABLES) == len(WORDS)


def test_no_text_lies_idle() -> None:
    root = Path(__file__).parents[3]
    left_out = {"problems", "words", "__pycache__"}  # the tables themselves, and compiled code
    sources = [path for part in ("storyflower", "tasks", "flows") for path in (root / part).rglob("*.[pj]*")]
    code = "".join(path.read_text("utf-8") for path in sources if not left_out & {*path.parts})
    assert [key for key in (*PROBLEMS, *WORDS) if not _is_asked_for(key, code)] == []


def _is_asked_for(key: str, code: str) -> bool:
    """Whether a code stands in quotes, or, behind a dot, is put together as in `say(f"check.{name}")`."""
    prefix = key.partition(".")[0]
    built = (f"{prefix}.{{", f'"{prefix}." ~') if "." in key else ()
    return any(wanted in code for wanted in (f'"{key}"', f"'{key}'", *built))


def test_language_comes_from_the_call_then_the_block_then_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    assert language() == "en"
    with speaking("ko"):
        assert language() == "ko"
        assert say("no_text", "en") == "no text"
        with speaking(None):
            assert language() == "ko"
    assert language() == "en"


def test_a_problem_says_what_where_and_what_to_do() -> None:
    error = problem(WorkbookError, "no_such_sheet", "a.xlsx", lang="en", sheet="{x}", sheets="A, B")
    assert (error.where, error.problem, error.remedy) == (
        "a.xlsx",
        "there is no sheet '{x}'.",
        "The sheets are: A, B.",
    )
