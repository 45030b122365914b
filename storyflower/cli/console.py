"""Shared by all commands: output, errors as messages, and the settings that keep libraries quiet."""

import json
import logging
import math
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.text import Text

from storyflower.cli.visible import VisibleConsole, without_raw_controls
from storyflower.disk_errors import require_folder, storage_problem
from storyflower.errors import StorageError, StoryFlowerError
from storyflower.messages import say
from storyflower.processes import mark_what_this_command_starts
from storyflower.redaction import redacted
from storyflower.settings import settings
from storyflower.spawning import NO_REPORTS, TORCH_MEMORY, TORCH_WAITING
from storyflower.storage.home import Home

out = VisibleConsole(highlight=False)
err = VisibleConsole(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help=say("option_json"))]


def print_json(value: Any) -> None:
    """One JSON object on standard output: see `json_text`."""
    sys.stdout.write(json_text(value) + "\n")


def json_text(value: Any) -> str:
    """JSON with readable Korean; numbers that JSON does not know (NaN, infinite) are null."""
    return without_raw_controls(json.dumps(_known_to_json(value), ensure_ascii=False, indent=2, allow_nan=False))


def _known_to_json(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _known_to_json(part) for name, part in value.items()}
    return [_known_to_json(part) for part in value] if isinstance(value, (list, tuple)) else value


@contextmanager
def errors_as_messages(as_json: bool, *, exit_code: int = 1) -> Iterator[None]:
    """Turn a problem that the user can mend into one message and an exit code: the error's own, or a higher one."""
    signal.signal(signal.SIGTERM, _leave)
    _prepare_torch()
    try:
        yield
        sys.stdout.flush()  # here a failure becomes a message with the command's own exit code
    except StoryFlowerError as error:
        _print_error(error, as_json)
        raise typer.Exit(max(exit_code, error.exit_code)) from None
    except Exception as error:
        known = storage_problem(error, settings().home) or _unreachable_store(error)
        if known is None:
            raise
        _print_error(known, as_json)
        raise typer.Exit(exit_code) from None
    except KeyboardInterrupt:
        err.print(f"\n{say('interrupted')}", style="yellow")
        raise typer.Exit(130) from None


def _unreachable_store(error: Exception) -> StoryFlowerError | None:
    from storyflower.tracking.problems import unreachable  # with it comes MLflow, which not every command needs

    return unreachable(error, Home.of(settings()))


def _leave(signum: int, _frame: object) -> NoReturn:
    """Leave through Python's own exit, so that the run is marked and the servers of this process are stopped."""
    raise SystemExit(128 + signum)


def _print_error(error: StoryFlowerError, as_json: bool) -> None:
    """Print what is wrong, where and what to do; standard error gets it even if standard output takes no JSON."""
    err.print("✗", Text(str(error)), style="red", soft_wrap=True)
    if not as_json:
        return
    kind = type(error).__name__
    try:
        print_json({"error": {"type": kind, "problem": error.problem, "where": error.where, "remedy": error.remedy}})
        sys.stdout.flush()
    except StorageError as unwritable:
        err.print("✗", Text(str(unwritable)), style="red", soft_wrap=True)


def _prepare_torch() -> None:
    """Set what PyTorch and its OpenMP read once, when they are loaded; what the user has set stays as it is."""
    for name, value in TORCH_MEMORY.items():
        os.environ.setdefault(name, value)
    if not TORCH_WAITING.keys() & os.environ.keys():
        os.environ |= TORCH_WAITING


def prepare_libraries() -> None:
    """Before MLflow or Prefect is imported: all state under the home folder, no usage reports, no chatter.

    Every variable that the user has set stays as it is.

    Raises:
        StorageError: the home cannot be made; everything else is done.
    """
    defaults = {
        **NO_REPORTS,
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output belongs to `--json`
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # a server that is down is reported within seconds
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
        "PREFECT_CLIENT_MAX_RETRIES": "3",  # the same of Prefect's: 14 s of waiting between the tries of a call
        "PREFECT_API_REQUEST_TIMEOUT": "40",  # more than a locked database takes
        "PREFECT_LOGGING_EXTRA_LOGGERS": "storyflower",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    # Where the user has configured Prefect (a server, a profile), that is where runs belong.
    configured = {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILE"} & os.environ.keys()
    home = Home.of(settings())
    if not configured and not Path("~/.prefect/profiles.toml").expanduser().exists():
        defaults["PREFECT_HOME"] = str(home.prefect)
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    mark_what_this_command_starts()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", "Failed to create the Prefect home")  # `doctor` itself reports such a home
    if "PREFECT_HOME" in defaults:
        require_folder(home.folder)  # Prefect makes its own folder, but not the one above


def show_progress_of_stages() -> None:
    """Print the log messages of the stages as they begin and end."""
    logger = logging.getLogger("storyflower")
    logger.addHandler(_ConsoleLines())
    logger.setLevel(logging.INFO)


class _ConsoleLines(logging.Handler):
    """One line a message on standard error, with the time; never wrapped, since logs are searched by line."""

    def emit(self, record: logging.LogRecord) -> None:
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        style = "yellow" if record.levelno >= logging.WARNING else ""
        err.print(f"[dim]{time}[/]", Text(redacted(record.getMessage()), style=style), soft_wrap=True)


def called_as(program: str = "storyflower") -> str:
    """The command with which a program of this installation is called: its name if it is in PATH, else its path."""
    if shutil.which(program):
        return program
    return os.path.relpath(Path(sys.executable).with_name(program))
