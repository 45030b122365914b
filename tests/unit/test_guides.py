"""Every guide is in Korean and in English, and neither changes without the other."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
ENGLISH = sorted(file for file in GUIDES.glob("*.md") if not file.name.endswith(".ko.md"))
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_CODE = re.compile(r"`([^`]+)`")
_COMMENT = re.compile(r"(^|\s+)(\$ )?# .*$", re.MULTILINE)
_FILE = re.compile(r"`((?:benchmarks|docs|flows|storyflower|tasks|tests)/[\w./-]+)`")
_MESSAGE = re.compile(r'-m "[^"]*"')


def korean(english: Path) -> Path:
    return english.with_name(f"{english.stem}.ko.md")


def blocks(guide: Path) -> list[tuple[str, str]]:
    """Language and code of each block, without comments and the texts of messages."""
    found = _BLOCK.findall(guide.read_text("utf-8"))
    return [(language, _MESSAGE.sub("-m", _COMMENT.sub("", code))) for language, code in found]


def prose(guide: Path) -> str:
    return _BLOCK.sub("", guide.read_text("utf-8"))


def headings(guide: Path) -> list[int]:
    """The level of each heading."""
    return [len(line.split(" ")[0]) for line in prose(guide).splitlines() if line.startswith("#")]


def tables(guide: Path) -> list[int]:
    """The cells of each row of the tables."""
    rows = [line for line in prose(guide).splitlines() if line.startswith("|")]
    return [len(re.split(r"(?<!\\)\|", line)) for line in rows]


def names(guide: Path) -> set[str]:
    """What stands between backticks: commands, options, files, messages."""
    return {" ".join(code.split()).replace(".ko.md", ".md") for code in _CODE.findall(prose(guide))}


def links(guide: Path) -> list[str]:
    return _LINK.findall(prose(guide))


def test_no_korean_guide_is_without_an_english_one() -> None:
    assert ENGLISH
    assert sorted(GUIDES.glob("*.ko.md")) == sorted(map(korean, ENGLISH))


@pytest.mark.parametrize("english", ENGLISH, ids=lambda guide: guide.stem)
def test_both_guides_have_the_same_parts(english: Path) -> None:
    other = korean(english)
    assert headings(other) == headings(english)
    assert blocks(other) == blocks(english)
    assert tables(other) == tables(english)
    assert names(other) == names(english)


@pytest.mark.parametrize("english", ENGLISH, ids=lambda guide: guide.stem)
def test_both_guides_link_to_the_same_in_their_language(english: Path) -> None:
    other = korean(english)
    assert links(english)[0] == other.name
    assert links(other)[0] == english.name
    translated = [str(korean(Path(link))) if (GUIDES / link) in ENGLISH else link for link in links(english)[1:]]
    assert Counter(links(other)[1:]) == Counter(translated)
    for link in {*links(english), *links(other)}:
        assert link.startswith("https://") or (GUIDES / link).exists(), link


@pytest.mark.parametrize(
    "written", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda file: file.name
)
def test_files_of_the_repository_that_are_named_exist(written: Path) -> None:
    named = set(_FILE.findall(written.read_text("utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
