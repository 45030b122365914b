"""The emotions: names, their ids, and how a cell of a workbook becomes one of them.

Source of the sixty fine labels: AI Hub, 감성 대화 말뭉치, codes E10 to E69, in that order.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property

from storyflower.cleaning import clean
from storyflower.recipe_data import LabelSet

MAJORS = ("기쁨", "슬픔", "분노", "불안", "당황", "상처")
"""The six emotions, in the order of their ids."""

MINORS: dict[str, tuple[str, ...]] = {
    "분노": (
        *("분노", "툴툴대는", "좌절한", "짜증내는", "방어적인"),
        *("악의적인", "안달하는", "구역질 나는", "노여워하는", "성가신"),
    ),
    "슬픔": (
        *("슬픔", "실망한", "비통한", "후회되는", "우울한"),
        *("마비된", "염세적인", "눈물이 나는", "낙담한", "환멸을 느끼는"),
    ),
    "불안": (
        *("불안", "두려운", "스트레스 받는", "취약한", "혼란스러운"),
        *("당혹스러운", "회의적인", "걱정스러운", "조심스러운", "초조한"),
    ),
    "상처": (
        *("상처", "질투하는", "배신당한", "고립된", "충격 받은"),
        *("가난한, 불우한", "희생된", "억울한", "괴로워하는", "버려진"),
    ),
    "당황": (
        *("당황", "고립된", "남의 시선을 의식하는", "외로운", "열등감"),
        *("죄책감의", "부끄러운", "혐오스러운", "한심한", "혼란스러운"),
    ),
    "기쁨": (
        *("기쁨", "감사하는", "신뢰하는", "편안한", "만족스러운"),
        *("흥분", "느긋", "안도", "신이 난", "자신하는"),
    ),
}
"""Ten minor emotions of each major. 혼란스러운 and 고립된 stand under two majors: only the pair is a label."""

FINE = tuple(f"{major}/{minor}" for major, minors in MINORS.items() for minor in minors)
"""The sixty fine labels, `major/minor`, E10 to E69."""

FINE_OF_CODE = {f"E{number}": label for number, label in enumerate(FINE, start=10)}
"""The fine label of each of AI Hub's codes, E10 to E69."""

_BLANKS = re.compile(r"\s+")
_MAJOR_IN_BRACKETS = re.compile(r"\(([^()]*)\)$")


@dataclass(frozen=True)
class LabelMap:
    """Label names; a label's id is its place. Stored with every model."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def id_of(self, name: str) -> int:
        """The id of a label; KeyError when the map does not hold it."""
        return self._ids[name]

    def to_json(self) -> str:
        """A JSON list of the names, in the order of their ids."""
        return json.dumps(list(self.names), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LabelMap":
        """The label map that `to_json` wrote."""
        return cls(tuple(json.loads(text)))


def label_map(label_set: LabelSet) -> LabelMap:
    """The ids of a label set: stable for `major` and `fine`, the order given for your own labels."""
    if label_set == "major":
        return LabelMap(MAJORS)
    return LabelMap(FINE if label_set == "fine" else tuple(clean(name) for name in label_set))


def canonical_label(label_set: LabelSet, label: str, minor: str = "") -> str | None:
    """The label that the cleaned cells of a row stand for, or None when the label set does not hold it.

    `minor` matters for `fine` alone; blanks inside it do not (`가난한,불우한`), and the major may follow it
    in brackets (`혼란스러운(당황한)`), as in some releases. AI Hub's codes stand for their labels: `E18` in the
    place of the major for both, whatever the minor is unless it is another label; in the place of the minor for that
    alone. None also where the two cells `contradict` each other.
    """
    coded = FINE_OF_CODE.get(label.upper())
    if label_set == "fine":
        if contradict(label, minor):
            return None
        of_code = FINE_OF_CODE.get(minor.upper())
        return coded or _FINE_BY_KEY.get((label, squeezed(of_code.partition("/")[2] if of_code else minor)))
    names = label_map(label_set).names
    if label in names:
        return label
    major = coded.partition("/")[0] if coded else ""
    return major if major in names else None


def contradict(label: str, minor: str = "") -> bool:
    """Whether the cleaned cells of a fine label name two majors or minors: `불안` beside `E59`, which is 당황's."""
    coded, of_minor = (FINE_OF_CODE.get(cell.upper(), "") for cell in (label, minor))
    major, _, coded_minor = coded.partition("/")
    major = major or label
    if of_minor:
        return of_minor != coded if coded else major in MINORS and not of_minor.startswith(f"{major}/")
    name = squeezed(minor)
    if coded and name in _MINOR_BY_KEY and name != squeezed(coded_minor):
        return True
    bracketed = _MAJOR_IN_BRACKETS.search(_BLANKS.sub("", minor))
    named = bracketed[1][:2] if bracketed else major  # `당황한`; a major has two letters
    return major in MINORS and named in MINORS and named != major


def general_label(fine: str) -> str:
    """The label of a fine label's major that names no minor of its own: `슬픔/슬픔` (E20) of `슬픔/우울한`."""
    major = fine.partition("/")[0]
    return f"{major}/{major}"


def has_code(label_set: LabelSet, label: str, minor: str = "") -> bool:
    """Whether the label of a row, cleaned, was found by one of AI Hub's codes."""
    if canonical_label(label_set, label, minor) in {None, label}:
        return False
    return label.upper() in FINE_OF_CODE or (label_set == "fine" and minor.upper() in FINE_OF_CODE)


def squeezed(minor: str) -> str:
    """A minor label without blanks, and without a bracketed major at its end."""
    return _MAJOR_IN_BRACKETS.sub("", _BLANKS.sub("", minor))


def spaced_unusually(minor: str) -> bool:
    """Whether a cleaned minor label is a known one with its blanks set otherwise (`눈물이나는`)."""
    return _MINOR_BY_KEY.get(squeezed(minor), minor) not in minor


_FINE_BY_KEY = {(major, squeezed(minor)): f"{major}/{minor}" for major, minors in MINORS.items() for minor in minors}
_MINOR_BY_KEY = {squeezed(minor): minor for minors in MINORS.values() for minor in minors}
