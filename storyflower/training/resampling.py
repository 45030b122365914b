"""BPE-dropout: the training texts are segmented into other subwords in every epoch."""

from dataclasses import dataclass

from storyflower.recipe_parts import TextRecipe
from storyflower.text.tokenizer import Sampling, SamplingTokenizer
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import epoch_seed

VERSION = 2  # raise when the same text, recipe and epoch would give other subwords


@dataclass(frozen=True)
class BpeDropout:
    """Samples subwords of the training texts (Kudo 2018; Provilkov et al. 2020, see `Sampling`); picklable.

    Each text's subwords are a function of the text, the seed and the epoch alone: not of the other texts, nor of the
    process or the machine.
    """

    texts: list[str]
    tokenizer: SamplingTokenizer
    """As `load_sampling_tokenizer` returns it."""
    recipe: TextRecipe
    seed: int

    def __call__(self, epoch: int) -> TokenSequences:
        """Sample the tokens of an epoch, counted from 1."""
        seed = epoch_seed(self.seed, epoch)
        sampling = Sampling(alpha=self.recipe.bpe_dropout, nbest_size=self.recipe.nbest_size, seed=seed)
        return self.tokenizer.sample_batch(self.texts, self.recipe.max_len, sampling)
