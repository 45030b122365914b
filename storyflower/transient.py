"""Whether a failure of a connection may be gone at the next try.

The libraries that fetch files (fsspec's http, s3fs, gcsfs, the Hugging Face hub) are optional and have exceptions of
their own without a common base, so these are known by their names and by what they carry.
"""

import errno
import socket
import ssl

from storyflower.errors import causes

_LIBRARIES = ("aiobotocore", "aiohttp", "botocore", "fsspec", "gcsfs", "google", "requests", "s3fs", "urllib3")

_PASSING_NAMES = {
    *("ServerDisconnectedError", "ClientPayloadError"),  # aiohttp
    *("ConnectionError", "HTTPClientError", "IncompleteReadError", "ResponseStreamingError"),  # botocore
    *("Timeout", "ChunkedEncodingError", "ProtocolError"),  # requests and urllib3
    "TransportError",  # httpx
}
_LASTING_NAMES = {"OfflineModeIsEnabled", "SSLError", "ClientSSLError"}
_PASSING_NUMBERS = {
    *(errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ESTALE),
    *(errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH),
}
_PASSING_STATUS = {408, 425, 429}


def is_storage_failure(error: BaseException) -> bool:
    """Whether an exception is about storage or its connection: an OSError or one of the libraries' own, not a bug."""
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, OSError) or not modules.isdisjoint(_LIBRARIES)


def http_status(error: BaseException) -> int | None:
    """The first HTTP status that the exception or one of its causes carries."""
    for cause in causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, dict):  # botocore
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        else:
            own = getattr(cause, "status", None) or getattr(cause, "code", None)
            status = getattr(response, "status_code", None) or own
        if isinstance(status, int):
            return status
    return None


def may_pass(error: BaseException) -> bool:
    """Whether another try may help: a connection reset or timed out, a server that is busy or failing for now."""
    chain = list(causes(error))
    if any(isinstance(cause, ssl.SSLError) or _is_called(cause, _LASTING_NAMES) for cause in chain):
        return False
    status = http_status(error)
    if status is not None:
        return status >= 500 or status in _PASSING_STATUS
    return any(map(_passes, chain))


def _passes(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    return _is_called(error, _PASSING_NAMES) or (isinstance(error, OSError) and error.errno in _PASSING_NUMBERS)


def _is_called(error: BaseException, names: set[str]) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)
