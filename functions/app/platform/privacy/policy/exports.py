"""The life of an export. Pure."""

from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError
from app.platform.privacy.models.exports import Export, ExportState, ExportView

KEPT = timedelta(days=7)
LEASE = timedelta(minutes=10)
"""Longer than a worker may run, so that two never work at once."""
START_GRACE = timedelta(minutes=2)
MAX_ATTEMPTS = 8
RUNNING = frozenset({ExportState.REQUESTED, ExportState.GATHERING})


class NotToDoError(Exception):
    """There is nothing to gather: it is done, expired, another's turn, or another export's."""


def requested(before: Export | None, uid: str, run: str, *, at: datetime) -> Export:
    """Return a new export of a person.

    Raises:
        FailedPreconditionError: one is running.
    """
    if before is not None and before.state in RUNNING:
        raise FailedPreconditionError("Your data are being gathered already.")
    return Export(uid=uid, run=run, requested_at=at, lease_until=at + START_GRACE)


def begun(export: Export, run: str, *, at: datetime) -> Export:
    """Return an export that a worker has begun.

    Raises:
        NotToDoError: it is not this worker's to gather, now or at all.
    """
    if export.run != run or export.state not in RUNNING:
        raise NotToDoError
    if export.state is ExportState.GATHERING and at < (export.lease_until or at):
        raise NotToDoError
    if export.attempts >= MAX_ATTEMPTS:
        return export.model_copy(update={"state": ExportState.FAILED, "lease_until": None})
    return export.model_copy(
        update={
            "state": ExportState.GATHERING,
            "attempts": export.attempts + 1,
            "lease_until": at + LEASE,
            "records": 0,
        }
    )


def given_back(export: Export, worker: Export, *, at: datetime) -> Export:
    """Return an export whose worker has failed, for the next one to begin at once."""
    if not _same(export, worker):
        return export
    return export.model_copy(update={"lease_until": at})


def counted(export: Export, worker: Export, records: int) -> Export:
    """Return an export that says how many records are gathered.

    Raises:
        NotToDoError: another worker has it.
    """
    if not _same(export, worker):
        raise NotToDoError
    return export.model_copy(update={"records": records})


def ready(  # noqa: PLR0913  # what is known of a file
    export: Export, worker: Export, *, records: int, size_bytes: int, sha256: str, at: datetime
) -> Export:
    """Return an export whose file is there.

    Raises:
        NotToDoError: another worker has it.
    """
    if not _same(export, worker):
        raise NotToDoError
    return export.model_copy(
        update={
            "state": ExportState.READY,
            "lease_until": None,
            "records": records,
            "ready_at": at,
            "expires_at": expiry(worker),
            "size_bytes": size_bytes,
            "sha256": sha256,
        }
    )


def expiry(export: Export) -> datetime:
    """Return when the file of an export goes, counted from when it was asked for."""
    return export.requested_at + KEPT


def expired(export: Export, *, at: datetime) -> Export:
    """Return an export without its file, if its time is over."""
    if export.state is not ExportState.READY or at < expiry(export):
        return export
    return export.model_copy(update={"state": ExportState.EXPIRED})


def path(export: Export) -> str:
    """Return where in the bucket the file of an export is."""
    return f"exports/{export.uid}/{export.run}/export.zip"


def view(export: Export, *, at: datetime) -> ExportView:
    """Return an export as its person sees it at a time."""
    shown = expired(export, at=at)
    there = shown.state is ExportState.READY
    return ExportView(
        state=shown.state,
        requested_at=shown.requested_at,
        records=shown.records,
        ready_at=shown.ready_at,
        expires_at=shown.expires_at,
        path=path(shown) if there else None,
        size_bytes=shown.size_bytes,
        sha256=shown.sha256,
    )


def _same(export: Export, worker: Export) -> bool:
    return (
        export.run == worker.run
        and export.state is ExportState.GATHERING
        and export.attempts == worker.attempts
    )
