"""Failures of a shared store as errors that name the place and the remedy, without secrets.

obstore reports many failures as one type of exception, which differ in the words of the server's answer alone.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from storyflower.errors import SharedStoreError
from storyflower.messages import problem

_NO_BUCKET = re.compile(
    r"NoSuchBucket|bucket does not exist|ContainerNotFound|container does not exist|UnableToCanonicalize"
)
_DENIED = re.compile(
    r"AccessDenied|status code: 40[13]|Permission denied|Read-only file system|[Cc]redential"
    r"|169\.254\.169\.254|metadata\.google"  # where a machine of a cloud would find its own
)
_FULL = re.compile(r"No space left|[Qq]uota ?[Ee]xceeded|InsufficientStorage|StorageFull|status code: 507")
_STATUS = re.compile(r"status code: (\d+ [A-Za-z -]+)")
_CODE = re.compile(r"<Code>(\w+)</Code>")


@contextmanager
def store_errors(place: str) -> Iterator[None]:
    """Raise failures of obstore within the block as SharedStoreError; those that callers handle pass.

    An object that is missing is a FileNotFoundError, one that exists an AlreadyExistsError, and one that has changed a
    PreconditionError.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except (AlreadyExistsError, PreconditionError):
        raise
    except (BaseError, OSError) as error:
        if isinstance(error, FileNotFoundError) and not _NO_BUCKET.search(str(error)):
            raise
        raise _failure(error, place) from None  # the text of the exception repeats the addresses of the requests


def _failure(error: BaseException, place: str) -> SharedStoreError:
    text = str(error)
    if _NO_BUCKET.search(text):
        code = "shared_missing"
    elif _FULL.search(text):
        code = "shared_full"
    elif _DENIED.search(text):
        code = "shared_denied"
    else:
        code = "shared_unreachable"
    failure = problem(SharedStoreError, code, place, reason=_reason(text))
    failure.retryable = code == "shared_unreachable"
    return failure


def _reason(text: str) -> str:
    """Return the status and code of the server's answer, or the first line without the address of the request."""
    answer = [*_STATUS.findall(text)[:1], *_CODE.findall(text)[:1]]
    return ", ".join(answer) if answer else text.partition("\n")[0].rpartition(" - ")[2].strip()
