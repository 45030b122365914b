"""A file scored from its location to its output: checked, computed, written whole or not at all, and recorded.

A repeated scoring finds the record of the one before, and does nothing where input, model, options and output are the
same. An output that someone has changed since is never replaced.
"""

import logging
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from storyflower.atomic import LONGEST_NAME, within_bytes, write_atomically
from storyflower.digests import FileState, digest_of, file_sha256
from storyflower.disk_errors import storage_problem
from storyflower.errors import StorageError, WorkbookError
from storyflower.messages import language, problem, say
from storyflower.quoting import pasted
from storyflower.scoring.inputs import Input, found_input
from storyflower.scoring.job import Job, Progress, Quiet
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.outputs import SUFFIXES, workbook_suffix, write_scored
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.shards import VERSION, Engine
from storyflower.storage.home import Home
from storyflower.storage.locations import is_path, require_usable
from storyflower.storage.paths import typed_path

log = logging.getLogger("storyflower.score")

_READING_VERSION = 1  # raise when other texts would be read from the same file


class _Record(BaseModel):
    """What a scoring has left: of what it was made, what it wrote, and its report."""

    model_config = ConfigDict(frozen=True)

    request: str
    out_sha256: str
    report: ScoreReport


def score(
    home: Home,
    model: ScoringModel,
    engine: Engine,
    location: str,
    *,
    out: Path | None = None,
    options: ScoreOptions = ScoreOptions(),  # noqa: B008  # frozen
    progress: Progress | None = None,
) -> ScoreReport:
    """Score the texts of a workbook, a CSV file or a Parquet file, and write them with the answers beside.

    Args:
        home: keeps the answers by shards, and a record of the output.
        model: that answers.
        engine: computes the answers that the home does not have.
        location: path or address of the input, which is never written.
        out: the output; beside the input by default, named as it with `.scored` before the suffix. Its suffix decides
            on its format.
        options: columns, threshold, and what is added.
        progress: is informed of how far it is.

    Raises:
        WorkbookError: the input cannot be read, holds no texts, or changed meanwhile; or the output cannot be one.
        StorageError: the disk is full, or must not be written.
    """
    given = found_input(location, home.downloads)
    target = (out or _default_out(location, given)).expanduser().absolute()
    require_usable(str(target))
    _require_possible(target, given)
    job = Job(home, model, options, engine, progress or Quiet(), location, target)
    key = digest_of(str(target))[:32]
    home.scorings.mkdir(parents=True, exist_ok=True)
    with home.lock(f"scorings/{key}"):
        return _score(job, given, _request(job, given), home.scorings / f"{key}.json")


def _score(job: Job, given: Input, request: str, file: Path) -> ScoreReport:
    record = _read(file)
    is_ours = record is not None and job.out.is_file() and file_sha256(job.out) == record.out_sha256
    if record is not None and is_ours and record.request == request:
        log.info(say("log.score_up_to_date", out=job.out))
        return record.report.model_copy(update={"up_to_date": True, "computed_shards": 0})
    if job.out.exists() and not is_ours:
        raise problem(WorkbookError, "out_exists", pasted(str(job.out)))
    state = FileState.of(given.path)
    report, sha256 = _written(job, given, state)
    with write_atomically(file) as draft:
        draft.write_text(_Record(request=request, out_sha256=sha256, report=report).model_dump_json(), "utf-8")
    return report


def _written(job: Job, given: Input, state: FileState) -> tuple[ScoreReport, str]:
    """Write the output, unless the input was changed meanwhile; its report and digest."""
    _require_writable(job.out)
    with write_atomically(job.out) as draft:
        try:
            report = write_scored(given, draft, job)
            if FileState.of(given.path) != state:
                raise problem(WorkbookError, "score_input_changed", pasted(job.location))
            return report, file_sha256(draft)
        except OSError as error:
            raise storage_problem(error, job.home.folder) or error from error


def _require_writable(out: Path) -> None:
    """Raise StorageError where the output could not be written, before hours of computing."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise problem(StorageError, "score_out_unwritable", pasted(str(out)), reason=reason) from error


def _default_out(location: str, given: Input) -> Path:
    """Beside a path; in the current folder for an address."""
    name = typed_path(location) if is_path(location) else Path(given.path.name)
    suffix = workbook_suffix(given) if given.kind == "xlsx" else f".{given.kind}"
    end = f".scored{suffix}"
    return name.with_name(f"{within_bytes(name.stem, LONGEST_NAME - len(end))}{end}")


def _require_possible(out: Path, given: Input) -> None:
    where = pasted(str(out))
    suffixes = (workbook_suffix(given), *SUFFIXES) if given.kind == "xlsx" else SUFFIXES
    if out.suffix.lower() not in suffixes:
        raise problem(WorkbookError, "score_out_suffix", where, suffixes=", ".join(SUFFIXES))
    if out.is_dir():
        raise problem(WorkbookError, "score_out_folder", where)
    if out.exists() and out.samefile(given.path):
        raise problem(WorkbookError, "score_out_is_input", where)


def _request(job: Job, given: Input) -> str:
    """Digest of all that the output depends on."""
    options = vars(job.options)
    model = (job.model.name, job.model.version, job.model.digest)
    return digest_of([VERSION, _READING_VERSION, given.sha256, model, options, job.out.suffix.lower(), language()])


def _read(file: Path) -> _Record | None:
    """The record in a file; None where there is none, or none of this version."""
    try:
        return _Record.model_validate_json(file.read_text("utf-8"))
    except (OSError, ValidationError, ValueError):
        return None
