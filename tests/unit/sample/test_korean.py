import pytest

from storyflower.sample.korean import Noun, Register, fitting, is_past, oneself, sentence


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("동생", ["동생이", "동생을", "동생은", "동생과"]),
        ("언니", ["언니가", "언니를", "언니는", "언니와"]),
        ("딸", ["딸이", "딸을", "딸은", "딸과"]),
        ("나", ["나가", "나를", "나는", "나와"]),
    ],
)
def test_particles_fit_the_last_sound(word: str, expected: list[str]):
    assert [f"{Noun(word):{particle}}" for particle in ("이", "을", "은", "과")] == expected
    assert f"{Noun(word)}" == word


def test_unknown_particle_is_a_bug():
    with pytest.raises(KeyError):
        fitting("께서", "어머니")


def test_oneself_is_humble_in_the_polite_register_alone():
    assert oneself("polite") == {"나": "저", "내": "제", "내가": "제가"}
    assert oneself("intimate") == oneself("plain") == {"나": "나", "내": "내", "내가": "내가"}


@pytest.mark.parametrize(
    ("register", "expected"),
    [("intimate", "정말 화가 나."), ("polite", "정말 화가 나요."), ("plain", "정말 화가 난다.")],
)
def test_present_takes_the_registers_form(register: Register, expected: str):
    assert sentence("정말 화가 나|난다", register, "어") == expected


def test_present_may_give_its_polite_form():
    assert sentence("그런 기분이야|기분이다|기분이에요", "polite", "어요") == "그런 기분이에요."


def test_past_stem_takes_the_ending():
    assert is_past("칭찬을 받았")
    assert sentence("칭찬을 받았", "polite", "거든요") == "칭찬을 받았거든요."
