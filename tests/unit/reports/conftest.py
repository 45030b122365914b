"""Assessments of made-up predictions."""

from tests.unit.fixtures.assessments import assessing, examples, fine, majors, probabilities

__all__ = ["assessing", "examples", "fine", "majors", "probabilities"]
