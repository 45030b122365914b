"""Workbooks made for a test."""

from tests.unit.fixtures.workbooks import check, write_dialogues, write_sheet

__all__ = ["check", "write_dialogues", "write_sheet"]
