"""The classifier: Transformers' own encoder with its own head for labels, and its standard directory."""

import logging
import re
from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.errors import EncoderError
from storyflower.messages import problem, say
from storyflower.model.config import read_config
from storyflower.model.families import CONSTANTS, Classifier, Config, Family, encoder_of, family_of
from storyflower.model.integrity import WEIGHTS_FILE
from storyflower.model.weights import read_weights, require_expected, require_fitting_sizes, write_weights
from storyflower.text.loading import load_tokenizer

log = logging.getLogger(__name__)

_POOLER = {"pooler.dense.weight", "pooler.dense.bias"}


def new_classifier(encoder: Path, labels: tuple[str, ...], *, dropout: float, seed: int) -> Classifier:
    """Return a pretrained encoder with a new head, fp32, in evaluation mode.

    The head's linear layers are initialised like the encoder's own (normal, `initializer_range`), from `seed` alone.

    Args:
        encoder: its directory with its vocabulary; weights of any floating-point type.
        labels: class names, in the order of their ids.
        dropout: share (0 to 1) dropped before each linear layer of the head.
        seed: of the head.

    Raises:
        EncoderError: the directory is not an encoder, or weights are missing, unexpected or of another shape.
    """
    config = read_config(
        encoder,
        classifier_dropout=dropout,
        dtype="float32",
        id2label=dict(enumerate(labels)),
        label2id={name: i for i, name in enumerate(labels)},
        num_labels=len(labels),
        pad_token_id=load_tokenizer(encoder).special.pad,
        problem_type="single_label_classification",
    )
    family = family_of(config)
    config.architectures = [family.architecture]
    model: Classifier = build_network(config, encoder, "AutoModelForSequenceClassification")
    body = encoder_of(model)
    weights = encoder_weights(read_weights(encoder), family)
    absent = set(body.state_dict()) - set(weights)
    if absent == _POOLER:
        log.warning(say("training.new_pooler", encoder=encoder))
    load_weights(body, weights, encoder, may_lack=_POOLER)

    draw = torch.Generator().manual_seed(seed)
    for layer in (*_linear_layers(model.classifier), *(_linear_layers(body.pooler) if absent else ())):
        torch.nn.init.normal_(layer.weight, std=config.initializer_range, generator=draw)
        torch.nn.init.zeros_(layer.bias)
    model.eval()  # type: ignore[no-untyped-call]
    return model


def remove_class_weights(model: Classifier, class_weights: NDArray[np.float32]) -> None:
    """Take out of the logits what class weights in the loss have put in: log(weight) is subtracted from the last bias.

    The weighted loss is least where softmax(logits) is proportional to weight · P(label | text), so that after it they
    are the probabilities of the labels as they occur (Saerens et al. 2002, https://doi.org/10.1162/089976602753284446).

    Args:
        model: trained with the weights; on any device.
        class_weights: (classes,); a label with 0, which no training text has, stays as it is.
    """
    logs = np.log(np.where(class_weights > 0, class_weights, 1.0))
    bias = _linear_layers(model.classifier)[-1].bias
    with torch.no_grad():
        bias.sub_(torch.from_numpy(logs).to(bias))


def save_classifier(model: Classifier, folder: Path) -> None:
    """Write configuration and weights, so that `AutoModelForSequenceClassification.from_pretrained` loads them.

    Args:
        model: on any device.
        folder: created if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_weights(weights, folder / WEIGHTS_FILE)


def build_network(config: Config, directory: Path, kind: str) -> Any:
    """Build the network of `config`, without its weights; the global random state does not change.

    Args:
        config: of the encoder.
        directory: that the configuration was read from.
        kind: the name of Transformers' Auto class for the head.

    Raises:
        EncoderError: the files do not have the size that the configuration describes, or it cannot be built.
    """
    import transformers

    require_fitting_sizes(config, directory)
    with torch.random.fork_rng(devices=[]):
        try:
            return getattr(transformers, kind).from_config(config)
        except (ValueError, TypeError, KeyError, RuntimeError) as error:
            raise problem(EncoderError, "unbuildable_config", str(directory), reason=error) from error


def _linear_layers(head: torch.nn.Module) -> list[torch.nn.Linear]:
    """The linear layers of a head, in the order in which they are defined."""
    return [layer for layer in head.modules() if isinstance(layer, torch.nn.Linear)]


def encoder_weights(weights: dict[str, Tensor], family: Family) -> dict[str, Tensor]:
    """The weights that a classifier's encoder takes, under the encoder's own names.

    They may come from a model of any kind that contains the encoder, whose heads are left out.
    """
    named = present_names(weights)
    named = {name.removeprefix(f"{family.name}."): tensor for name, tensor in named.items()}
    return {n: t for n, t in named.items() if n.startswith(family.weight_prefixes()) and n not in CONSTANTS}


def present_names(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights with LayerNorm's under the names that Transformers uses today, and not those of TensorFlow."""
    named = {re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", name): tensor for name, tensor in weights.items()}
    return {re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name): tensor for name, tensor in named.items()}


def load_weights(
    module: torch.nn.Module, weights: dict[str, Tensor], directory: Path, may_lack: Set[str] = frozenset()
) -> None:
    """Load all of `weights` into all of `module`.

    Raises:
        EncoderError: see `require_expected`.
    """
    shapes = {name: tensor.shape for name, tensor in module.state_dict().items()}
    require_expected(weights, shapes, directory, may_lack)
    module.load_state_dict(weights, strict=False)
