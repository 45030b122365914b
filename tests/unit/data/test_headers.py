import pytest

from storyflower.data.headers import needed_columns, release_of
from storyflower.recipe_data import DataRecipe


@pytest.mark.parametrize(
    ("header", "release"),
    [
        (["", "감정_대분류", "사람문장1"], "current"),
        (["번호", "감정_대분류", "사람문장1", "시스템문장1"], "current"),
        (["번호", "감정_대분류", "사람문장1", "시스템응답1"], "old"),
        (["번호", "감정_대분류", "사람문장1"], "custom"),
        (["", "text", "label"], "custom"),
    ],
)
def test_releases(header: list[str], release: str) -> None:
    assert release_of(header) == release


def test_each_needed_column_once() -> None:
    recipe = DataRecipe(
        text_columns=("글", "감정"), label_column="감정", fine_label_column="세부", label_set="fine"
    )  # as a workbook is read to be mended
    assert needed_columns(recipe) == ["글", "감정", "세부"]
