"""A digest of everything that the outcome of a training depends on, so that only its own checkpoints are resumed."""

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.digests import digest_of
from storyflower.model.families import Classifier, Network
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import LabelledTokens
from storyflower.training.masking import Masking


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
    return digest_of(
        {
            "recipe": recipe.deciding(),
            **_model_digests(model),
            "train": _split_digests(train),
            "dev": _split_digests(dev),
            "resampled": resampled,
        }
    )


def adaptation_fingerprint(recipe: FinetuneRecipe, model: Network, tokens: TokenSequences, masking: Masking) -> str:
    """Digest of the recipe's deciding fields, the model as it starts, the texts, and how tokens are hidden."""
    return digest_of(
        {
            "recipe": recipe.deciding(),
            **_model_digests(model),
            "texts": token_digests(tokens),
            "masking": asdict(masking),
        }
    )


def token_digests(tokens: TokenSequences) -> list[str]:
    """Digests of the ids, and of where texts begin."""
    return [_digest(tokens.ids), _digest(tokens.offsets)]


def _model_digests(model: Network) -> dict[str, dict[str, str]]:
    config = model.config.to_dict()
    config.pop("transformers_version", None)
    return {
        "config": {name: str(value) for name, value in config.items()},
        "weights": {name: _digest(tensor.detach().cpu().numpy()) for name, tensor in model.state_dict().items()},
    }


def _split_digests(split: LabelledTokens) -> list[str]:
    labels = [split.labels, *(() if split.targets is None else (split.targets,))]
    return [*token_digests(split.tokens), *map(_digest, labels)]


def _digest(array: NDArray[Any]) -> str:
    whole = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{whole.dtype}{whole.shape}".encode())
    digest.update(whole.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
