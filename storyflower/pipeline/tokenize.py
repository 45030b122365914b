"""Stage `tokenize`: encodes every text as token ids, and checks the tokenizer's health."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from storyflower.data.corpus_files import read_texts
from storyflower.messages import say
from storyflower.pipeline.facts import TokensFacts
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.health import measure_health, require_healthy
from storyflower.text.loading import load_tokenizer, vocabulary_digest
from storyflower.text.tokens import load_tokens, save_tokens

VERSION = 3  # raise when the same text would give other ids, or other facts


def tokenize_corpus(home: Home, corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> Outcome[TokensRef]:
    """Return the token ids of every example, from the store if their dependencies have not changed.

    Raises:
        TokenizerHealthError: the tokens carry too little of the text.
    """

    def build(folder: Path) -> TokensFacts:
        tokenizer, max_len = load_tokenizer(encoder.directory), recipe.text.max_len
        save_tokens(folder, (tokenizer.encode_batch(texts, max_len) for texts in read_texts(corpus.directory)))
        return TokensFacts(
            max_len=max_len,
            vocabulary=tokenizer.digest,
            special_ids=tokenizer.special,
            health=measure_health(tokenizer, load_tokens(folder)),
        )

    key = depends_on(corpus, encoder, recipe)
    outcome = StageStore(home).get_or_build(TokensRef, "tokenize", key, build)
    health = outcome.value.facts.health
    require_healthy(health, recipe.text)
    sizes = {"texts": health.n_texts, "length": health.mean_length, "max_len": recipe.text.max_len}
    shares = {"unknown": health.unk_share, "cut": health.truncated_share}
    return replace(outcome, summary=say("stage.tokenize", None, **sizes, **shares))


def depends_on(corpus: CorpusRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict[str, Any]:
    """The stage's key. The bounds of the tokenizer's health can fail a run, but do not change the stored tokens."""
    return {
        "version": VERSION,
        "corpus": corpus.digest,
        "vocabulary": vocabulary_digest(encoder.directory),
        "max_len": recipe.text.max_len,
    }
