"""Registered models."""

from tests.unit.fixtures.assessments import assessing
from tests.unit.fixtures.registered import candidate, comparing, run, validation, versions

__all__ = ["assessing", "candidate", "comparing", "run", "validation", "versions"]
