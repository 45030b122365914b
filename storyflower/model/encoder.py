"""Where the encoder comes from: a local directory, the Hugging Face hub, or a small one made on the spot."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import torch
from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils._validators import validate_repo_id
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from transformers import BertConfig, BertModel

from storyflower.digests import digest_of, file_sha256
from storyflower.errors import EncoderError, first_line
from storyflower.messages import problem, say
from storyflower.model.weights import (
    CONFIG_FILE,
    PICKLE_FILE,
    WEIGHTS_FILE,
    read_config,
    require_fitting_sizes,
    require_weight_files,
    write_weights,
)
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.store_probe import why_silent
from storyflower.text.loading import VOCABULARY_FILES, load_tokenizer, require_vocabulary
from storyflower.text.tokenizer import Tokenizer
from storyflower.text.vocabulary import TRAINED_PAD, train_vocabulary
from storyflower.transient import may_pass

WANTED_FILES = (CONFIG_FILE, "*.safetensors", PICKLE_FILE, *VOCABULARY_FILES)
"""All that is fetched from the hub: no code, and no weights of other frameworks."""

HUB_SECONDS = 10.0
"""How long to wait for the hub's word on an encoder."""

LOCAL_REVISION = "local"
"""Stands for the revision of an encoder that is a directory; its digest tells one content from another."""

_UNREACHABLE = (LocalEntryNotFoundError, OfflineModeIsEnabled, httpx.TransportError)
_HEAD_WIDTH = 32
_POSITIONS = 512
_ROW_MULTIPLES = (8, 16, 32, 64, 128)


@dataclass(frozen=True)
class EncoderFiles:
    """A pretrained encoder on this machine."""

    directory: Path
    name: str
    """As the recipe names it."""
    revision: str
    """The hub's commit, or `local`."""
    digest: str
    """Of the contents of its configuration, weights and vocabulary."""


def resolve_encoder(recipe: EncoderRecipe) -> EncoderFiles:
    """The encoder's files, downloaded into the hub's cache where they are not there yet.

    Raises:
        EncoderError: it is not found, the hub is out of reach, or it is no BERT with weights and a vocabulary.
        ValueError: the recipe asks for a scratch encoder, which `write_scratch_encoder` makes.
    """
    if recipe.encoder == SCRATCH:
        raise ValueError("a scratch encoder is written first, then resolved by its directory")
    recipe = recipe.resolved()
    folder = Path(recipe.encoder).expanduser()
    if folder.is_dir():
        return _checked(folder, recipe.encoder, LOCAL_REVISION)
    if _looks_like_a_path(recipe.encoder):
        raise problem(EncoderError, "no_encoder_directory", recipe.encoder)
    snapshot = _fetch(recipe.encoder, recipe.revision)
    return _checked(snapshot, recipe.encoder, snapshot.name)


def locate_encoder(recipe: EncoderRecipe) -> str:
    """Where the encoder is, or would come from, in words; nothing is downloaded.

    Raises:
        EncoderError: it is not on this machine, and the hub does not have it or cannot be reached.
    """
    recipe = recipe.resolved()
    if Path(recipe.encoder).expanduser().is_dir() or _looks_like_a_path(recipe.encoder):
        return str(resolve_encoder(recipe).directory)
    try:
        return str(_snapshot(recipe.encoder, recipe.revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return _on_the_hub(recipe)


def _on_the_hub(recipe: EncoderRecipe) -> str:
    try:
        commit = HfApi().model_info(recipe.encoder, revision=recipe.revision, timeout=HUB_SECONDS).sha
    except (httpx.HTTPError, HFValidationError, OSError) as error:
        raise _not_fetched("hub_unanswered", recipe.encoder, recipe.revision, error) from error
    return say("encoder_on_the_hub", commit=commit)


def write_scratch_encoder(texts: Iterable[str], recipe: EncoderRecipe, folder: Path, *, seed: int) -> None:
    """Write a small BERT with random weights, and a vocabulary trained on `texts`.

    The same texts, recipe and seed give the same files. Heads are 32 wide, the intermediate layer is four times the
    hidden width, and there are 512 positions.

    Raises:
        EncoderError: no vocabulary can be trained on the texts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train_vocabulary(texts, recipe.scratch_vocab_size, folder)
    config = scratch_config(recipe, load_tokenizer(folder).vocab_size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config)  # type: ignore[no-untyped-call]
    config.save_pretrained(folder)
    write_weights(model.state_dict(), folder / WEIGHTS_FILE)


def scratch_config(recipe: EncoderRecipe, pieces: int) -> BertConfig:
    """The shape of an encoder from scratch whose vocabulary, made by `train_vocabulary`, has so many pieces."""
    return BertConfig(
        vocab_size=pieces,
        hidden_size=recipe.scratch_hidden_size,
        num_hidden_layers=recipe.scratch_layers,
        num_attention_heads=recipe.scratch_hidden_size // _HEAD_WIDTH,
        intermediate_size=4 * recipe.scratch_hidden_size,
        max_position_embeddings=_POSITIONS,
        pad_token_id=TRAINED_PAD,
        architectures=["BertModel"],
        dtype="float32",
    )


def _checked(directory: Path, name: str, revision: str) -> EncoderFiles:
    directory = directory.resolve()
    config = read_config(directory)
    vocabulary = require_vocabulary(directory)
    files = [directory / CONFIG_FILE, *require_weight_files(directory), *vocabulary]
    _require_same_vocabulary(config, load_tokenizer(directory), directory)
    require_fitting_sizes(config, directory)
    digest = digest_of({file.name: file_sha256(file) for file in files})
    return EncoderFiles(directory, name, revision, digest)


def _require_same_vocabulary(config: BertConfig, tokenizer: Tokenizer, directory: Path) -> None:
    """Raise EncoderError unless configuration and vocabulary belong together.

    An embedding may have more rows than there are pieces where it is padded to a multiple of 8, 16, 32, 64 or 128, as
    is done for the speed of the matrix product. A padding id of 0 says nothing: Transformers writes it where none was
    chosen.
    """
    rows, pieces, pad = config.vocab_size, tokenizer.vocab_size, tokenizer.special.pad
    padded_to = {pieces, *(-(-pieces // size) * size for size in _ROW_MULTIPLES)}
    if rows not in padded_to:
        raise problem(EncoderError, "embedding_rows", str(directory), rows=rows, pieces=pieces)
    if config.pad_token_id not in (None, 0, pad):
        raise problem(EncoderError, "pad_id", str(directory), stated=config.pad_token_id, expected=pad)


def names_a_hub_model(name: str) -> bool:
    """Whether a recipe's encoder is a model of the Hugging Face hub, and neither a directory nor made on the spot."""
    return name != SCRATCH and not _looks_like_a_path(name) and not Path(name).is_dir()


def _looks_like_a_path(name: str) -> bool:
    """Hub ids are `name` or `owner/name`."""
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1


def _fetch(name: str, revision: str) -> Path:
    """The snapshot folder in the hub's cache; its name is the commit."""
    try:
        validate_repo_id(name)
        _require_answering_hub()
        return _snapshot(name, revision)
    except _UNREACHABLE as error:
        try:
            # Offline, the hub's library looks for a pinned commit only where it keeps the repository's file list too.
            return _snapshot(name, revision, local_files_only=True)
        except LocalEntryNotFoundError:
            raise _not_fetched("hub_unreachable", name, revision, error) from error
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise _not_fetched("hub_refused", name, revision, error) from error


def _not_fetched(code: str, name: str, revision: str, error: Exception) -> EncoderError:
    failure = problem(EncoderError, code, f"{name}@{revision}", reason=first_line(error))
    failure.retryable = may_pass(error)
    return failure


def _require_answering_hub() -> None:
    """Raise httpx.ConnectTimeout unless the hub sends an answer: its library waits for one for minutes."""
    silent = None if constants.HF_HUB_OFFLINE else why_silent(constants.ENDPOINT, HUB_SECONDS)
    if silent is not None:
        raise httpx.ConnectTimeout(silent)


def _snapshot(name: str, revision: str, *, local_files_only: bool = False) -> Path:
    wanted = list(WANTED_FILES)
    with _bars_on_terminals_only():
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=wanted, local_files_only=local_files_only)
        )


@contextmanager
def _bars_on_terminals_only() -> Iterator[None]:
    """Hundreds of megabytes deserve a progress bar, but not in a log file."""
    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
