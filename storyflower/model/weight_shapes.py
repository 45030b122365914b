"""The names and shapes of a classifier's weights, from its architecture."""

import torch

from storyflower.model.architecture import Architecture
from storyflower.model.families import FAMILIES, Family


def head_layers(family: Family) -> tuple[str, str]:
    """The names of the two linear layers after the encoder: its pooler, or the head's first one, and the last one."""
    if family.has_pooler:
        return f"{family.name}.pooler.dense", "classifier"
    return "classifier.dense", "classifier.out_proj"


def weight_shapes(architecture: Architecture, classes: int) -> dict[str, torch.Size]:
    """The shapes of a classifier's weights, by their names."""
    hidden, inner, width = architecture.hidden_size, architecture.intermediate_size, architecture.embedding_size
    family = FAMILIES[architecture.model_type]
    name = family.name
    tables = {
        "word": architecture.vocab_size,
        "position": architecture.max_position_embeddings,
        "token_type": architecture.type_vocab_size,
    }
    shapes: dict[str, tuple[int, ...]] = {
        f"{name}.embeddings.{table}_embeddings.weight": (rows, width) for table, rows in tables.items()
    }
    affine: dict[str, tuple[int, ...]] = {f"{name}.embeddings.LayerNorm": (width,)}
    affine |= {
        f"{name}.encoder.layer.{i}.{part}": shape
        for i in range(architecture.num_hidden_layers)
        for part, shape in {
            **{f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")},
            "attention.output.dense": (hidden, hidden),
            "attention.output.LayerNorm": (hidden,),
            "intermediate.dense": (inner, hidden),
            "output.dense": (hidden, inner),
            "output.LayerNorm": (hidden,),
        }.items()
    }
    if width != hidden:
        affine[f"{name}.embeddings_project"] = (hidden, width)
    pooler, head = head_layers(family)
    affine |= {pooler: (hidden, hidden), head: (classes, hidden)}
    shapes |= {f"{part}.weight": shape for part, shape in affine.items()}
    shapes |= {f"{part}.bias": shape[:1] for part, shape in affine.items()}
    return {part: torch.Size(shape) for part, shape in shapes.items()}
