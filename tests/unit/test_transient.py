"""Which failures may pass. The libraries' own exceptions are real where the library is installed."""

import errno
import socket
import ssl
from importlib.util import find_spec

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

from storyflower.errors import StoryFlowerError
from storyflower.storage.unreached import cannot_fetch
from storyflower.transient import http_status, is_storage_failure, may_pass


def hub_error(status: int) -> HfHubHTTPError:
    return HfHubHTTPError("no", response=httpx.Response(status, request=httpx.Request("GET", "https://hub")))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


PASSING = [
    ConnectionResetError(104, "reset"),
    TimeoutError(),
    OSError(errno.EBUSY, "slow down"),
    socket.gaierror(socket.EAI_AGAIN, "later"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut off"),
    hub_error(503),
    hub_error(429),
    caused(LocalEntryNotFoundError("not there"), httpx.ConnectError("refused")),
    caused(FileNotFoundError("https://host"), ConnectionRefusedError(111, "refused")),
]
LASTING = [
    FileNotFoundError("none"),
    PermissionError(),
    OSError(errno.ENOSPC, "full"),
    socket.gaierror(socket.EAI_NONAME, "no such host"),
    caused(ConnectionError("tls"), ssl.SSLCertVerificationError("certificate")),
    hub_error(404),
    hub_error(403),
    caused(LocalEntryNotFoundError("not there"), OfflineModeIsEnabled("offline")),
    TypeError("a bug"),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_passing(error: Exception) -> None:
    assert may_pass(error)


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_lasting(error: Exception) -> None:
    assert not may_pass(error)


def test_a_bug_is_no_failure_of_storage() -> None:
    assert is_storage_failure(ConnectionResetError())
    assert not any(map(is_storage_failure, (TypeError(), KeyError(), ValueError(), AttributeError())))


def test_an_error_keeps_the_flag_when_it_is_pickled() -> None:
    import pickle

    error = StoryFlowerError("broken", where="here", retryable=True)
    assert pickle.loads(pickle.dumps(error)).retryable is True  # noqa: S301 - our own bytes
    assert StoryFlowerError("broken").retryable is False


@pytest.mark.skipif(find_spec("botocore") is None, reason="the extra s3 is not installed")
def test_the_exceptions_of_s3() -> None:
    from botocore import exceptions as boto

    def answered(status: int) -> Exception:
        return boto.ClientError({"ResponseMetadata": {"HTTPStatusCode": status}, "Error": {"Code": "x"}}, "GetObject")

    assert http_status(caused(OSError("x"), answered(503))) == 503
    for passing in (
        boto.EndpointConnectionError(endpoint_url="https://s3"),
        boto.ConnectionClosedError(endpoint_url="https://s3"),
        boto.ReadTimeoutError(endpoint_url="https://s3"),
        boto.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        answered(503),
    ):
        assert is_storage_failure(passing)
        assert cannot_fetch(passing, "s3://b/a.xlsx").retryable
    for lasting in (boto.NoCredentialsError(), boto.SSLError(endpoint_url="https://s3", error="x"), answered(403)):
        assert is_storage_failure(lasting)
        assert not cannot_fetch(lasting, "s3://b/a.xlsx").retryable
