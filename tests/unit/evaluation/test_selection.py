"""How optimistic the best of several recipes is, against cases whose optimism is known."""

import numpy as np
import pytest

from storyflower.evaluation.selection import selection_optimism


def test_a_recipe_that_is_best_on_every_fold_is_chosen_without_optimism() -> None:
    of_folds = np.array([0.4, 0.5, 0.6])  # which differ in how hard they are
    recipes = np.array([[0.0], [0.01], [0.1]])
    assert selection_optimism(recipes + of_folds) == pytest.approx(0.0)


def test_the_best_of_equal_recipes_is_too_good_by_about_what_chance_adds() -> None:
    """Fifty recipes without any difference: their best mean lies 2.25 standard errors above the truth."""
    generator = np.random.default_rng(1)
    estimates = [selection_optimism(0.5 + 0.02 * generator.standard_normal((50, 5))) for _ in range(200)]
    truth = 2.25 * 0.02 / np.sqrt(5)
    assert truth < np.mean([estimate for estimate in estimates if estimate is not None]) < 1.3 * truth


@pytest.mark.parametrize("shape", [(0, 0), (1, 3), (5, 1)])
def test_without_a_choice_or_folds_there_is_no_estimate(shape: tuple[int, int]) -> None:
    assert selection_optimism(np.full(shape, 0.5)) is None
