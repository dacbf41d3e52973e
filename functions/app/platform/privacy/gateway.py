"""The files of exports in Cloud Storage."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from app.kit import environment
from app.platform.storage import gateway as storage
from app.platform.storage.gateway import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

FOLDERS = ("exports",)
"""Where files about people are, each below a folder of the person's uid."""
EXPIRES_AT = "expiresAt"
"""Metadata of a file: when it goes, in milliseconds since 1970. `storage.rules` reads it."""

_ARCHIVE = Served("application/zip", "private, no-store")


def keep(path: str, file: IO[bytes], *, expires_at: datetime) -> None:
    """Store a file, from where it stands to its end, instead of whatever is at `path`.

    Raises:
        UnavailableError: Storage does not answer; it may be stored or not.
    """
    metadata = {EXPIRES_AT: str(int(expires_at.timestamp() * 1000))}
    storage.upload(bucket(), path, file, _ARCHIVE, metadata=metadata)


def expired(at: datetime, *, limit: int) -> Iterator[str]:
    """Yield the paths of at most `limit` files whose time is over.

    Raises:
        UnavailableError: Storage does not answer.
    """
    found = 0
    for name, metadata in storage.listed(bucket(), "exports/"):
        until = metadata.get(EXPIRES_AT, "")
        # The rules refuse a file that does not say until when; it is of no use to anybody.
        if not until.isdecimal() or int(until) <= at.timestamp() * 1000:
            yield name
            found += 1
        if found == limit:
            return


def delete(path: str) -> None:
    """Delete a file, if it is there.

    Raises:
        UnavailableError: Storage does not answer.
    """
    storage.delete(bucket(), path)


def paths_of(uid: str) -> list[str]:
    """Return the paths of every file about a person.

    Raises:
        UnavailableError: Storage does not answer.
    """
    return [name for folder in FOLDERS for name, _ in storage.listed(bucket(), f"{folder}/{uid}/")]


def bucket() -> str:
    """Return the name of the bucket: `EXPORTS_BUCKET`, or the project's own."""
    return os.environ.get("EXPORTS_BUCKET") or f"{environment.project()}.appspot.com"
