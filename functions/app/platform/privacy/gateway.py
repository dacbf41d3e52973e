"""Cloud Storage: the files of exports. The only importer of its client for them."""

from __future__ import annotations

import os
from functools import cache
from typing import IO, TYPE_CHECKING

from google.api_core import exceptions as api
from requests.exceptions import RequestException

from app.kit import environment
from app.kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from google.cloud.storage import Bucket

FOLDERS = ("exports",)
"""Where files about people are, each below a folder of the person's uid."""
EXPIRES_AT = "expiresAt"
"""Metadata of a file: when it goes, in milliseconds since 1970. `storage.rules` reads it."""
CALL_SECONDS = 60
_NO_ANSWER = (api.GoogleAPICallError, api.RetryError, RequestException)


def keep(path: str, file: IO[bytes], *, expires_at: datetime) -> None:
    """Store a file, from where it stands to its end, instead of whatever is at `path`.

    Raises:
        UnavailableError: Storage does not answer; it may be stored or not.
    """
    from google.cloud.storage.retry import DEFAULT_RETRY  # noqa: PLC0415  # see `_bucket`

    blob = _bucket().blob(path)
    blob.metadata = {EXPIRES_AT: str(int(expires_at.timestamp() * 1000))}
    blob.cache_control = "private, no-store"
    size = os.fstat(file.fileno()).st_size - file.tell()
    try:
        blob.upload_from_file(
            file,
            size=size,
            content_type="application/zip",
            timeout=CALL_SECONDS,
            retry=DEFAULT_RETRY.with_timeout(2 * CALL_SECONDS),
        )
    except _NO_ANSWER as error:
        raise _unavailable() from error


def expired(at: datetime, *, limit: int) -> Iterator[str]:
    """Yield the paths of at most `limit` files whose time is over.

    Raises:
        UnavailableError: Storage does not answer.
    """
    found = 0
    try:
        for blob in _bucket().list_blobs(prefix="exports/", timeout=CALL_SECONDS):
            until = (blob.metadata or {}).get(EXPIRES_AT, "")
            # The rules refuse a file that does not say until when; it is of no use to anybody.
            if not until.isdecimal() or int(until) <= at.timestamp() * 1000:
                yield blob.name
                found += 1
            if found == limit:
                return
    except _NO_ANSWER as error:
        raise _unavailable() from error


def delete(path: str) -> None:
    """Delete a file, if it is there.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        _bucket().blob(path).delete(timeout=CALL_SECONDS)
    except api.NotFound:
        return
    except _NO_ANSWER as error:
        raise _unavailable() from error


def paths_of(uid: str) -> list[str]:
    """Return the paths of every file about a person.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        return [
            blob.name
            for folder in FOLDERS
            for blob in _bucket().list_blobs(prefix=f"{folder}/{uid}/", timeout=CALL_SECONDS)
        ]
    except _NO_ANSWER as error:
        raise _unavailable() from error


def _unavailable() -> UnavailableError:
    return UnavailableError("Files cannot be stored right now. Try again.")


@cache
def _bucket() -> Bucket:
    # Else the library looks the bucket up in the background, for traces that nobody collects.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud import storage  # noqa: PLC0415  # 0.2 s of a cold start

    project = environment.project()
    name = os.environ.get("EXPORTS_BUCKET") or f"{project}.appspot.com"
    if address := environment.stand_in("STORAGE_API_BASE"):
        client = storage.Client(
            project,
            client_options={"api_endpoint": address},
            use_auth_w_custom_endpoint=False,
        )
    else:
        client = storage.Client(project)
    return client.bucket(name)
