import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss
from torch.nn.functional import cross_entropy, kl_div

from storyflower.training.objective import divergences_of, inverse_frequencies, losses_of, score, softened


def test_losses_are_those_of_torch():
    logits, labels = torch.randn(10, 3, generator=torch.Generator().manual_seed(1)), torch.arange(10) % 3
    torch.testing.assert_close(losses_of(logits, labels, None).mean(), cross_entropy(logits, labels))
    torch.testing.assert_close(losses_of(logits, labels, torch.ones(3)).mean(), cross_entropy(logits, labels))


def test_an_examples_weighted_loss_does_not_depend_on_its_batch():
    logits, labels = torch.randn(8, 2, generator=torch.Generator().manual_seed(1)), torch.tensor([0] * 7 + [1])
    weights = torch.from_numpy(inverse_frequencies(labels.numpy(), 2))
    halves = [losses_of(logits[part], labels[part], weights) for part in (slice(0, 4), slice(4, 8))]
    torch.testing.assert_close(torch.cat(halves), losses_of(logits, labels, weights))


def test_two_passes_of_which_one_has_no_gradient_have_half_of_rdrops_gradient():
    """Of both orders of the passes together it is the gradient of the paper's loss, equation 4."""
    draw, weight = torch.Generator().manual_seed(1), 0.7
    labels, passes = torch.arange(10) % 3, [torch.randn(10, 3, generator=draw, requires_grad=True) for _ in range(2)]
    one, two = (logits.log_softmax(dim=1) for logits in passes)
    divergence = [kl_div(q, p, reduction="none", log_target=True).sum(dim=1) for p, q in ((one, two), (two, one))]
    losses = [cross_entropy(logits, labels, reduction="none") for logits in passes]
    expected = torch.autograd.grad((sum(losses) + weight / 2 * sum(divergence)).sum(), passes)

    for logits, other, gradient in zip(passes, reversed(passes), expected, strict=True):
        found = losses_of(logits, labels, None) + weight * divergences_of(logits, other.detach())
        torch.testing.assert_close(torch.autograd.grad(found.sum(), logits)[0], gradient)


def test_softened_targets_give_the_weighted_mean_of_both_losses():
    random = torch.Generator().manual_seed(1)
    logits, labels = torch.randn(10, 3, generator=random), torch.arange(10) % 3
    teacher = torch.rand(10, 3, generator=random).softmax(dim=1)
    targets = torch.from_numpy(softened(labels.numpy(), teacher.numpy(), 0.3))
    towards_teacher = -(teacher * logits.log_softmax(dim=1)).sum(dim=1)
    expected = 0.7 * losses_of(logits, labels, None) + 0.3 * towards_teacher
    torch.testing.assert_close(losses_of(logits, targets, None), expected)


def test_softened_targets_of_weight_zero_are_the_labels():
    logits, labels = torch.randn(10, 3, generator=torch.Generator().manual_seed(1)), torch.arange(10) % 3
    targets = torch.from_numpy(softened(labels.numpy(), np.full((10, 3), 1 / 3), 0.0))
    weights = torch.tensor([0.5, 1.0, 2.0])
    torch.testing.assert_close(losses_of(logits, targets, weights), losses_of(logits, labels, weights))


def test_weights_are_inverse_to_the_counts_and_one_on_average():
    labels = np.array([0] * 6 + [1] * 3 + [3])
    weights = inverse_frequencies(labels, 4)
    assert weights[0] * 6 == pytest.approx(weights[1] * 3) == pytest.approx(weights[3])
    assert weights[labels].mean() == pytest.approx(1)
    assert weights[2] == 0
    assert weights.dtype == np.float32


def test_weights_to_a_power_are_inverse_to_that_of_the_counts():
    labels = np.array([0] * 16 + [1] * 4 + [3])
    weights = inverse_frequencies(labels, 4, 0.5)
    assert weights[0] * 4 == pytest.approx(weights[1] * 2) == pytest.approx(weights[3])
    assert weights[labels].mean() == pytest.approx(1)
    assert weights[2] == 0


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed: int):
    draw = np.random.default_rng(seed)
    logits, labels = draw.normal(size=(50, 4)).astype(np.float32), draw.integers(0, 4, 50)
    found, predicted = score(logits, labels), logits.argmax(axis=1)
    probabilities = torch.from_numpy(logits).double().softmax(dim=1).numpy()
    assert found.accuracy == pytest.approx(accuracy_score(labels, predicted))
    assert found.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert found.loss == pytest.approx(log_loss(labels, probabilities, labels=range(4)))


def test_a_label_that_does_not_occur_does_not_count():
    logits = np.array([[3, 0, 0], [3, 0, 0], [0, 3, 0]], np.float32)
    assert score(logits, np.array([0, 0, 1])).macro_f1 == 1.0
    assert score(logits, np.array([0, 0, 0])).macro_f1 == pytest.approx(0.8)
