"""A digest of everything that the outcome of a training depends on, so that only its own checkpoints are resumed."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.digests import digest_of
from storyflower.model.families import Classifier
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.batches import LabelledTokens


def fingerprint(
    recipe: FinetuneRecipe,
    model: Classifier,
    train: LabelledTokens,
    dev: LabelledTokens,
    *,
    resampled: bool,
) -> str:
    """Digest of the recipe's deciding fields, the model as it starts, and both splits.

    `resampled`: whether the training tokens are sampled again in each epoch.
    """
    config = model.config.to_dict()
    config.pop("transformers_version", None)
    return digest_of(
        {
            "recipe": recipe.deciding(),
            "config": {name: str(value) for name, value in config.items()},
            "weights": {name: _digest(tensor.detach().cpu().numpy()) for name, tensor in model.state_dict().items()},
            "train": _split_digests(train),
            "dev": _split_digests(dev),
            "resampled": resampled,
        }
    )


def _split_digests(split: LabelledTokens) -> list[str]:
    parts: list[NDArray[Any]] = [split.tokens.ids, split.tokens.offsets, split.labels]
    if split.targets is not None:
        parts.append(split.targets)
    return [_digest(part) for part in parts]


def _digest(array: NDArray[Any]) -> str:
    whole = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{whole.dtype}{whole.shape}".encode())
    digest.update(whole.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
