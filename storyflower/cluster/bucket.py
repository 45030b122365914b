"""Makes the bucket of the shared store, as soon as its server answers: `python -m storyflower.cluster.bucket`."""

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from storyflower.errors import first_line

BUCKET = "storyflower"
_SECONDS = 120.0
_POLL_SECONDS = 0.5


def why_unwritable(login: Mapping[str, str]) -> str | None:
    """Why the bucket takes no object, None if it does; it is made where it is missing.

    Args:
        login: The variables by which programs reach the server: its address, key, secret and region.
    """
    from obstore.store import S3Store

    bucket = S3Store(
        BUCKET,
        endpoint=login["AWS_ENDPOINT_URL"],
        region=login["AWS_REGION"],
        access_key_id=login["AWS_ACCESS_KEY_ID"],
        secret_access_key=login["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with suppress(Exception):  # of many kinds, while the services of the server find each other
        bucket.put("", b"")  # PUT /bucket/, whose answer has no ETag
    try:
        bucket.put("ready", b"yes")
    except Exception as error:
        return first_line(error)
    return None


def main() -> None:
    """Make the bucket with the access that the environment gives; exit code 1 where the server takes no objects."""
    latest = time.monotonic() + _SECONDS
    while (refusal := why_unwritable(os.environ)) is not None:
        if time.monotonic() > latest:
            sys.exit(f"{os.environ['AWS_ENDPOINT_URL']}: no object can be written to the bucket {BUCKET}: {refusal}")
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    main()
