"""The server keeps what its OpenAPI document says: Schemathesis makes valid and invalid requests of the document."""

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

TAKE_TEXTS = ("/predict", "/invocations")
TAKE_NOTHING = ("/health", "/ping", "/version", "/metrics")
CASES = [
    *((path, mode) for path in TAKE_TEXTS for mode in GenerationMode),
    *((path, GenerationMode.POSITIVE) for path in TAKE_NOTHING),
]


# Its strategy of invalid requests draws from `random`, which Hypothesis deprecates.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
# Not by Schemathesis' own fixtures: they do not work with pytest 9.
@pytest.mark.parametrize(("path", "mode"), CASES)
def test_requests_of_the_document(http: httpx.Client, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{http.base_url}/openapi.json")
    (operation,) = schema[path].values()

    @hypothesis.settings(max_examples=25, derandomize=True)
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        # Which characters are blank, and which columns a model reads, cannot be said in JSON Schema.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
