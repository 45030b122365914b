"""Encoders of the Hugging Face hub: downloaded into the hub's cache, or looked up there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils._validators import validate_repo_id
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from storyflower.errors import EncoderError, first_line
from storyflower.messages import problem
from storyflower.model.config import CONFIG_FILE
from storyflower.model.weights import PICKLE_FILE
from storyflower.store_probe import why_silent
from storyflower.text.loading import VOCABULARY_FILES
from storyflower.transient import may_pass

WANTED_FILES = (CONFIG_FILE, "*.safetensors", PICKLE_FILE, *VOCABULARY_FILES)
"""The files that are downloaded: no code, and no weights of other frameworks."""

HUB_SECONDS = 10.0
"""How long to wait for an answer of the hub."""

_UNREACHABLE = (LocalEntryNotFoundError, OfflineModeIsEnabled, httpx.TransportError)


def fetch_snapshot(name: str, revision: str) -> Path:
    """Download a model, unless the hub's cache has it, and return its folder there; the folder's name is the commit.

    Raises:
        EncoderError: the hub cannot be reached, or refuses the model.
    """
    try:
        validate_repo_id(name)
        silent = None if constants.HF_HUB_OFFLINE else why_silent(constants.ENDPOINT, HUB_SECONDS)
        if silent is not None:
            raise httpx.ConnectTimeout(silent)  # the hub's library would wait for minutes
        return _snapshot(name, revision)
    except _UNREACHABLE as error:
        try:
            # Offline, the hub's library finds a pinned commit only if its cache has the repository's list of files.
            return _snapshot(name, revision, local_files_only=True)
        except LocalEntryNotFoundError:
            raise _not_fetched("hub_unreachable", name, revision, error) from error
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise _not_fetched("hub_refused", name, revision, error) from error


def cached_snapshot(name: str, revision: str) -> Path | None:
    """The folder of a model in the hub's cache; None if the cache lacks it or the name is no id of the hub."""
    try:
        return _snapshot(name, revision, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def commit_on_the_hub(name: str, revision: str) -> str | None:
    """The commit that the hub has under a revision; nothing is downloaded.

    Raises:
        EncoderError: the hub cannot be reached, or lacks the model.
    """
    try:
        return HfApi().model_info(name, revision=revision, timeout=HUB_SECONDS).sha
    except (httpx.HTTPError, HFValidationError, OSError) as error:
        raise _not_fetched("hub_unanswered", name, revision, error) from error


def _not_fetched(code: str, name: str, revision: str, error: Exception) -> EncoderError:
    failure = problem(EncoderError, code, f"{name}@{revision}", reason=first_line(error))
    failure.retryable = may_pass(error)
    return failure


def _snapshot(name: str, revision: str, *, local_files_only: bool = False) -> Path:
    wanted = list(WANTED_FILES)
    with _progress_bars_on_terminals_only():
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=wanted, local_files_only=local_files_only)
        )


@contextmanager
def _progress_bars_on_terminals_only() -> Iterator[None]:
    """Show progress bars of downloads on a terminal, but not in a log file."""
    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
