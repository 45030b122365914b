"""Files that appear whole or not at all, and one place in the code that knows how."""

import re
from pathlib import Path

import pytest

import storyflower
from storyflower.atomic import draft_beside, sync, within_bytes, write_atomically


def test_the_former_content_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "목록.json"
    file.write_text("former", "utf-8")
    with write_atomically(file) as draft:
        draft.write_text("new", "utf-8")
        sync(draft)
        assert file.read_text("utf-8") == "former"
    sync(tmp_path)
    assert file.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_was_interrupted_changes_and_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / "list.json"
    file.write_text("former", "utf-8")
    with pytest.raises(type(error)), write_atomically(file) as draft:
        draft.write_text("half", "utf-8")
        raise error
    assert file.read_text("utf-8") == "former"
    assert list(tmp_path.iterdir()) == [file]


def test_a_draft_may_be_a_folder_and_is_gone_once_renamed_or_left(tmp_path: Path) -> None:
    with draft_beside(tmp_path / "entry") as kept, draft_beside(tmp_path / "entry") as left:
        for folder in (kept, left):
            folder.mkdir()
            (folder / "file").write_text("x")
        kept.rename(tmp_path / "entry")
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_a_name_of_the_greatest_length_has_a_draft_too(tmp_path: Path) -> None:
    file = tmp_path / ("가" * 83 + ".xlsx")  # 254 bytes
    with write_atomically(file) as draft:
        draft.write_text("x", "utf-8")
    assert file.read_text("utf-8") == "x"
    assert within_bytes("가나다", 7) == "가나"


def test_no_other_module_names_drafts_of_its_own() -> None:
    package = Path(storyflower.__file__).parent
    own = re.compile(r"with_name\(.*uuid4|uuid4\(\)\.hex.*tmp")
    found = [file.name for file in package.rglob("*.py") if own.search(file.read_text("utf-8"))]
    assert found == ["atomic.py"]
