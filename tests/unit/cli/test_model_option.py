import pytest

from storyflower.cli.model_option import registered_as
from storyflower.errors import RecipeError
from storyflower.settings import settings


@pytest.mark.parametrize("name", ["a/b", "a b", "a:b", "a@b", "", "a\n"])
@pytest.mark.usefixtures("in_english")
def test_a_name_that_no_model_may_have_is_refused_by_the_option(name: str) -> None:
    with pytest.raises(RecipeError, match="nor hold /, :, @ or blanks") as refused, registered_as(name):
        pass
    assert refused.value.where == "--model"
    assert "variable" not in str(refused.value)


def test_the_name_is_in_force_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_MODEL", "mine")
    with registered_as("감정-2"):
        assert settings().model == "감정-2"
    assert settings().model == "mine"
