"""Reads and writes objects of Cloud Storage. The only importer of its client.

The first call loads the client, since most functions need none. Writes say what they expect to
find, so that of two writers one learns that it came second.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING

from google.api_core import exceptions as api
from requests.exceptions import RequestException

from app.kit import environment
from app.kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.cloud.storage import Bucket

CALL_SECONDS = 5.0
"""For the connection, and for each part of the answer. There is no second try: the caller's is."""
FILE_SECONDS = 60.0
"""As `CALL_SECONDS`, for files and lists, which are tried again for twice as long."""

NONE = 0
"""The generation of an object that is not there."""

_NO_ANSWER = (api.ServerError, api.TooManyRequests, api.RetryError, RequestException)


@dataclass(frozen=True)
class Stored:
    """An object as it was read: its bytes, and which of the objects of its name it is."""

    data: bytes
    generation: int


@dataclass(frozen=True)
class Served:
    """What Storage says of an object to whoever reads it over HTTP."""

    content_type: str
    cache_control: str | None = None


def exists(bucket: str, name: str) -> bool:
    """Whether there is an object of this name.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        return bool(_bucket(bucket).blob(name).exists(timeout=CALL_SECONDS, retry=None))
    except _NO_ANSWER as error:
        raise _unavailable() from error


def read(bucket: str, name: str) -> Stored | None:
    """Return an object, or None where there is none.

    Raises:
        UnavailableError: Storage does not answer.
    """
    blob = _bucket(bucket).blob(name)
    try:
        data = blob.download_as_bytes(timeout=CALL_SECONDS, retry=None)
    except api.NotFound:
        return None
    except _NO_ANSWER as error:
        raise _unavailable() from error
    return Stored(data, int(blob.generation))


def write(bucket: str, name: str, data: bytes, served: Served, *, over: int) -> bool:
    """Write an object in the place of the one of generation `over`; return whether that was there.

    Raises:
        UnavailableError: Storage does not answer; the object may have been written.
    """
    blob = _bucket(bucket).blob(name)
    blob.cache_control = served.cache_control
    try:
        blob.upload_from_string(
            data,
            content_type=served.content_type,
            if_generation_match=over,
            timeout=CALL_SECONDS,
            retry=None,
        )
    except api.PreconditionFailed:
        return False
    except _NO_ANSWER as error:
        raise _unavailable() from error
    return True


def upload(
    bucket: str, name: str, file: IO[bytes], served: Served, *, metadata: Mapping[str, str]
) -> None:
    """Store a file, from where it stands to its end, instead of whatever is at `name`.

    Raises:
        UnavailableError: Storage does not answer; it may be stored or not.
    """
    from google.cloud.storage.retry import DEFAULT_RETRY  # noqa: PLC0415  # see `_bucket`

    blob = _bucket(bucket).blob(name)
    blob.metadata = dict(metadata)
    blob.cache_control = served.cache_control
    size = os.fstat(file.fileno()).st_size - file.tell()
    try:
        blob.upload_from_file(
            file,
            size=size,
            content_type=served.content_type,
            timeout=FILE_SECONDS,
            retry=DEFAULT_RETRY.with_timeout(2 * FILE_SECONDS),
        )
    except _NO_ANSWER as error:
        raise _unavailable() from error


def listed(bucket: str, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield name and metadata of every object whose name begins so, in the order of names.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        for blob in _bucket(bucket).list_blobs(prefix=prefix, timeout=FILE_SECONDS):
            yield blob.name, blob.metadata or {}
    except _NO_ANSWER as error:
        raise _unavailable() from error


def delete(bucket: str, name: str) -> None:
    """Delete an object, if it is there.

    Raises:
        UnavailableError: Storage does not answer.
    """
    try:
        _bucket(bucket).blob(name).delete(timeout=FILE_SECONDS)
    except api.NotFound:
        return
    except _NO_ANSWER as error:
        raise _unavailable() from error


def _unavailable() -> UnavailableError:
    return UnavailableError("Files cannot be read or stored right now. Try again.")


@cache
def _bucket(name: str) -> Bucket:
    # Else the library looks the bucket up in the background, for traces that nobody collects.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud import storage  # noqa: PLC0415  # 0.2 s of a cold start

    if address := environment.stand_in("STORAGE_API_BASE"):
        client = storage.Client(
            project=environment.project(),
            client_options={"api_endpoint": address},
            use_auth_w_custom_endpoint=False,
        )
    else:
        client = storage.Client(project=environment.project())
    return client.bucket(name)
