import pytest

from storyflower.data.labels import FINE, MAJORS
from storyflower.data.suggestions import nearest_label


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("기뿜", "기쁨"),
        ("기븜", "기쁨"),
        ("기쁨이", "기쁨"),
        ("분 노", "분노"),
        ("슬픈", "슬픔"),
        ("상쳐", "상처"),
        ("불않", "불안"),
        ("당항", "당황"),
    ],
)
def test_a_misspelt_label_is_recognised(value: str, label: str) -> None:
    assert nearest_label(value, MAJORS) == label


@pytest.mark.parametrize("value", ["황당", "중립", "행복", "우울", "분", "기", "사랑", "joy", "?", "기쁨, 슬픔"])
def test_nothing_is_guessed(value: str) -> None:
    assert nearest_label(value, MAJORS) is None


def test_two_labels_equally_near_are_no_suggestion() -> None:
    assert nearest_label("abcdx", ("abcde", "abcdf")) is None
    assert nearest_label("Abcde!", ("abcde", "vwxyz")) == "abcde"


def test_fine_labels() -> None:
    assert nearest_label("분노/툴툴데는", FINE) == "분노/툴툴대는"
    assert nearest_label("기쁨/고립된", FINE) is None
