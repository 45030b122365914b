import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.quality import EXAMPLES, MOST_FREQUENT, quality_report
from storyflower.data.quality_report import QUALITY_REPORT, QualityReport, SetAsideRow, TokenLengths
from storyflower.data.schema import CheckedWorkbook
from storyflower.recipe_data import CorpusRecipe

Check = Callable[..., CheckedWorkbook]
HEALTH = {"unk_share": 0.01}
ORDINALS = ("하나", "둘", "셋", "넷", "다섯")


@pytest.fixture
def corpus(check: Check) -> Corpus:
    """Five texts of each emotion; after them each defect once, the duplicate and the blank text five times."""
    dialogues = [[label, f"{label} 이야기 {ordinal}"] for label in MAJORS for ordinal in ORDINALS]
    defects = [
        *[["기쁨", "기쁨 이야기 하나"]] * 5,
        ["기쁨", "이랬다"],
        ["슬픔", "이랬다"],
        ["분노", "검증에도 있는 글"],
        ["황당", "모르는 감정"],
        [None, "감정이 없는 글"],
        *[["불안", None]] * 5,
        ["상처 ", "공백이 붙은 감정"],
    ]
    validation = [["분노", "검증에도 있는 글"], ["기쁨", "새 글"], ["기쁨", "새 글"]]
    return build_corpus(
        check([*dialogues, *defects], name="training.xlsx"),
        check(validation, name="validation.xlsx"),
        CorpusRecipe(),
        label_map("major"),
    )


def report_of(corpus: Corpus) -> QualityReport:
    lengths = np.arange(len(corpus.frame)) % 5 + 4
    return quality_report(corpus, lengths, lengths == 8, max_len=8, health=HEALTH)


def test_rows_are_accounted_for_by_reason(corpus: Corpus) -> None:
    training, validation = report_of(corpus).workbooks.values()
    assert training.set_aside == {
        **{
            "formula_failed": 0,
            "formula_without_value": 0,
            "no_text": 5,
            "no_label": 1,
            "unknown_label": 1,
            "labels_contradict": 0,
        },
        **{"in_validation": 1, "in_earlier_workbook": 0, "duplicate": 5, "conflicting_label": 2},
        "rare_label": 0,
    }
    assert training.rows == 46
    assert training.usable == 46 - 7
    assert training.repaired["label_whitespace"] == 1
    assert validation.set_aside["duplicate"] == 1
    for book in (training, validation):
        assert book.rows == book.kept + sum(book.set_aside.values())


def test_class_balance_by_split(corpus: Corpus) -> None:
    balance = report_of(corpus).balance
    assert list(balance) == ["train", "dev", "validation"]
    assert all(list(counts) == list(MAJORS) for counts in balance.values())
    assert balance["validation"] == dict.fromkeys(MAJORS, 0) | {"분노": 1, "기쁨": 1}
    assert balance["train"]["상처"] + balance["dev"]["상처"] == 6
    assert sum(sum(counts.values()) for counts in balance.values()) == len(corpus.frame)


def test_lengths_and_truncation(check: Check) -> None:
    dialogues = [[label, f"{label} {ordinal}"] for label in MAJORS for ordinal in ORDINALS[:3]]
    corpus = build_corpus(check(dialogues), check([["기쁨", "새 글"]]), CorpusRecipe(), label_map("major"))
    lengths = np.array([3] * 4 + [5] * 11 + [9] * 4)
    truncated = np.array([False] * 17 + [True] * 2)
    found = quality_report(corpus, lengths, truncated, max_len=9, health=HEALTH).lengths
    assert found == TokenLengths(3, 5.0, 9.0, 9.0, 9, 9, 2, 2 / 19, ((3, 4, 0), (5, 11, 0), (9, 4, 2)))


def test_examples_are_training_texts_and_stay_the_same(corpus: Corpus) -> None:
    examples = report_of(corpus).examples
    train = corpus.split("train")
    assert list(examples) == list(MAJORS)
    for number, texts in enumerate(examples.values()):
        assert len(set(texts)) == EXAMPLES
        assert set(texts) <= set(train.loc[train["label"] == number, "text"])
    assert report_of(corpus).examples == examples


def test_rows_set_aside_are_shown_as_they_stand(corpus: Corpus) -> None:
    shown = report_of(corpus).set_aside_examples
    reasons = ["no_text", "no_label", "unknown_label", "in_validation", "duplicate", "conflicting_label"]
    assert list(shown) == reasons
    assert [len(shown[reason]) for reason in reasons] == [3, 1, 1, 1, 3, 2]
    [unknown] = shown["unknown_label"]
    assert isinstance(unknown, SetAsideRow)
    assert unknown.workbook.endswith("training.xlsx")
    assert (unknown.sheet, unknown.excel_row) == ("Sheet1", 40)
    assert unknown.cells == {"사람문장1": "모르는 감정", "감정_대분류": "황당", "연령": "청년"}
    assert unknown.same_text_at is None
    assert [str(row.same_text_at).rpartition("/")[2] for row in shown["duplicate"]] == ["training.xlsx [Sheet1] 2"] * 3
    assert str(shown["in_validation"][0].same_text_at).endswith("validation.xlsx [Sheet1] 2")


def test_examples_are_counted_by_speaker_and_situation(corpus: Corpus) -> None:
    assert list(report_of(corpus).slices) == ["age"]
    situations = pd.Series(
        [f"{'일' * (n % 12 + 1)}" for n in range(len(corpus.frame))], corpus.frame.index, dtype="str"
    )
    situations[corpus.frame["split"] == "dev"] = None
    situations[situations == "일일일"] = "일"
    counted = report_of(replace(corpus, frame=corpus.frame.assign(situation=situations))).slices["situation"]
    assert len(counted.values) == MOST_FREQUENT
    assert next(iter(counted.values)) == "일"
    totals = [sum(counts.values()) for counts in counted.values.values()]
    assert totals == sorted(totals, reverse=True)
    assert counted.n_others == 1
    assert counted.unknown["dev"] == (corpus.frame["split"] == "dev").sum()
    assert sum(totals) + sum(counted.others.values()) + sum(counted.unknown.values()) == len(corpus.frame)


def test_it_is_plain_json(corpus: Corpus) -> None:
    report = report_of(corpus)
    written = json.dumps(asdict(report), ensure_ascii=False, allow_nan=False)
    assert QUALITY_REPORT.validate_json(written) == report
    values = json.loads(written)
    assert values["balance"] == report.balance
    assert values["lengths"]["truncated"] == report.lengths.truncated
    assert values["health"] == HEALTH


def test_tokens_of_another_corpus_are_refused(corpus: Corpus) -> None:
    lengths = np.full(3, 4)
    with pytest.raises(ValueError, match="do not fit"):
        quality_report(corpus, lengths, lengths > 5, max_len=8, health=HEALTH)
