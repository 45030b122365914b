"""The input of a model: texts in several forms, which are converted to one list of cleaned texts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from storyflower.cleaning import clean
from storyflower.errors import InputError
from storyflower.messages import Lang, problem, say
from storyflower.utterances import clean_cells, join_utterances

Given = str | Sequence[str] | npt.NDArray[np.object_] | pd.Series | pd.DataFrame
"""The accepted forms of input; see `texts_of`."""
TEXT_COLUMN = "text"
"""The column of whole texts in a frame without the columns of utterances."""
_SHOWN = 60
"""Maximum characters of a refused value in an error."""


def texts_of(given: Given, text_columns: Sequence[str]) -> list[str]:
    """Return the texts, cleaned and joined as in training.

    Args:
        given: one text; a list, series or array of texts; a frame with all of `text_columns` by name (in any order,
            among others), of which a row may lack some utterances but not all; a frame with a column `text`; or a
            frame of one column, whatever its name.
        text_columns: the recipe's, in its order; none where the model's directory does not name them.

    Raises:
        InputError: it has another form, or a value is no text or blank; names the position, counted from 0.
    """
    if isinstance(given, str):
        return _whole_texts([given])
    if isinstance(given, pd.DataFrame):
        return _texts_of_rows(given, text_columns)
    if isinstance(given, pd.Series | list | tuple) or (isinstance(given, np.ndarray) and given.ndim == 1):
        return _whole_texts(list(given))
    raise _refused(type(given).__name__, text_columns)


def _whole_texts(values: Sequence[object]) -> list[str]:
    texts = []
    for position, value in enumerate(values):
        if _is_missing(value):
            raise problem(InputError, "text_blank", _place(position))
        texts.append(clean(_require_text(value, _place(position))))
        if not texts[-1]:
            raise problem(InputError, "text_blank", _place(position))
    return texts


def _texts_of_rows(frame: pd.DataFrame, text_columns: Sequence[str]) -> list[str]:
    names = [clean(str(name)) for name in frame.columns]
    cells = frame.set_axis(names, axis="columns").reset_index(drop=True)
    columns = _columns_to_read(names, text_columns)
    for column in columns:
        for position, value in enumerate(cells[column]):
            if not _is_missing(value):
                _require_text(value, _place(position, column if len(columns) > 1 else ""))
    texts = join_utterances(clean_cells(cells[columns]), columns)
    blank = np.flatnonzero(texts == "")
    if len(blank):
        raise problem(InputError, "text_blank", _place(int(blank[0]), ", ".join(columns) if len(columns) > 1 else ""))
    return texts.tolist()


def _columns_to_read(names: Sequence[str], text_columns: Sequence[str]) -> list[str]:
    """The utterances' columns if all are present; if none is, the column `text`, or the only column."""
    present = [name for name in text_columns if name in names]
    if missing := [name for name in text_columns if present and name not in names]:
        raise problem(
            *(InputError, "text_columns_missing"),
            missing=", ".join(missing),
            found=", ".join(names),
            accepted=accepted_inputs(text_columns),
        )
    if not names:  # MLflow passes on no columns but those of the signature
        raise problem(InputError, "columns_not_read", accepted=accepted_inputs(text_columns))
    wanted = present or ([TEXT_COLUMN] if TEXT_COLUMN in names else list(names) if len(names) == 1 else [])
    if not wanted or any(names.count(name) > 1 for name in wanted):
        raise _refused(say("frame_with_columns", columns=", ".join(names)), text_columns)
    return wanted


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _require_text(value: object, place: str) -> str:
    if isinstance(value, str):
        return value
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    raise problem(InputError, "not_a_text", place, value=shown, kind=type(value).__name__)


def _place(position: int, column: str = "") -> str:
    return say("input_position_column" if column else "input_position", position=position, column=column)


def _refused(found: str, text_columns: Sequence[str]) -> InputError:
    return problem(InputError, "input_form", found=found, accepted=accepted_inputs(text_columns))


def accepted_inputs(text_columns: Sequence[str], lang: Lang | None = None) -> str:
    """A sentence that lists the accepted forms of input."""
    if text_columns:
        return say("accepted_inputs", lang, columns=", ".join(text_columns))
    return say("accepted_inputs_plain", lang)
