import json
import os
import subprocess
import sys

import pytest

from storyflower.cli.console import print_json

SHOW = """
import sys
import storyflower.cli.app
from storyflower.cli.console import errors_as_messages
assert not {"torch", "pandas", "numpy"} & sys.modules.keys()  # help and completion need none of them
with errors_as_messages(False):
    import torch
"""


@pytest.mark.parametrize(
    ("given", "in_force"),
    [
        ({}, {"GOMP_SPINCOUNT = '1000'", "OMP_WAIT_POLICY = 'ACTIVE'"}),
        ({"GOMP_SPINCOUNT": "77"}, {"GOMP_SPINCOUNT = '77'", "OMP_WAIT_POLICY = 'PASSIVE'"}),
        ({"OMP_WAIT_POLICY": "passive"}, {"GOMP_SPINCOUNT = '0'", "OMP_WAIT_POLICY = 'PASSIVE'"}),
    ],
)
def test_a_thread_that_waits_sleeps_after_a_bounded_spin(given: dict[str, str], in_force: set[str]) -> None:
    """Read from OpenMP's own account of its settings, since it reads the environment only once, when it is loaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    env = kept | {"OMP_DISPLAY_ENV": "verbose"} | given
    done = subprocess.run([sys.executable, "-c", SHOW], env=env, capture_output=True, text=True, check=True)
    if "GOMP_SPINCOUNT" not in done.stderr:
        pytest.skip("this PyTorch is built with another OpenMP than libgomp")
    assert {setting for setting in in_force if setting not in done.stderr} == set()


def test_numbers_that_json_does_not_know_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(constant: str) -> float:
        raise ValueError(constant)

    print_json({"기쁨": float("nan"), "표": [(1.5, float("inf")), {"n": -float("inf")}], "수": 2})
    shown = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert shown == {"기쁨": None, "표": [[1.5, None], {"n": None}], "수": 2}
