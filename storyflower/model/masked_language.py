"""The masked language model: Transformers' own encoder with the head that predicts hidden tokens.

As in BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): the last layer's output passes a dense layer, the
activation and a layer normalisation, and is multiplied by the embeddings of all pieces.
"""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from storyflower.messages import say
from storyflower.model.classifier import build_network, encoder_weights, load_weights, present_names
from storyflower.model.config import read_config
from storyflower.model.families import MaskedModel, encoder_of, family_of
from storyflower.model.integrity import WEIGHTS_FILE
from storyflower.model.packing import PackedBatch, packed_hidden
from storyflower.model.weights import read_weights, require_expected, write_weights
from storyflower.text.loading import load_tokenizer, require_vocabulary

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class MaskedBatch(PackedBatch):
    """A packed batch in which some tokens are hidden."""

    hidden: Tensor
    """(m,) int64 places of the hidden tokens among the t of the batch; 0 in spare places."""


def new_masked_model(encoder: Path, *, seed: int) -> MaskedModel:
    """Return a pretrained encoder with its head for hidden tokens, fp32, in evaluation mode.

    Where the directory has no such head, a new one is initialised like the encoder's own layers (normal,
    `initializer_range`), from `seed` alone. Its last layer is the table of the word embeddings in either case.

    Args:
        encoder: its directory with its vocabulary; weights of any floating-point type.
        seed: of a new head.

    Raises:
        EncoderError: the directory is not an encoder, or weights are missing, unexpected or of another shape.
    """
    config = read_config(encoder, dtype="float32", pad_token_id=load_tokenizer(encoder).special.pad)
    family = family_of(config)
    model: MaskedModel = build_network(config, encoder, "AutoModelForMaskedLM")
    weights = read_weights(encoder)
    body = encoder_weights(weights, family)
    load_weights(encoder_of(model), {n: t for n, t in body.items() if not n.startswith("pooler.")}, encoder)

    heads = tuple(f"{part}." for part in family.masked_head)
    head = {name: weight for name, weight in model.named_parameters() if name.startswith(heads)}  # tied ones left out
    stored = {name: tensor for name, tensor in present_names(weights).items() if name in head}
    if set(stored) == set(head):
        require_expected(stored, {name: weight.shape for name, weight in head.items()}, encoder)
        model.load_state_dict(stored, strict=False)
    else:
        log.warning(say("training.new_masked_head", encoder=encoder))
        _initialise(head, config.initializer_range, seed)
    model.eval()  # type: ignore[no-untyped-call]
    return model


def masked_logits(model: MaskedModel, batch: MaskedBatch) -> Tensor:
    """Logits of the pieces of the vocabulary at every hidden token of the batch, shape (m, pieces), fp32."""
    values = packed_hidden(model, batch).index_select(0, batch.hidden)
    for part in family_of(model.config).masked_head:
        values = getattr(model, part)(values)
    return values.float()


def save_encoder(model: MaskedModel, encoder: Path, folder: Path) -> None:
    """Write the model's encoder as a directory of its own, with the vocabulary, and the pooler, of another one.

    Args:
        model: on any device, as `new_masked_model` made it of `encoder`.
        encoder: the directory whose vocabulary is copied, and whose pooler, if it has one.
        folder: created if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    body, family = encoder_of(model), family_of(model.config)
    config = read_config(encoder, dtype="float32", pad_token_id=model.config.pad_token_id)
    config.architectures = [type(body).__name__]
    config.save_pretrained(folder)
    weights = encoder_weights(read_weights(encoder), family) | body.state_dict()
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    write_weights(kept, folder / WEIGHTS_FILE)
    for file in require_vocabulary(encoder):
        shutil.copyfile(file, folder / file.name)


def _initialise(head: dict[str, torch.nn.Parameter], deviation: float, seed: int) -> None:
    """Initialise matrices from `seed` with a standard deviation, vectors as those that change nothing."""
    draw = torch.Generator().manual_seed(seed)
    for name, weight in head.items():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=deviation, generator=draw)
        else:
            torch.nn.init.constant_(weight, 1.0 if name.endswith(".weight") else 0.0)
