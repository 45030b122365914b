import pytest
from pydantic import TypeAdapter, ValidationError

from storyflower.manifests import CorpusSource


def test_a_source_names_one_location_or_several() -> None:
    one = CorpusSource(training="a.xlsx", validation="v.xlsx")
    assert one.training == "a.xlsx"
    several = CorpusSource.model_validate({"training": ["a.xlsx", "data/*.xlsx"], "validation": "v.xlsx"})
    assert several.training == ("a.xlsx", "data/*.xlsx")
    for source in (one, several):
        assert CorpusSource.model_validate_json(source.model_dump_json()) == source


@pytest.mark.parametrize("nothing", ["", [], [""], None])
def test_no_location_is_refused(nothing: object) -> None:
    with pytest.raises(ValidationError):
        CorpusSource.model_validate({"training": nothing, "validation": "v.xlsx"})


def test_a_form_offers_a_line_of_text_first() -> None:
    training = TypeAdapter(CorpusSource).json_schema()["properties"]["training"]
    assert [choice["type"] for choice in training["anyOf"]] == ["string", "array"]
