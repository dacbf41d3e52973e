"""The `exports` document, and the messages of its functions."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised


class ExportState(StrEnum):
    """How far an export is."""

    REQUESTED = "requested"
    GATHERING = "gathering"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class Export(Revised):
    """`exports/{digest of the uid}`: the latest export of one person.

    There is one document for each person, so there is one export at a time.

    Attributes:
        run: tells one export from the one before; part of the file's path.
        attempts: how often a worker has begun it.
        lease_until: when it may be begun again; None once it is done.
        expires_at: when the file goes; None until it is there.
        size_bytes: of the file.
        sha256: of the file, in hexadecimal.
    """

    uid: str
    run: DocumentId
    state: ExportState = ExportState.REQUESTED
    requested_at: Instant
    attempts: int = 0
    lease_until: Instant | None
    records: int = 0
    ready_at: Instant | None = None
    expires_at: Instant | None = None
    size_bytes: int = 0
    sha256: str = ""


class RequestExport(Message):
    """The request of `privacy_export`."""

    idempotency_key: IdempotencyKey


class GetExport(Message):
    """The request of `privacy_get_export`."""


class ExportView(Message):
    """An export as its person sees it.

    `path` is where the Firebase SDK downloads it from while it is ready, as the same person, until
    `expiresAt`. `records` counts what was found so far.
    """

    state: ExportState
    requested_at: Instant
    records: int
    ready_at: Instant | None
    expires_at: Instant | None
    path: str | None
    size_bytes: int
    sha256: str


class GatherExport(Message):
    """The task of `privacyExportTask`."""

    export_id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    run: DocumentId
