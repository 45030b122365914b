"""Exported networks: their logits are those of PyTorch, in any batch, for every layout of encoders."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from storyflower.errors import EncoderError, StoryFlowerError
from storyflower.model.directory import ModelFormat, load_model
from storyflower.model.integrity import model_files_in, recorded_digests
from storyflower.model.onnx_export import write_onnx
from storyflower.model.onnx_facts import ONNX_FILE, OPSET
from storyflower.text.tokens import TokenSequences, joined
from tests.parity.test_inference_network import LABELS, directories, families, theirs, tokens_of
from tests.published import LAYOUTS, Layout

__all__ = ["directories"]

TOLERANCE = 2e-6
"""The largest difference of a logit from PyTorch's, and between batches; the logits reach from -2 to 2."""
MAX_LEN = 200


@pytest.fixture(scope="module")
def exports(directories: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The export of each classifier."""
    folder = tmp_path_factory.mktemp("exports")
    for name, directory in directories.items():
        encoder = directory.with_name(f"{name}-encoder")
        for file in ("vocab.txt", "tokenizer_config.json"):
            shutil.copyfile(encoder / file, directory / file)
        (directory / "storyflower.json").write_text(ModelFormat(MAX_LEN, LABELS).to_json(), "utf-8")
        assert write_onnx(directory, folder / name) <= TOLERANCE
    return {name: folder / name for name in directories}


def with_longest(directory: Path) -> TokenSequences:
    """The texts, and one as long as the format allows."""
    tokens = tokens_of(directory)
    middle = np.random.default_rng(4).integers(5, 40, MAX_LEN - 2)
    ids = np.concatenate([tokens.ids[:1], middle, tokens.ids[-1:]]).astype(np.int32)
    return joined([tokens, TokenSequences(ids, np.array([0, MAX_LEN]), np.array([False]))])


@families
def test_logits_are_those_of_transformers_in_any_batch(directories, exports, layout: Layout) -> None:
    directory = directories[layout.name]
    tokens, session = with_longest(directory), load_model(exports[layout.name]).session
    together = session.logits(tokens)
    np.testing.assert_allclose(together, theirs(directory, tokens), rtol=0, atol=TOLERANCE)
    alone = np.concatenate([session.logits(tokens.take(np.array([i]))) for i in range(len(tokens))])
    np.testing.assert_allclose(together, alone, rtol=0, atol=TOLERANCE)
    order = np.random.default_rng(1).permutation(len(tokens))
    np.testing.assert_allclose(session.logits(tokens.take(order)), together[order], rtol=0, atol=TOLERANCE)
    assert session.logits(tokens.take(np.array([], int))).shape == (0, len(LABELS))


def test_the_file_states_its_operators_and_has_no_dropout(exports) -> None:
    model = onnx.load(exports[LAYOUTS[0].name] / ONNX_FILE)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]
    assert [put.name for put in model.graph.input] == ["input_ids", "attention_mask"]
    dims = [[dim.dim_param for dim in put.type.tensor_type.shape.dim] for put in model.graph.input]
    assert dims == [["texts", "tokens"]] * 2
    assert "Dropout" not in {node.op_type for node in model.graph.node}


def test_what_the_network_cannot_compute_is_refused(exports) -> None:
    session = load_model(exports[LAYOUTS[0].name]).session
    for ids in (np.full(513, 7, np.int32), np.array([2, 100_000, 3], np.int32)):
        with pytest.raises(EncoderError):
            session.logits(TokenSequences(ids, np.array([0, len(ids)]), np.array([False])))


def test_damaged_exports_and_gpus_are_refused(directories, exports, tmp_path: Path, in_english) -> None:
    with pytest.raises(StoryFlowerError, match="on the CPU only"):
        load_model(exports[LAYOUTS[0].name], "cuda")
    copy = Path(shutil.copytree(exports[LAYOUTS[0].name], tmp_path / "copy"))
    write_onnx(directories[LAYOUTS[0].name], copy)
    assert recorded_digests(copy) == model_files_in(copy)  # written over another export
    with (copy / ONNX_FILE).open("r+b") as file:
        file.seek(1000)
        file.write(b"damaged")
    with pytest.raises(EncoderError, match=f"not as they were exported: altered: {ONNX_FILE}"):
        load_model(copy)
    (copy / "digests.json").write_text("{}")
    (copy / ONNX_FILE).write_bytes(b"no protocol buffer")
    with pytest.raises(EncoderError, match="cannot be read"):
        load_model(copy)
