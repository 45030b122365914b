"""From workbooks to the token file of the benchmarks, through StoryFlower's own data room."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.systems.corpus import MAX_LEN, TokenCorpus
from storyflower.data.corpus import build_corpus
from storyflower.data.labels import label_map
from storyflower.data.schema import validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import CorpusRecipe, DataRecipe
from storyflower.text.sentencepiece import KoBertTokenizer
from storyflower.training.batches import LabelledTokens


def tokens_of_workbooks(training: str, validation: str, encoder: Path) -> TokenCorpus:
    """Train and dev split, cleaned and divided as the train flow does it.

    Raises:
        StoryFlowerError: a workbook cannot be read or used, or the encoder has no `spiece.model`.
    """
    recipe = DataRecipe()
    with TemporaryDirectory() as downloads:
        checked = [
            validate(read_workbook(location, recipe, Path(downloads)), recipe) for location in (training, validation)
        ]
    corpus = build_corpus(checked[0], checked[1], CorpusRecipe(), label_map(recipe.label_set))
    tokenizer = KoBertTokenizer(encoder / "spiece.model")
    splits = []
    for split in (corpus.split("train"), corpus.split("dev")):
        tokens = tokenizer.encode_batch(split["text"].tolist(), MAX_LEN)
        splits.append(LabelledTokens(tokens, split["label"].to_numpy(dtype=np.int64)))
    return TokenCorpus(splits[0], splits[1], corpus.label_map.names)
