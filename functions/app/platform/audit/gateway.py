"""Where the anchors of the audit log are kept, each made once."""

import os
from collections.abc import Iterator

from app.platform.storage import gateway as storage
from app.platform.storage.gateway import Served


def exists(name: str) -> bool:
    """Whether there is an anchor of this name.

    Raises:
        UnavailableError: Storage does not answer.
    """
    return storage.exists(_bucket(), name)


def create(name: str, data: bytes) -> None:
    """Keep an anchor, unless there is one of this name, which then stays as it is.

    Raises:
        UnavailableError: Storage does not answer; the anchor may have been kept.
    """
    storage.write(_bucket(), name, data, Served("application/json"), over=storage.NONE)


def read_all(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every anchor in a folder, in the order of names.

    Raises:
        UnavailableError: Storage does not answer.
    """
    for name, _ in storage.listed(_bucket(), folder):
        anchor = storage.read(_bucket(), name)
        if anchor is not None:
            yield name, anchor.data


def _bucket() -> str:
    return os.environ["AUDIT_BUCKET"]
