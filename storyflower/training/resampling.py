"""BPE-dropout: the training texts are segmented into other subwords in every epoch."""

from dataclasses import dataclass
from pathlib import Path

from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.tokenizer import Sampling
from storyflower.text.tokens import TokenSequences


@dataclass(frozen=True)
class BpeDropout:
    """Samples subwords of the training texts (Provilkov et al. 2020, https://arxiv.org/abs/1910.13267); picklable.

    Raises:
        StoryFlowerError: the encoder's vocabulary does not support sampling.
    """

    texts: list[str]
    encoder: Path
    recipe: TextRecipe
    seed: int

    def __post_init__(self) -> None:
        load_sampling_tokenizer(self.encoder)  # fails before the first epoch, not in it

    def __call__(self, epoch: int) -> TokenSequences:
        """Sample the tokens of an epoch, counted from 1."""
        seed = (self.seed * 1_000 + epoch) % 2**32
        sampling = Sampling(alpha=self.recipe.bpe_dropout, nbest_size=self.recipe.nbest_size, seed=seed)
        return load_sampling_tokenizer(self.encoder).sample_batch(self.texts, self.recipe.max_len, sampling)
