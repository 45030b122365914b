"""A made-up corpus in the AI Hub layout, with its known defects planted: it shows the machinery, not the quality.

The real 감성 대화 말뭉치 may not be passed on, so these dialogues come from word lists of our own.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from openpyxl import Workbook

from storyflower.atomic import write_atomically
from storyflower.sample.dialogue import Dialogue, DialogueWriter, Part
from storyflower.sample.events import phrases

COLUMNS = (
    *("연령", "성별", "상황키워드", "신체질환", "감정_대분류", "감정_소분류"),
    *("사람문장1", "시스템문장1", "사람문장2", "시스템문장2", "사람문장3", "시스템문장3"),
)
"""The current release's columns, after the running number under a blank header."""
SHEET = "Sheet1"
TRAINING_FILE, VALIDATION_FILE = "sample_Training.xlsx", "sample_Validation.xlsx"
"""Names of the workbooks."""
MAJOR_SHARES = {"기쁨": 0.12, "분노": 0.175, "슬픔": 0.175, "불안": 0.18, "당황": 0.17, "상처": 0.18}
"""About the balance of AI Hub's training workbook."""
UNKNOWN_LABEL = "황당"
LABELS_WITH_TRAILING_SPACE = ("기쁨", "분노", "불안")
NBSP = "\u00a0"


@dataclass(frozen=True)
class Planted:
    """The number of rows with each defect in a workbook. No row has two defects."""

    label_trailing_space: int
    nbsp_text: int
    no_text: int
    no_label: int
    unknown_label: int
    duplicates: int = 0
    """Copies of a sound row of the same workbook."""
    conflicting_labels: int = 0
    """Copies of a sound row of the same workbook, under another emotion."""
    copied_from_training: int = 0
    """Copies of a sound row of the training workbook."""

    @property
    def copies(self) -> int:
        """Rows whose text stands elsewhere too."""
        return self.duplicates + self.conflicting_labels + self.copied_from_training


PLANTED: dict[Part, Planted] = {
    "training": Planted(
        label_trailing_space=24,
        nbsp_text=8,
        no_text=4,
        no_label=3,
        unknown_label=2,
        duplicates=15,
        conflicting_labels=6,
    ),
    "validation": Planted(
        label_trailing_space=6, nbsp_text=3, no_text=1, no_label=1, unknown_label=1, copied_from_training=10
    ),
}
MIN_ROWS: dict[Part, int] = {"training": 200, "validation": 60}
"""With fewer rows the defects would outweigh the rest."""

Row = dict[str, str | None]
"""Cells by column."""


def write_sample_workbooks(
    folder: Path, *, seed: int = 2026, training_rows: int = 6000, validation_rows: int = 600
) -> tuple[Path, Path]:
    """Write `sample_Training.xlsx` and `sample_Validation.xlsx` into `folder`, which is made where it is missing.

    The same arguments give the same bytes. No text occurs twice but for the planted copies, and a tenth of the
    phrases of either workbook is never used in the other.

    Returns:
        The training and the validation workbook.
    """
    rows: dict[Part, int] = {"training": training_rows, "validation": validation_rows}
    for part, least in MIN_ROWS.items():
        if rows[part] < least:
            raise ValueError(f"the sample needs at least {least} {part} rows, not {rows[part]}")
    rng = Random(seed)  # noqa: S311 - meant to be reproducible
    seen: set[tuple[str, ...]] = set()
    training, validation = (_sound_rows(part, count, rng, seen) for part, count in rows.items())

    leaked, rest = _split_off(training, PLANTED["validation"].copied_from_training)
    training = [*leaked, *_with_defects(rest, PLANTED["training"], rng)]
    validation = [*(dict(row) for row in leaked), *_with_defects(validation, PLANTED["validation"], rng)]
    rng.shuffle(training)
    rng.shuffle(validation)
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder / TRAINING_FILE, training), _write(folder / VALIDATION_FILE, validation)


def _sound_rows(part: Part, rows: int, rng: Random, seen: set[tuple[str, ...]]) -> list[Row]:
    """Rows without a defect and with texts not `seen` before, in random order; as many as leave room for the copies."""
    writer = DialogueWriter(part, rng)
    sound = rows - PLANTED[part].copies
    majors = [major for major, share in MAJOR_SHARES.items() for _ in range(int(share * sound))]
    majors += [list(MAJOR_SHARES)[-1]] * (sound - len(majors))  # the last emotion fills up
    rng.shuffle(majors)
    return [_row(_unseen(writer, major, seen), rng) for major in majors]


def _unseen(writer: DialogueWriter, major: str, seen: set[tuple[str, ...]]) -> Dialogue:
    while (dialogue := writer.write(major)).person[:2] in seen:
        pass
    seen.add(dialogue.person[:2])
    return dialogue


def _row(dialogue: Dialogue, rng: Random) -> Row:
    illness = rng.choice(("만성질환 유", "만성질환 무")) if dialogue.age == "노년" else "해당없음"
    about = (dialogue.age, dialogue.gender, dialogue.keyword, illness, dialogue.major, dialogue.minor)
    turns = [cell for turn in zip(dialogue.person, dialogue.system, strict=True) for cell in turn]
    blanks = [None] * (len(COLUMNS) - len(about) - len(turns))
    return dict(zip(COLUMNS, (*about, *turns, *blanks), strict=True))


def _with_defects(rows: list[Row], planted: Planted, rng: Random) -> list[Row]:
    """The rows, some of them damaged, and the copies of some of them."""
    spaced = [row for row in rows if row["감정_대분류"] in LABELS_WITH_TRAILING_SPACE][: planted.label_trailing_space]
    for row in spaced:
        row["감정_대분류"] = f"{row['감정_대분류']} "
    sound = [row for row in rows if row not in spaced]

    hit, sound = _split_off(sound, planted.nbsp_text)
    for row in hit:
        row["사람문장1"] = str(row["사람문장1"]).replace(" ", NBSP, 2)
    hit, sound = _split_off(sound, planted.no_text)
    for row in hit:
        row.update(사람문장1=None, 사람문장2=None, 사람문장3=None)
    hit, sound = _split_off(sound, planted.no_label)
    for row in hit:
        row["감정_대분류"] = None
    hit, sound = _split_off(sound, planted.unknown_label)
    for row in hit:
        row["감정_대분류"] = UNKNOWN_LABEL
    copied, sound = _split_off(sound, planted.duplicates)
    contradicted, sound = _split_off(sound, planted.conflicting_labels)
    return [*rows, *map(dict, copied), *(_under_another_emotion(row, rng) for row in contradicted)]


def _split_off(rows: list[Row], count: int) -> tuple[list[Row], list[Row]]:
    """The first `count` rows, and the rest."""
    return rows[:count], rows[count:]


def _under_another_emotion(row: Row, rng: Random) -> Row:
    major = rng.choice([major for major in MAJOR_SHARES if major != row["감정_대분류"]])
    return row | {"감정_대분류": major, "감정_소분류": rng.choice(list(phrases()["named"][major]))}


def _write(path: Path, rows: list[Row]) -> Path:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET)
    sheet.append([None, *COLUMNS])
    for number, row in enumerate(rows, start=1):
        sheet.append([number, *(row[column] for column in COLUMNS)])
    written = io.BytesIO()
    workbook.save(written)
    with write_atomically(path) as draft:
        draft.write_bytes(_without_clock(written))
    return path


def _without_clock(workbook: io.BytesIO) -> bytes:
    """The same workbook without the time of writing, so that unchanged content keeps its digest."""
    timeless = io.BytesIO()
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name)  # dated 1980, the format's first day
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return timeless.getvalue()
