"""Files that are scored for the page: one at a time, in a process of its own, and removed an hour after their end."""

import asyncio
import multiprocessing
import secrets
import shutil
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import PurePath

from storyflower.app.boundary import log_error
from storyflower.app.job_process import Counted, Message, Scored, Task, score_upload
from storyflower.app.limits import Limits
from storyflower.app.replies import refused
from storyflower.app.scoring_job import ScoringJob, safe_name
from storyflower.errors import StoryFlowerError
from storyflower.messages import Lang
from storyflower.model.devices import Device
from storyflower.processes import ProcessMark, this_process
from storyflower.spawning import this_package_first
from storyflower.storage.home import Home

SUFFIXES = (".xlsx", ".csv")

_OWNER = "server"
"""The file with the mark of the process that a folder belongs to."""
_SECONDS_BETWEEN_LOOKS = 0.1
_SECONDS_TO_END = 5.0


class ScoringJobs:
    """The files of one server, in a folder of the home that is removed with it."""

    def __init__(self, home: Home, device: Device, limits: Limits) -> None:
        self._home = home
        self._device: Device = device
        self._limits = limits
        self._root = home.jobs / secrets.token_hex(8)
        self._jobs: dict[str, ScoringJob] = {}

    def get(self, job_id: str) -> ScoringJob:
        """A job by its id.

        Raises:
            Refusal: there is none, or none any more (404).
        """
        if job_id not in self._jobs:
            raise refused(404, "job_unknown")
        return self._jobs[job_id]

    def new(self, name: str, model: str, threshold: float, lang: Lang) -> ScoringJob:
        """A job with an empty folder, which `submit` takes when the file is in it.

        Raises:
            Refusal: the file is of no kind that can be scored (415), or too many wait (429).
        """
        if PurePath(name).suffix.lower() not in SUFFIXES:
            raise refused(415, "upload_kind", "name", suffixes=", ".join(SUFFIXES))
        self._require_room()
        job_id = secrets.token_urlsafe(16)
        folder = self._root / job_id
        folder.mkdir(parents=True)
        (self._root / _OWNER).write_text(str(this_process()), "utf-8")
        return ScoringJob(job_id, folder, safe_name(name), model, threshold, lang)

    def submit(self, job: ScoringJob) -> None:
        """Score the file when those before it are scored.

        Raises:
            Refusal: too many wait meanwhile (429).
        """
        self._require_room()
        self._jobs[job.id] = job

    def cancel(self, job: ScoringJob) -> None:
        """Score it no further, and remove its files; when they are in use, once its process has ended."""
        job.cancelled = True
        process = job.process  # the thread that follows it may set it to None meanwhile
        if process is not None:
            process.kill()
        elif job.state != "scoring":
            self._drop(job)

    async def run(self) -> None:
        """Score what waits, one after the other, and remove what is over, until cancelled."""
        self._remove_abandoned()
        while True:
            self._remove_expired()
            job = next((job for job in self._jobs.values() if job.state == "waiting"), None)
            if job is None:
                await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
                continue
            job.state = "scoring"
            await asyncio.to_thread(self._score, job)
            if job.cancelled:
                self._drop(job)

    def close(self) -> None:
        """End the process that scores, and remove all files."""
        for job in self._jobs.values():
            job.cancelled = True
            process = job.process
            if process is not None:
                process.kill()
                process.join(_SECONDS_TO_END)
        shutil.rmtree(self._root, ignore_errors=True)

    def _require_room(self) -> None:
        waiting = sum(job.state == "waiting" for job in self._jobs.values())
        if waiting >= self._limits.waiting_jobs:
            raise refused(429, "jobs_full", "", {"Retry-After": "30"}, waiting=waiting)

    def _score(self, job: ScoringJob) -> None:
        """In a thread: let a process score the file, and note what it sends."""
        outcome: Scored | StoryFlowerError | None = None  # stays None where it was killed, by us or by the system
        try:
            for message in () if job.cancelled else self._messages(job):
                if isinstance(message, Counted):
                    job.counted = message
                else:
                    outcome = message
        except Exception as error:  # such as a process that cannot be started: the jobs behind it are scored
            log_error(error)
        if outcome is None:
            job.break_off()
        else:
            job.end(outcome)

    def _messages(self, job: ScoringJob) -> Iterator[Message]:
        spawning = multiprocessing.get_context("spawn")
        replies: Connection[None, Message]
        replies, sending = spawning.Pipe(duplex=False)
        task = Task(self._home, self._device, job.folder, job.name, job.model, job.threshold, job.lang)
        process = spawning.Process(target=score_upload, args=(sending, task), name="score-upload", daemon=True)
        with replies:
            with this_package_first():
                process.start()
            sending.close()
            job.process = process
            if job.cancelled:  # meanwhile
                process.kill()
            try:
                while True:
                    yield replies.recv()
            except (EOFError, OSError):  # the latter where it was killed in the middle of a message
                process.join()
            finally:
                job.process = None

    def _remove_expired(self) -> None:
        over = time.monotonic() - self._limits.seconds_kept
        for job in [job for job in self._jobs.values() if job.ended is not None and job.ended < over]:
            self._jobs.pop(job.id, None)
            shutil.rmtree(job.folder, ignore_errors=True)

    def _drop(self, job: ScoringJob) -> None:
        """Remove the files of a cancelled job; it can still be asked for."""
        job.break_off()
        shutil.rmtree(job.folder, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        """Remove the folders of servers that were killed."""
        for owner in self._home.jobs.glob(f"*/{_OWNER}"):
            try:
                has_ended = ProcessMark.parse(owner.read_text("utf-8")).has_ended()
            except (OSError, ValueError):  # being removed by another server, or written
                continue
            if has_ended:
                shutil.rmtree(owner.parent, ignore_errors=True)
