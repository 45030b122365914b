"""Registered models."""

from tests.unit.fixtures.registered import run, versions

__all__ = ["run", "versions"]
