"""The JSON release of AI Hub's 감성 대화 말뭉치, read as a table with the titles of its workbooks.

A list of records; of each are read `profile.persona.human` (codes of age and gender), `profile.emotion` (`type`, the
code of the emotion, and `situation`), which some releases keep inside `persona`, and `talk.content` (`HS01` … what the
person says, `SS01` … what the system answers). Source of the codes: the guideline that comes with the corpus.
"""

import json
import re
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter

from storyflower.data.headers import COLUMNS_READ
from storyflower.data.labels import FINE_OF_CODE
from storyflower.data.tables import Table
from storyflower.errors import WorkbookError
from storyflower.messages import problem

JSON_SHEET = "JSON"
"""Stands for the name of a sheet where a table is a JSON file."""

_AGES = {"A01": "청소년", "A02": "청년", "A03": "중년", "A04": "노년"}
_GENDERS = {"G01": "남성", "G02": "여성"}
_SITUATIONS = {
    **{
        "S01": "가족관계",
        "S02": "학업 및 진로",
        "S03": "학교폭력/따돌림",
        "S04": "대인관계",
        "S05": "연애, 결혼, 출산",
    },
    **{"S06": "진로, 취업, 직장", "S07": "대인관계(부부, 자녀)", "S08": "재정, 은퇴, 노후준비", "S09": "건강"},
    **{"S10": "직장, 업무 스트레스", "S11": "건강, 죽음", "S12": "대인관계(노년)", "S13": "재정"},
}
_SPEAKERS = {"HS": "사람문장", "SS": "시스템문장"}
_UTTERANCE = re.compile(r"(HS|SS)0*([1-9][0-9]?)")
_COLUMNS = ["연령", "성별", "상황키워드", "감정_대분류", "감정_소분류"]


class _NotTheLayoutError(Exception):
    """A record is not laid out as in the release: what is missing."""


def json_table(text: str, where: str) -> Table:
    """One row a record, numbered from 1, under the titles of AI Hub's workbooks.

    An emotion whose code is unknown stands as the code, so that the row is found fault with under its number.

    Raises:
        WorkbookError: the text is no JSON, or not in this layout.
    """
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        raise problem(
            WorkbookError, "broken_json", where, line=error.lineno, column=error.colno, reason=error.msg
        ) from error
    except (ValueError, RecursionError) as error:
        raise problem(WorkbookError, "broken_json", where, line=1, column=1, reason=error) from error
    if not isinstance(records, list) or not records:
        raise problem(WorkbookError, "json_no_list", where)
    rows = []
    for number, record in enumerate(records, start=1):
        try:
            rows.append(_row(record))
        except _NotTheLayoutError as missing:
            raise problem(WorkbookError, "json_layout", where, number=number, missing=missing) from missing
    return Table(JSON_SHEET, _cells(rows), first_row=0, release="json")


def _row(record: Any) -> dict[str, str]:
    profile, content = _part(record, "profile"), _part(_part(record, "talk", ""), "content", "talk.")
    persona = _part(profile, "persona", "profile.") if "persona" in profile else {}
    within = profile if "emotion" in profile else persona
    emotion = _part(within, "emotion", "profile.")
    if "type" not in emotion:
        raise _NotTheLayoutError("profile.emotion.type")
    code = _characters(str(emotion["type"])).strip()
    major, _, minor = FINE_OF_CODE.get(code.upper(), code).partition("/")
    age, gender = (_first_named(persona.get("human"), names) for names in (_AGES, _GENDERS))
    row = {
        **{"연령": age, "성별": gender, "상황키워드": _first_named(emotion.get("situation"), _SITUATIONS)},
        **{"감정_대분류": major, "감정_소분류": minor or code},
    }
    for key, utterance in content.items():
        if (spoken := _UTTERANCE.fullmatch(key)) and utterance is not None:
            row[_SPEAKERS[spoken[1]] + spoken[2]] = _characters(str(utterance))
    return row


def _characters(text: str) -> str:
    """A text with `?` for each half of a character, as is left of an emoji that was cut; only JSON can hold it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _part(record: Any, name: str, above: str = "") -> dict[str, Any]:
    part = record.get(name) if isinstance(record, dict) else None
    if not isinstance(part, dict):
        raise _NotTheLayoutError(above + name)
    return part


def _first_named(codes: Any, names: dict[str, str]) -> str:
    """The name of the first code that has one; blank where the record has none."""
    known = (
        [names[code] for code in codes if isinstance(code, str) and code in names] if isinstance(codes, list) else []
    )
    return known[0] if known else ""


def _cells(rows: list[dict[str, str]]) -> pd.DataFrame:
    """The titles in the first line, the rows below, NA where blank."""
    titles = list(dict.fromkeys([*_COLUMNS, *(title for row in rows for title in row)]))[:COLUMNS_READ]
    cells = pd.DataFrame(rows, columns=titles, dtype="str")
    cells = cells.where(cells.apply(lambda column: column.str.strip() != ""))
    cells = pd.concat([pd.DataFrame([titles], columns=titles, dtype="str"), cells], ignore_index=True)
    return cells.set_axis([get_column_letter(place) for place in range(1, len(titles) + 1)], axis=1)
