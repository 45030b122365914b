"""One builder makes the rows of the results table, and page, Markdown, card and terminal show the same cells."""

from collections.abc import Callable
from html.parser import HTMLParser

import pandas as pd
import pytest
from rich.console import Console

from storyflower.cli import summary
from storyflower.data.corpus import Corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.evaluation.assessment import Assessment
from storyflower.recipe import TINY
from storyflower.reports.markdown import markdown_table, results_markdown
from storyflower.reports.model_card import model_card
from storyflower.reports.pages import AboutRun, results_body
from storyflower.reports.results_table import COLUMNS, headings, results_table

Assessing = Callable[..., Assessment]


class Rows(HTMLParser):
    """The rows of a page's tables, as tuples of cells; text in `small` is left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, ...]] = []
        self._cells: list[str] = []
        self._in_small = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._in_small = tag == "small"
        if tag == "tr":
            self._cells = []
        if tag in ("td", "th"):
            self._cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_small = False
        if tag == "tr":
            self.rows.append(tuple(self._cells))

    def handle_data(self, data: str) -> None:
        if self._cells and not self._in_small:
            self._cells[-1] = (self._cells[-1] + data).strip()


def markdown_rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines() if "|" in line]


def test_the_rows_hold_the_figures_of_model_and_baseline(assessing: Assessing) -> None:
    found = assessing(MAJORS)
    table = results_table(found)
    assert [row.label for row in table.rows] == list(MAJORS)
    score, reference, row = found.model.per_label[2], found.baseline.per_label[2], table.rows[2]
    assert row.cells == (
        score.label,
        f"{score.support:,}",
        f"{score.precision:.3f}",
        f"{score.recall:.3f}",
        f"{score.f1:.3f}",
        f"{reference.f1:.3f}",
    )
    assert float(row.recall_change) == pytest.approx(score.recall - reference.recall, abs=5e-4)
    assert (table.macro_f1.score, table.macro_f1.baseline) == (found.model.macro_f1, found.baseline.macro_f1)
    assert table.accuracy.interval == found.intervals.accuracy
    assert len(headings()) == len(COLUMNS) == len(row.cells)


def test_a_label_without_true_examples_has_no_change_of_recall(assessing: Assessing) -> None:
    rows = results_table(assessing(tuple(f"감정 {number}" for number in range(60)), n=20)).rows
    assert {row.recall_change == "" for row in rows if row.sentences == "0"} == {True}


def test_every_view_draws_the_same_cells(assessing: Assessing, monkeypatch: pytest.MonkeyPatch) -> None:
    found = assessing(MAJORS)
    rows = [row.cells for row in results_table(found).rows]
    page = Rows(results_body(found, [], {}, {}, AboutRun(1, 1, "ab" * 32))).rows
    frame = pd.DataFrame({"text": ["가"] * 6, "label": range(6), "split": ["train"] * 6})
    corpus = Corpus(frame, {"train": 6, "dev": 0, "validation": 0}, label_map("major"), pd.DataFrame(), ())
    card = markdown_rows(
        model_card(corpus, found, TINY, "ef" * 32, model_name="m", has_tokenizer=True, is_weighted=False)
    )
    terminal = Console(width=200, force_terminal=False)
    monkeypatch.setattr(summary, "out", terminal)
    with terminal.capture() as captured:
        summary.show_results(found)
    printed = [tuple(map(str.strip, line.strip("│").split("│"))) for line in captured.get().splitlines()]
    for cells in rows:
        for view in (page, markdown_rows(results_markdown(found)), card, printed):
            assert cells in view
    for view in (page, markdown_rows(results_markdown(found)), card):
        assert headings() in view


def test_cells_of_a_markdown_table_are_escaped() -> None:
    text = markdown_table(("레이블", "수"), [("a|b <i>\n", "1")])
    assert text == "| 레이블 | 수 |\n| --- | ---: |\n| a\\|b &lt;i> | 1 |"
