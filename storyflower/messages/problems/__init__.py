"""The problems that a user can mend, by code: (what is wrong, what to do) in each language. One file a subject."""

from storyflower.messages.problems import (
    adaptation,
    answers,
    cluster,
    data,
    database,
    encoder,
    export,
    files,
    home,
    mending,
    model,
    page,
    ranks,
    reading,
    recipe,
    registry,
    scoring,
    servers,
    serving,
    shared_store,
    surroundings,
    sweep,
    tokenizer,
    training,
)

_TABLES = (
    adaptation,
    answers,
    cluster,
    data,
    database,
    encoder,
    export,
    files,
    home,
    mending,
    model,
    page,
    ranks,
    reading,
    recipe,
    registry,
    scoring,
    servers,
    serving,
    shared_store,
    surroundings,
    sweep,
    tokenizer,
    training,
)

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    code: texts for table in _TABLES for code, texts in table.PROBLEMS.items()
}
"""All tables in one; no code stands in two of them."""
