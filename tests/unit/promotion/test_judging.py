import time
from pathlib import Path
from typing import Any

import pytest
import torch

from storyflower.promotion.judging import latency_ms
from storyflower.serving.predictor import Predictor
from tests.unit.conftest import make_model_directory


def test_time_in_which_the_machine_does_other_work_is_no_latency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, waited_ms = Predictor.predict, 500

    def answer_after_waiting(self: Predictor, *arguments: Any) -> Any:
        time.sleep(waited_ms / 1000)  # as a process does that another one keeps from the core
        return answer(self, *arguments)

    directory = make_model_directory(tmp_path, seed=1)
    monkeypatch.setattr(Predictor, "predict", answer_after_waiting)
    threads = torch.get_num_threads()
    assert 0 < latency_ms(directory) < waited_ms
    assert torch.get_num_threads() == threads
