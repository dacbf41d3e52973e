"""Cloud Storage: keeps the anchors of the audit log, each made once. The only user of its client.

The first call loads the client, since searches need none.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import requests
from google.api_core import exceptions as api

from app.kit import environment
from app.kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.storage import Bucket

CALL_SECONDS = 5.0
"""For the connection, and for each part of the answer. There is no second try: the next run is."""

_NO_ANSWER = (
    api.ServerError,
    api.TooManyRequests,
    requests.ConnectionError,
    requests.Timeout,
)


def exists(name: str) -> bool:
    """Whether there is an object of this name.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        return bool(_bucket().blob(name).exists(timeout=CALL_SECONDS, retry=None))
    except _NO_ANSWER as error:
        raise _unavailable() from error


def create(name: str, data: bytes) -> None:
    """Make an object, unless there is one of this name, which then stays as it is.

    Raises:
        UnavailableError: Storage does not answer; the object may have been made.
    """
    try:
        _bucket().blob(name).upload_from_string(
            data,
            content_type="application/json",
            if_generation_match=0,
            timeout=CALL_SECONDS,
            retry=None,
        )
    except api.PreconditionFailed:
        return
    except _NO_ANSWER as error:
        raise _unavailable() from error


def read_all(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every object in a folder, in the order of names."""
    for blob in _bucket().list_blobs(prefix=folder):
        yield blob.name, blob.download_as_bytes()


def _unavailable() -> UnavailableError:
    return UnavailableError("Storage does not answer. Try again.")


def _bucket() -> Bucket:
    return _client_bucket(os.environ["AUDIT_BUCKET"])


@cache
def _client_bucket(name: str) -> Bucket:
    # Else the library looks the bucket up in the background, for traces that nobody collects.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud import storage  # noqa: PLC0415  # a tenth of a second of a cold start

    if address := environment.stand_in("STORAGE_API_BASE"):
        client = storage.Client(
            project=environment.project(),
            client_options={"api_endpoint": address},
            use_auth_w_custom_endpoint=False,
        )
    else:
        client = storage.Client(project=environment.project())
    return client.bucket(name)
