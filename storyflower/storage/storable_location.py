"""A location as a form takes it, of which nothing is stored that could be a secret."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from storyflower.storage.locations import require_no_secret, require_usable

_NOTHING_TO_HIDE = r"^(?!.*://[^/?#@]*:[^@]*@)(?!.*https?://[^/?#]*@)(?!.*://[^?]*\?)(?!.*https?://[^#]*#)"
"""What Prefect's API and form hold a location against before they store it; `require_no_secret` parses it."""


def _usable(given: Any) -> Any:
    """Refuse what no location can be, before pydantic does in words of its own; other types are left to pydantic."""
    return require_usable(given) if isinstance(given, str) else given


Location = Annotated[
    str,
    BeforeValidator(_usable),
    Field(min_length=1, json_schema_extra={"pattern": _NOTHING_TO_HIDE}),
    AfterValidator(require_no_secret),
]
"""A path, an address without a secret, or `${NAME}`."""
