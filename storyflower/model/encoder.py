"""Encoders: from a local directory, from the Hugging Face hub, or small ones with random weights."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from storyflower.digests import digest_of, unchanged_file_sha256
from storyflower.errors import EncoderError, RecipeError
from storyflower.messages import problem, say
from storyflower.model.architecture import Architecture, config_of
from storyflower.model.config import CONFIG_FILE, read_architecture
from storyflower.model.families import family_of
from storyflower.model.hub import cached_snapshot, commit_on_the_hub, fetch_snapshot
from storyflower.model.integrity import WEIGHTS_FILE
from storyflower.model.weights import require_fitting_sizes, require_weight_files, write_weights
from storyflower.recipe_parts import SCRATCH, EncoderRecipe, TextRecipe
from storyflower.text.loading import load_sampling_tokenizer, load_tokenizer, require_vocabulary
from storyflower.text.tokenizer import Tokenizer
from storyflower.text.vocabulary import TRAINED_PAD, train_vocabulary

LOCAL_REVISION = "local"
"""The revision of encoders that are local directories; their digest identifies the content."""

_HEAD_WIDTH = 32
_ROW_MULTIPLES = (8, 16, 32, 64, 128)


@dataclass(frozen=True)
class EncoderFiles:
    """A pretrained encoder on this machine."""

    directory: Path
    name: str
    """The name in the recipe."""
    revision: str
    """The hub's commit, or `local`."""
    digest: str
    """Of the contents of its configuration, weights and vocabulary."""


def resolve_encoder(recipe: EncoderRecipe) -> EncoderFiles:
    """Return the encoder's files, after downloading them into the hub's cache if they are missing.

    Raises:
        EncoderError: it is not found, the hub cannot be reached, or it is no encoder with weights and a vocabulary.
        RecipeError: a revision is chosen for a directory, which has none.
        ValueError: the recipe names a scratch encoder, which `write_scratch_encoder` writes.
    """
    if recipe.encoder == SCRATCH:
        raise ValueError("a scratch encoder is written first, then resolved by its directory")
    recipe = recipe.resolved()
    folder = Path(recipe.encoder).expanduser()
    if folder.is_dir():
        if recipe.revision != replace(recipe, revision="").resolved().revision:  # that of `resolved` stands for none
            given, code = recipe.revision, "revision_of_a_directory"
            raise problem(RecipeError, code, "recipe", revision=given, encoder=recipe.encoder)
        return _checked(folder, recipe.encoder, LOCAL_REVISION)
    if _looks_like_a_path(recipe.encoder):
        raise problem(EncoderError, "no_encoder_directory", recipe.encoder)
    snapshot = fetch_snapshot(recipe.encoder, recipe.revision)
    return _checked(snapshot, recipe.encoder, snapshot.name)


def locate_encoder(recipe: EncoderRecipe) -> str:
    """Return the encoder's directory, or a sentence that names the commit on the hub; nothing is downloaded.

    Raises:
        EncoderError: it is not on this machine, and the hub lacks it or cannot be reached.
        RecipeError: see `resolve_encoder`.
    """
    recipe = recipe.resolved()
    if Path(recipe.encoder).expanduser().is_dir() or _looks_like_a_path(recipe.encoder):
        return str(resolve_encoder(recipe).directory)
    if cached := cached_snapshot(recipe.encoder, recipe.revision):
        return str(cached)
    return say("encoder_on_the_hub", commit=commit_on_the_hub(recipe.encoder, recipe.revision))


def require_fit(directory: Path, text: TextRecipe, name: str) -> None:
    """Check, before any text is encoded, that the encoder in a directory can be trained on texts of the recipe.

    Raises:
        EncoderError: the directory's files cannot be read.
        RecipeError: `max_len` exceeds the positions of the encoder `name`, or its vocabulary cannot be sampled from.
    """
    architecture = read_architecture(directory)
    require_positions(family_of(architecture).positions(architecture), text, name)
    if text.bpe_dropout > 0:
        load_sampling_tokenizer(directory)


def require_positions(positions: int, text: TextRecipe, name: str) -> None:
    """Check that an encoder with so many positions takes texts of `max_len` tokens.

    Raises:
        RecipeError: it does not.
    """
    if text.max_len > positions:
        code, found = "max_len_beyond_positions", text.max_len
        raise problem(RecipeError, code, "recipe", max_len=found, encoder=name, positions=positions)


def write_scratch_encoder(texts: Iterable[str], recipe: EncoderRecipe, folder: Path, *, seed: int) -> None:
    """Write a small BERT with random weights, and a vocabulary trained on `texts`.

    The same texts, recipe and seed give the same files. Heads are 32 wide, the intermediate layer is four times the
    hidden width, and there are 512 positions.

    Raises:
        EncoderError: no vocabulary can be trained on the texts.
    """
    from transformers import BertModel

    folder.mkdir(parents=True, exist_ok=True)
    train_vocabulary(texts, recipe.scratch_vocab_size, folder)
    architecture = scratch_architecture(recipe, load_tokenizer(folder).vocab_size)
    config = config_of(asdict(architecture), architectures=["BertModel"], dtype="float32")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config)  # type: ignore[no-untyped-call]
    config.save_pretrained(folder)
    write_weights(model.state_dict(), folder / WEIGHTS_FILE)


def scratch_architecture(recipe: EncoderRecipe, pieces: int) -> Architecture:
    """The architecture of a scratch encoder whose vocabulary, from `train_vocabulary`, has so many pieces.

    What the recipe does not name has BERT's values.
    """
    width = recipe.scratch_hidden_size
    return Architecture(
        model_type="bert",
        vocab_size=pieces,
        hidden_size=width,
        num_hidden_layers=recipe.scratch_layers,
        num_attention_heads=width // _HEAD_WIDTH,
        intermediate_size=4 * width,
        max_position_embeddings=512,
        type_vocab_size=2,
        embedding_size=width,
        pad_token_id=TRAINED_PAD,
        hidden_act="gelu",
        layer_norm_eps=1e-12,
    )


def _checked(directory: Path, name: str, revision: str) -> EncoderFiles:
    directory = directory.resolve()
    architecture = read_architecture(directory)
    vocabulary = require_vocabulary(directory)
    files = [directory / CONFIG_FILE, *require_weight_files(directory), *vocabulary]
    _require_same_vocabulary(architecture, load_tokenizer(directory), directory)
    require_fitting_sizes(architecture, directory)
    digest = digest_of({file.name: unchanged_file_sha256(file) for file in files})
    return EncoderFiles(directory, name, revision, digest)


def _require_same_vocabulary(architecture: Architecture, tokenizer: Tokenizer, directory: Path) -> None:
    """Raise EncoderError unless configuration and vocabulary belong together.

    An embedding may have more rows than there are pieces if it is padded to a multiple of 8, 16, 32, 64 or 128, which
    makes the matrix product faster. A padding id of 0 is ignored, since it is the default of Transformers, unless
    positions are counted from it.
    """
    rows, pieces, pad = architecture.vocab_size, tokenizer.vocab_size, tokenizer.special.pad
    padded_to = {pieces, *(-(-pieces // size) * size for size in _ROW_MULTIPLES)}
    if rows not in padded_to:
        raise problem(EncoderError, "embedding_rows", str(directory), rows=rows, pieces=pieces)
    ignored = () if family_of(architecture).starts_after_pad else (0,)
    if architecture.pad_token_id not in (*ignored, pad):
        raise problem(EncoderError, "pad_id", str(directory), stated=architecture.pad_token_id, expected=pad)


def names_a_hub_model(name: str) -> bool:
    """Whether a recipe's encoder is a model of the Hugging Face hub: neither a directory nor a scratch encoder."""
    return name != SCRATCH and not _looks_like_a_path(name) and not Path(name).is_dir()


def _looks_like_a_path(name: str) -> bool:
    """Hub ids are `name` or `owner/name`."""
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1
