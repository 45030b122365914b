"""The encoders that the benchmarks make have all that a training needs."""

from pathlib import Path

from benchmarks.systems.corpus import DRAWN_LABELS, write_kobert_shape
from storyflower.model.classifier import new_classifier


def test_the_encoder_of_koberts_shape_becomes_a_classifier(tmp_path: Path) -> None:
    write_kobert_shape(tmp_path, seed=1)
    model = new_classifier(tmp_path, DRAWN_LABELS, dropout=0.1, seed=1)
    assert (model.config.vocab_size, model.config.hidden_size, model.config.pad_token_id) == (8002, 768, 1)
