"""The table of the workbooks' rows is the same on the page, in the terminal and on Prefect's page."""

import pytest

from storyflower.cli.summary import _show_rows
from storyflower.data.row_account import RowAccount
from storyflower.pipeline.facts import QualityFacts
from storyflower.pipeline.quality_table import quality_markdown
from storyflower.pipeline.source import Role
from storyflower.reports.row_table import RowLine, label_table, row_table

pytestmark = pytest.mark.usefixtures("in_english")

TRAINING = RowAccount(1200, 1195, {"no_text": 5, "no_label": 0, "unknown_label": 3}, 1192, {"label_whitespace": 2})
VALIDATION = RowAccount(300, 300, {"no_text": 0, "no_label": 0, "unknown_label": 0}, 300, {"label_whitespace": 1})
ACCOUNTS: dict[Role, RowAccount] = {"training": TRAINING, "validation": VALIDATION}


def test_lines_without_rows_are_left_out_and_the_sum_follows_what_was_set_aside() -> None:
    lines = row_table(ACCOUNTS.values())
    assert [line.counts for line in lines] == [(1200, 300), (5, 0), (3, 0), (1192, 300), (2, 1)]
    assert [line.is_sum for line in lines] == [False, False, False, True, False]
    assert lines[0].name == "read"
    assert lines[3] == RowLine("usable", (1192, 300), is_sum=True)


def test_terminal_and_prefect_draw_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    markdown = quality_markdown(QualityFacts(workbooks=ACCOUNTS, balance={"train": {"기쁨": 3}}))
    _show_rows(ACCOUNTS)
    printed = capsys.readouterr().out
    for line in row_table(ACCOUNTS.values()):
        cells = [line.name, *(f"{count:,}" for count in line.counts)]
        assert f"| {' | '.join(cells)} |" in markdown
        assert any([cell.strip() for cell in row.strip("│").split("│")] == cells for row in printed.splitlines())


def test_every_label_has_a_line_and_all_examples_have_the_last_one() -> None:
    lines = label_table({"train": {"기쁨": 3, "분노": 1}, "dev": {"기쁨": 1, "분노": 0}})
    assert lines == (RowLine("기쁨", (3, 1)), RowLine("분노", (1, 0)), RowLine("all", (4, 1), is_sum=True))
