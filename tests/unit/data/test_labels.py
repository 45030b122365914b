import pytest

from storyflower.data.labels import FINE, MINORS, LabelMap, canonical_label, contradict, has_code, label_map


def test_major_ids_are_stable() -> None:
    assert label_map("major").names == ("기쁨", "슬픔", "분노", "불안", "당황", "상처")
    assert label_map("major").id_of("상처") == 5


def test_fine_labels_are_sixty_pairs_in_the_order_of_their_codes() -> None:
    assert len(label_map("fine")) == len(set(FINE)) == 60
    assert FINE[0] == "분노/분노"  # E10
    assert FINE[19] == "슬픔/환멸을 느끼는"  # E29
    assert FINE[35] == "상처/가난한, 불우한"  # E45
    assert FINE[59] == "기쁨/자신하는"  # E69


def test_only_58_minor_names_are_distinct() -> None:
    assert len({minor for minors in MINORS.values() for minor in minors}) == 58


@pytest.mark.parametrize(
    ("major", "minor", "label"),
    [
        ("불안", "혼란스러운", "불안/혼란스러운"),
        ("당황", "혼란스러운", "당황/혼란스러운"),
        ("당황", "혼란스러운(당황한)", "당황/혼란스러운"),
        ("당황", "고립된 (당황한)", "당황/고립된"),
        ("상처", "고립된", "상처/고립된"),
        ("상처", "가난한,불우한", "상처/가난한, 불우한"),
        ("슬픔", "눈물이나는", "슬픔/눈물이 나는"),
        ("기쁨", "혼란스러운", None),
        ("기쁨", "", None),
    ],
)
def test_a_fine_label_is_the_pair(major: str, minor: str, label: str | None) -> None:
    assert canonical_label("fine", major, minor) == label


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        ("불안", "E59"),  # of 당황, though 혼란스러운 stands under 불안 as well
        ("상처", "e51"),
        ("분노", "E59"),
        ("E18", "E59"),
        ("E34", "E59"),  # 혼란스러운 both
        ("E18", "우울한"),
        ("불안", "혼란스러운(당황한)"),
        ("E34", "혼란스러운(당황한)"),
    ],
)
def test_a_major_and_a_minor_of_different_labels_are_no_label(major: str, minor: str) -> None:
    assert contradict(major, minor)
    assert canonical_label("fine", major, minor) is None


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        ("E18", "E18"),
        ("E18", "노여워하는"),
        ("E45", "가난한,불우한"),
        ("E18", ""),
        ("당황", "E59"),
        ("당황", "혼란스러운(당황한)"),
        ("황당", "E59"),
        ("기쁨", "혼란스러운"),
    ],
)
def test_labels_that_agree_or_are_unknown_do_not_contradict_each_other(major: str, minor: str) -> None:
    assert not contradict(major, minor)


def test_own_labels_are_matched_exactly() -> None:
    assert canonical_label(("joy", "grief "), "grief") == "grief"
    assert label_map(("joy", "grief ")).names == ("joy", "grief")
    assert canonical_label(("joy", "grief"), "Joy") is None
    assert canonical_label("major", "황당") is None


def test_label_map_survives_json() -> None:
    fine = label_map("fine")
    assert LabelMap.from_json(fine.to_json()) == fine
    assert "가난한, 불우한" in fine.to_json()


def test_codes_of_ai_hub_stand_for_their_labels() -> None:
    assert canonical_label("major", "E10") == "분노"
    assert canonical_label("major", "e69") == "기쁨"
    assert canonical_label("fine", "E18", "whatever") == "분노/노여워하는"
    assert canonical_label("fine", "당황", "E59") == "당황/혼란스러운"
    assert canonical_label("fine", "분노", "E59") is None
    assert canonical_label(("슬픔", "기쁨"), "E25") == "슬픔"
    assert canonical_label(("슬픔", "기쁨"), "E10") is None
    assert canonical_label(("E10", "슬픔"), "E10") == "E10"
    assert [canonical_label("major", code) for code in ("E9", "E70", "E1", "F10")] == [None] * 4
    assert has_code("fine", "당황", "E59")
    assert not has_code(("E10", "슬픔"), "E10")
    assert not has_code("major", "분노")
