"""A user's own label names, from a JSON file."""

import json
from pathlib import Path

from storyflower.cleaning import clean
from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.short_files import read_short_text


def read_label_file(path: Path) -> tuple[str, ...]:
    """The names of a label file, in the order of their ids.

    Raises:
        RecipeError: it cannot be read, or is not a JSON list of two or more distinct names.
    """
    try:
        names = json.loads(read_short_text(path))
    except OSError as error:
        raise problem(RecipeError, "bad_label_file", str(path), reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise problem(RecipeError, "bad_label_file", str(path), reason=error) from error
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise problem(RecipeError, "bad_label_file", str(path), reason=json.dumps(names, ensure_ascii=False)[:80])
    cleaned = tuple(clean(name) for name in names)
    if len(set(cleaned)) < max(len(cleaned), 2):
        raise problem(RecipeError, "bad_label_file", str(path), reason=", ".join(cleaned))
    return cleaned
