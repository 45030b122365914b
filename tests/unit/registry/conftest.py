"""Registered models."""

from tests.unit.fixtures.registered import candidate, comparing, run, validation, versions

__all__ = ["candidate", "comparing", "run", "validation", "versions"]
