"""What the parity tests share."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small are no faster on two, and far slower where two test processes share the cores."""
    torch.set_num_threads(1)
