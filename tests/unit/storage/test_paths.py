"""Paths as people type them, on the names that file systems hold."""

import unicodedata
from pathlib import Path

import pytest

from storyflower.data.workbook import read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe
from storyflower.storage.locations import expand_locations, local_file


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def nfd(name: str) -> str:
    return unicodedata.normalize("NFD", name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a Mac wrote it, whose name holds brackets."""
    folder = tmp_path / nfd("데이터 [2024]")
    folder.mkdir()
    for name in ("학습_1.xlsx", "학습_2.xlsx", "검증.xlsx", "뭐야?.xlsx"):
        (folder / nfd(name)).write_bytes(name.encode())
    return folder


def names(locations: list[str]) -> list[str]:
    return [unicodedata.normalize("NFC", Path(location).name) for location in locations]


def test_names_in_nfd_are_found_by_nfc_and_the_other_way_round(folder: Path, tmp_path: Path) -> None:
    typed = f"{tmp_path}/데이터 [2024]/검증.xlsx"
    assert expand_locations(typed) == [typed]
    assert local_file(typed, tmp_path, 1).read_bytes() == "검증.xlsx".encode()
    (tmp_path / "가.xlsx").touch()
    assert local_file(nfd(f"{tmp_path}/가.xlsx"), tmp_path, 1) == tmp_path / "가.xlsx"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_globs_below_a_folder_with_brackets_in_its_name(folder: Path, tmp_path: Path, form: str) -> None:
    def found(pattern: str) -> list[str]:
        return names(expand_locations(unicodedata.normalize(form, f"{tmp_path}/{pattern}")))

    assert found("데이터 [2024]/학습*.xlsx") == ["학습_1.xlsx", "학습_2.xlsx"]
    assert found("데이터*/학습_[2-9].xlsx") == ["학습_2.xlsx"]
    assert found("**/검?.xlsx") == ["검증.xlsx"]
    assert found("데이터 [2024]/뭐야?.xlsx") == ["뭐야?.xlsx"]
    assert len(found("데이터 [2024]")) == 4


def test_a_file_counts_once_whatever_path_leads_to_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["데이터 [2024]/검증.xlsx", nfd("데이터 [2024]/검증.xlsx"), f"{tmp_path}/데이터 [2024]/검*.xlsx"]
    assert expand_locations(given) == given[:1]


def test_a_tilde_is_the_home_folder_unless_a_file_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for file in ("home/a b.xlsx", "~backup.xlsx"):
        (tmp_path / file).touch()
    assert local_file("~/a b.xlsx", tmp_path, 1) == tmp_path / "home" / "a b.xlsx"
    assert local_file("~backup.xlsx", tmp_path, 1) == Path("~backup.xlsx")
    with pytest.raises(WorkbookError, match=f"there is no such file. Looked for: '{tmp_path}/~nobody-here.xlsx'"):
        local_file("~nobody-here.xlsx", tmp_path, 1)


def test_not_found_says_where_it_looked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(WorkbookError) as missing:
        read_workbook("데이터 [2024]/학습_3.xlsx", DataRecipe(), tmp_path)
    assert missing.value.where == "'데이터 [2024]/학습_3.xlsx'"
    assert f"Looked for: '{Path.cwd()}/데이터 [2024]/학습_3.xlsx'" in missing.value.problem
    assert "There is a file of a similar name: 학습_" in missing.value.remedy
    assert (
        f"A relative path is looked up from the folder in which the command runs ({tmp_path})" in missing.value.remedy
    )
    assert "from the checkout in a Prefect deployment" in missing.value.remedy


def test_not_found_names_the_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError) as missing:
        read_workbook(f"{tmp_path}/자료/없음/a.xlsx", DataRecipe(), tmp_path)
    assert f"There is no folder {tmp_path}/자료/없음 (the last that exists: {tmp_path})." in missing.value.remedy
    assert "relative" not in missing.value.remedy


def test_a_folder_of_other_tables_asks_for_the_file(tmp_path: Path) -> None:
    (tmp_path / "감성대화 말뭉치.txt").touch()
    with pytest.raises(WorkbookError, match=r"no workbook .* is found here") as missing:
        expand_locations(str(tmp_path))
    assert "name the file itself: '감성대화 말뭉치.txt'." in missing.value.remedy


@pytest.mark.parametrize("name", ["a" * 300 + ".xlsx", "b.xlsx/c.xlsx"])
def test_a_path_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "b.xlsx").touch()
    with pytest.raises(WorkbookError):
        read_workbook(f"{tmp_path}/{name}", DataRecipe(), tmp_path)
