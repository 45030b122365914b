"""The architecture in a `config.json`: the known fields, each within bounds, and nothing else.

A configuration may come from an untrusted source, and Transformers acts on more of it than the shape of the network: it
downloads attention kernels, quantises, and changes the type of the weights. So only the fields below are read.
"""

from dataclasses import dataclass, fields
from typing import Any

from storyflower.model.activations import is_known
from storyflower.model.families import FAMILIES, Config, Family, family_of
from storyflower.recipe_bounds import Within

MOST_PARAMETERS = 1_000_000_000
"""Three times BERT-large; 4 GB in fp32."""
MOST_LABELS = 10_000
_FEWEST_POSITIONS = 3
"""One piece between `[CLS]` and `[SEP]`."""

_SIZES = {
    "vocab_size": Within(1, 2_000_000),
    "hidden_size": Within(1, 16_384),
    "num_hidden_layers": Within(1, 256),
    "num_attention_heads": Within(1, 1_024),
    "intermediate_size": Within(1, 65_536),
    "max_position_embeddings": Within(1, 65_536),
    "type_vocab_size": Within(1, 64),
}
_REALS = {
    "hidden_dropout_prob": Within(0, 1, below_high=True),
    "attention_probs_dropout_prob": Within(0, 1, below_high=True),
    "classifier_dropout": Within(0, 1, below_high=True),
    "initializer_range": Within(0, 10, above_low=True),
    "layer_norm_eps": Within(0, 1, above_low=True),
}


@dataclass(frozen=True)
class Architecture:
    """The shape of a network, as far as its logits depend on it; the names are those of `config.json`."""

    model_type: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    embedding_size: int
    pad_token_id: int
    hidden_act: str
    layer_norm_eps: float


def architecture_of(values: Any) -> Architecture:
    """The architecture in a parsed `config.json`; Transformers is imported only for the defaults of missing fields.

    Raises:
        ValueError: as `config_of`.
    """
    family = _require_family(values)
    known: Any = {"model_type": family.name} | _known_fields(values, family)
    if "hidden_size" in known and "embedding_size" not in family.sizes:
        known["embedding_size"] = known["hidden_size"]
    needed = {field.name for field in fields(Architecture)}
    if not needed <= known.keys():
        config = config_of(values)
        known = {name: getattr(config, name) for name in needed - {"embedding_size"}}
        known["embedding_size"] = family.embedding_size(config)
    architecture = Architecture(**{name: known[name] for name in needed})
    _require_buildable(architecture)
    return architecture


def config_of(values: Any, **changes: Any) -> Config:
    """The configuration in a parsed `config.json`, of its known fields alone, with some values changed.

    Raises:
        ValueError: it does not describe an encoder of a known family, a field is of another type or outside its
            bounds, or no network can be built of them.
    """
    from transformers import AutoConfig

    family = _require_family(values)
    config: Config = AutoConfig.for_model(family.name, **_known_fields(values, family) | changes)
    _require_buildable(config)
    return config


def _known_fields(values: dict[str, Any], family: Family) -> dict[str, Any]:
    known: dict[str, Any] = {}
    sizes = _SIZES | dict(family.sizes)
    for name, bound in (sizes | _REALS).items():
        if values.get(name) is not None:
            known[name] = _number(name, values[name], whole=name in sizes)
            bound.check(name, known[name])
    if (activation := values.get("hidden_act")) is not None:
        if not isinstance(activation, str) or not is_known(activation):
            raise ValueError(f"its hidden_act is {str(activation)[:40]!r}")
        known["hidden_act"] = activation
    if (pad := values.get("pad_token_id")) is not None:
        known["pad_token_id"] = _number("pad_token_id", pad, whole=True)
    if (labels := values.get("id2label")) is not None:
        known |= _labels(labels)
    return known


def _require_buildable(config: "Config | Architecture") -> None:
    """Raise ValueError if the sizes are inconsistent, or describe a network larger than `MOST_PARAMETERS`."""
    if config.hidden_size % config.num_attention_heads:
        raise ValueError(f"{config.num_attention_heads} heads do not divide a hidden_size of {config.hidden_size}")
    if config.pad_token_id is not None and not 0 <= config.pad_token_id < config.vocab_size:
        raise ValueError(f"its pad_token_id {config.pad_token_id} lies outside the vocabulary")
    if family_of(config).positions(config) < _FEWEST_POSITIONS:
        raise ValueError(f"{config.max_position_embeddings} positions leave no room for a text")
    if (count := parameters(config)) > MOST_PARAMETERS:
        raise ValueError(f"it describes {count:,} parameters, more than {MOST_PARAMETERS:,}")


def parameters(config: "Config | Architecture") -> int:
    """Number of weights of the encoder, its pooler included if it has one."""
    family, hidden, inner = family_of(config), config.hidden_size, config.intermediate_size
    width = family.embedding_size(config)
    embeddings = (config.vocab_size + config.max_position_embeddings + config.type_vocab_size) * width + 2 * width
    projection = (width * hidden + hidden) if width != hidden else 0
    pooler = (hidden * hidden + hidden) if family.has_pooler else 0
    attention = 4 * (hidden * hidden + hidden) + 2 * hidden
    feed_forward = 2 * hidden * inner + inner + hidden + 2 * hidden
    return int(embeddings + projection + config.num_hidden_layers * (attention + feed_forward) + pooler)


def _require_family(values: Any) -> Family:
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    kind = values.get("model_type")
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise ValueError(f"its model_type is {repr(kind)[:40]}, not one of {', '.join(FAMILIES)}")
    if values.get("is_decoder"):
        raise ValueError("it is a decoder")
    if (position := values.get("position_embedding_type", "absolute")) != "absolute":
        raise ValueError(f"its position embeddings are {str(position)[:40]!r}, which Transformers no longer computes")
    return FAMILIES[kind]


def _number(name: str, value: Any, *, whole: bool) -> Any:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ValueError(f"its {name} is {str(value)[:40]!r}, no {'whole ' if whole else ''}number")
    return value


def _labels(given: Any) -> dict[str, Any]:
    """`id2label` and `label2id` of a classifier's configuration; in JSON the ids are strings."""
    if not isinstance(given, dict) or not 1 <= len(given) <= MOST_LABELS:
        raise ValueError("its id2label is no table of labels")
    if not all(key.isdecimal() and len(key) < 9 and isinstance(name, str) for key, name in given.items()):
        raise ValueError("its id2label is no table of labels")
    names = {int(key): name for key, name in given.items()}
    if sorted(names) != list(range(len(given))):
        raise ValueError("the ids of its id2label do not count from 0")
    return {"id2label": names, "label2id": {name: number for number, name in names.items()}, "num_labels": len(names)}
