"""A location as a form takes it, of which nothing is stored that could be a secret."""

from typing import Annotated

from pydantic import AfterValidator, Field

from storyflower.storage.locations import require_no_secret

_NOTHING_TO_HIDE = r"^(?!.*://[^/?#@]*:[^@]*@)(?!.*https?://[^/?#]*@)(?!.*://[^?]*\?)(?!.*https?://[^#]*#)"
"""What Prefect's API and form hold a location against before they store it; `require_no_secret` parses it."""
Location = Annotated[
    str, Field(min_length=1, json_schema_extra={"pattern": _NOTHING_TO_HIDE}), AfterValidator(require_no_secret)
]
"""A path, an address without a secret, or `${NAME}`."""
