"""The architectures that an encoder may have. Whatever differs between them stands in the table of this module.

All three are Transformers' own classes, built through its Auto classes: layers, attention and names of weights are the
same, embeddings and heads differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from storyflower.recipe_bounds import Within

if TYPE_CHECKING:  # prediction reads this table, and importing Transformers takes longer than a prediction
    from torch import Tensor
    from transformers import (
        BertForMaskedLM,
        BertForSequenceClassification,
        ElectraForMaskedLM,
        ElectraForSequenceClassification,
        PreTrainedConfig,
        RobertaForMaskedLM,
        RobertaForSequenceClassification,
    )

    from storyflower.model.architecture import Architecture

Config: TypeAlias = "PreTrainedConfig"
"""The configuration of an encoder or of a classifier, of one of the families."""
Classifier: TypeAlias = (
    "BertForSequenceClassification | RobertaForSequenceClassification | ElectraForSequenceClassification"
)
"""An encoder with a head for labels."""
MaskedModel: TypeAlias = "BertForMaskedLM | RobertaForMaskedLM | ElectraForMaskedLM"
"""An encoder with a head for the pieces of the vocabulary."""
Network: TypeAlias = "Classifier | MaskedModel"
"""An encoder with a head."""


@dataclass(frozen=True)
class Family:
    """One architecture."""

    name: str
    """`model_type` in `config.json`; the classifier's attribute with the encoder; the prefix of its weights."""
    architecture: str
    """Transformers' class of the classifier."""
    has_pooler: bool = False
    """Whether the head follows a pooler, which belongs to the encoder; else the head has a layer more."""
    starts_after_pad: bool = False
    """Whether the first token has the position after the id of `[PAD]`, instead of 0."""
    sizes: Mapping[str, Within] = field(default_factory=dict)
    """The fields of `config.json` that other architectures lack."""
    parts: tuple[str, ...] = ("embeddings.", "encoder.")
    """How the names of the encoder's weights begin, its pooler's aside."""
    masked_head: tuple[str, ...] = ()
    """The parts of the head of a masked language model, from the hidden states to the logits."""

    def first_position(self, config: "Config | Architecture") -> int:
        """The position of a text's first token."""
        return (config.pad_token_id or 0) + 1 if self.starts_after_pad else 0

    def positions(self, config: "Config | Architecture") -> int:
        """The number of tokens for which there are positions."""
        return int(config.max_position_embeddings) - self.first_position(config)

    def embedding_size(self, config: "Config | Architecture") -> int:
        """The width of the embeddings; where it differs from the layers', a projection lies between."""
        return int(getattr(config, "embedding_size", config.hidden_size))

    def weight_prefixes(self) -> tuple[str, ...]:
        """How the names of the weights begin that a classifier takes from an encoder."""
        return (*self.parts, "pooler.") if self.has_pooler else self.parts


CONSTANTS = {"embeddings.position_ids", "embeddings.token_type_ids"}
"""Tensors that older versions of Transformers stored with the weights of an encoder."""

FAMILIES = {
    family.name: family
    for family in (
        Family("bert", "BertForSequenceClassification", has_pooler=True, masked_head=("cls",)),
        Family("roberta", "RobertaForSequenceClassification", starts_after_pad=True, masked_head=("lm_head",)),
        Family(
            "electra",
            "ElectraForSequenceClassification",
            sizes={"embedding_size": Within(1, 16_384)},
            parts=("embeddings.", "embeddings_project.", "encoder."),
            masked_head=("generator_predictions", "generator_lm_head"),
        ),
    )
}
"""By `model_type`."""


def family_of(config: "Config | Architecture") -> Family:
    """The architecture of a configuration."""
    return FAMILIES[config.model_type]


def without_constants(weights: "Mapping[str, Tensor]", prefix: str) -> "dict[str, Tensor]":
    """The weights of a classifier without `CONSTANTS`, whose names begin with `prefix` there."""
    return {name: tensor for name, tensor in weights.items() if name.removeprefix(prefix) not in CONSTANTS}


def encoder_of(model: Network) -> Any:
    """The encoder in a network: `embeddings`, `encoder.layer` and perhaps `pooler`."""
    return getattr(model, family_of(model.config).name)


def head_logits(model: Classifier, first_tokens: "Tensor") -> "Tensor":
    """Logits (n, classes) of the hidden states (n, 1, width) of the first tokens of n texts."""
    parts: Any = model
    if family_of(model.config).has_pooler:
        first_tokens = parts.dropout(encoder_of(model).pooler(first_tokens))
    logits: Tensor = parts.classifier(first_tokens)
    return logits
