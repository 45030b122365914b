import pytest
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate
from pydantic import TypeAdapter, ValidationError

from flows.train import train
from storyflower.errors import WorkbookError
from storyflower.pipeline.source import CorpusSource


def test_a_source_names_one_location_or_several() -> None:
    one = CorpusSource(training="a.xlsx", validation="v.xlsx")
    assert one.training == "a.xlsx"
    several = CorpusSource.model_validate({"training": ["a.xlsx", "data/*.xlsx"], "validation": "v.xlsx"})
    assert several.training == ("a.xlsx", "data/*.xlsx")
    for source in (one, several):
        assert CorpusSource.model_validate_json(source.model_dump_json()) == source


@pytest.mark.parametrize("nothing", ["", [], [""], None])
def test_no_location_is_refused(nothing: object) -> None:
    with pytest.raises((ValidationError, WorkbookError)):  # the latter of a blank path, in the words of our messages
        CorpusSource.model_validate({"training": nothing, "validation": "v.xlsx"})


SECRET = [
    "http://user:s3cret@host/a.xlsx",
    "http://user:s3/c?r#e@t@host/a.xlsx",
    "https://s3cret@host/a.xlsx",
    "https://host/a.xlsx?X-Amz-Signature=s3cret",
    "https://host/a.xlsx#s3cret",
    "s3://key:s3cret@bucket/a.xlsx",
    "simplecache::http://user:s3cret@host/a.xlsx",
    "zip://a.xlsx::https://host/a.zip?sig=s3cret",
]
PLAIN = [
    "a.xlsx",
    "데이터/뭐야?.xlsx",
    "data/*_Training.xlsx",
    "s3://bucket/kim@example.com/*.xlsx",
    "https://host:8080/a.xlsx",
    "zip://*.xlsx::simplecache::gs://bucket/a.zip",
    "abfs://container@account.dfs.core.windows.net/a.xlsx",
    "${TRAINING}",
    "C:\\data\\a.xlsx",
]


@pytest.mark.parametrize("address", SECRET)
def test_an_address_with_a_secret_is_no_parameter(address: str) -> None:
    for given in (address, ["a.xlsx", address]):
        with pytest.raises(WorkbookError) as refused:
            CorpusSource.model_validate({"training": given, "validation": "v.xlsx"})
        assert "s3cret" not in str(refused.value)
        assert "${TRAINING}" in refused.value.remedy


def test_prefects_api_refuses_and_accepts_the_same_before_it_stores_anything() -> None:
    schema = parameter_schema(train).model_dump()
    for address, refused in [(address, True) for address in SECRET] + [(address, False) for address in PLAIN]:
        for given in (address, [address]):
            errors = validate({"source": {"training": given, "validation": given}}, schema)
            assert bool(errors) is refused, (address, errors)
            if not refused:
                CorpusSource.model_validate({"training": given})


def test_what_is_wrong_with_a_source_does_not_repeat_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        CorpusSource.model_validate({"training": {"url": "http://user:s3cret@host"}})
    assert "s3cret" not in str(wrong.value)


def test_a_form_offers_a_line_of_text_first() -> None:
    training = TypeAdapter(CorpusSource).json_schema()["properties"]["training"]
    assert [choice["type"] for choice in training["anyOf"]] == ["string", "array"]
