"""Warnings are errors: a glyph that a font lacks, or a layout that does not fit, fails these tests."""

import struct
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from storyflower.data.quality_report import TokenLengths
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions
from storyflower.reports.plots import (
    class_balance_plot,
    confusion_plot,
    label_scores_plot,
    token_length_plot,
    training_curves_plot,
)

LENGTHS = TokenLengths(3, 4.0, 7.0, 8.0, 8, 8, 2, 0.25, ((3, 2, 0), (4, 3, 0), (8, 3, 2)))


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def balance(names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    return {split: dict.fromkeys(names, count) for split, count in (("train", 90), ("dev", 10), ("validation", 0))}


def test_more_labels_make_larger_pictures(majors: Evaluation, fine: Evaluation) -> None:
    def heights(evaluation: Evaluation) -> list[int]:
        pictures = [
            confusion_plot(evaluation),
            label_scores_plot(evaluation, evaluation),
            class_balance_plot(balance(evaluation.names)),
        ]
        return [size(picture)[1] for picture in pictures]

    six, sixty = heights(majors), heights(fine)
    assert all(500 < height < 1500 for height in six)
    assert all(more > 2 * few for few, more in zip(six, sixty, strict=True))


def test_a_thousand_labels_make_no_larger_pictures_than_a_hundred() -> None:
    """Pixels are memory: the picture of 300 labels took 6 GB when it grew with them."""
    names = tuple(f"레이블 {number}" for number in range(1000))
    labels = np.arange(1000)
    many = evaluate_predictions(labels, np.full((1000, 1000), 0.001), names)
    for picture in (confusion_plot(many), label_scores_plot(many, many), class_balance_plot(balance(names))):
        width, height = size(picture)
        assert width * height < 40e6


def test_labels_of_any_kind_are_drawn_as_they_are() -> None:
    odd = ("$x^2$ {값}", "\U0001f979 <b>", "아주 긴 이름 " * 9, "−5\n둘째 줄", "%s")
    labels = np.array([0, 1, 2, 3])  # the last never occurs
    odd_evaluation = evaluate_predictions(labels, np.full((4, 5), 0.2), odd)
    for picture in (confusion_plot(odd_evaluation), label_scores_plot(odd_evaluation, odd_evaluation)):
        width, height = size(picture)
        assert max(width, height) < 2000
    assert size(class_balance_plot(balance(odd)))


@pytest.mark.parametrize("epochs", [1, 3, 40])
def test_curves_of_any_length(epochs: int) -> None:
    falling = [1 / (epoch + 1) for epoch in range(epochs)]
    assert size(training_curves_plot(falling, falling, falling, best_epoch=epochs))


def test_lengths_with_and_without_truncation() -> None:
    whole = replace(LENGTHS, truncated=0, truncated_share=0.0, histogram=((3, 2, 0), (4, 1, 0)))
    assert token_length_plot(LENGTHS) != token_length_plot(whole)


@pytest.mark.parametrize("draw", [confusion_plot, lambda e: label_scores_plot(e, e)])
def test_the_same_figures_give_the_same_bytes(majors: Evaluation, draw: Callable[[Evaluation], bytes]) -> None:
    assert draw(majors) == draw(majors)


def test_pyplot_and_its_global_state_stay_out(majors: Evaluation) -> None:
    confusion_plot(majors)
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
