"""Words and sentences that are no problems, by code, in each language. One file a subject."""

from storyflower.messages.words import (
    answers,
    commands,
    confidence,
    data,
    gate,
    help_texts,
    home,
    mending,
    model_card,
    notebook,
    plots,
    quality,
    recipe,
    registry,
    results,
    retraining,
    scoring,
    serving,
    stages,
    summary,
    surroundings,
    training,
)

_TABLES = (
    answers,
    commands,
    confidence,
    data,
    gate,
    help_texts,
    home,
    mending,
    model_card,
    notebook,
    plots,
    quality,
    recipe,
    registry,
    results,
    retraining,
    scoring,
    serving,
    stages,
    summary,
    surroundings,
    training,
)

WORDS: dict[str, dict[str, str]] = {code: texts for table in _TABLES for code, texts in table.WORDS.items()}
"""All tables in one; no code stands in two of them."""
