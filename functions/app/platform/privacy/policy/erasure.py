"""How an erasure is asked for, taken back, begun and reported. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError, NotFoundError
from app.platform.privacy.models.erasure import (
    ErasedType,
    Erasure,
    ErasureState,
    ErasureView,
    KeptType,
    Report,
    Step,
)
from app.platform.records.models import Erasure as OnErasure
from app.platform.records.models import RecordType

GRACE = timedelta(days=7)
"""How long it can be taken back: a weekly look at one's mail is enough to notice that somebody else
asked for it. Three of the four weeks that the law gives (GDPR Art. 12(3)) remain."""
HELD = timedelta(days=1)
"""When it is looked at again whether a legal hold has ended."""
SETTLE = timedelta(minutes=70)
"""Tokens live an hour, and what was begun with one ends within minutes."""
RESUMED = timedelta(minutes=10)
"""After this long without an end, the sweep queues an erasure again."""
KEY_CACHE = timedelta(seconds=300)
KEY_BACKUPS = timedelta(days=7)
"""How long backups of the database `keys` are kept."""
DATA_BACKUPS = timedelta(days=35)
"""How long backups of the database `(default)` and deleted files are kept."""

_ORDER = tuple(Step)


def requested(before: Erasure | None, uid: str, receipt: str, at: datetime) -> Erasure:
    """Return the erasure that a person asks for.

    Raises:
        FailedPreconditionError: one is scheduled, runs or is done.
    """
    if before is not None and before.state is not ErasureState.CANCELLED:
        raise FailedPreconditionError("Your account is being erased already.")
    starts_at = at + GRACE
    return Erasure(
        uid=uid, receipt=receipt, requested_at=at, starts_at=starts_at, next_at=starts_at
    )


def cancelled(erasure: Erasure | None, at: datetime) -> Erasure:
    """Return an erasure that was taken back.

    Raises:
        NotFoundError: there is none.
        FailedPreconditionError: it was taken back before, or has begun.
    """
    if erasure is None:
        raise NotFoundError("You have asked for no erasure.")
    if erasure.state is ErasureState.CANCELLED:
        raise FailedPreconditionError("This erasure was taken back before.")
    if erasure.state is not ErasureState.SCHEDULED:
        raise FailedPreconditionError("The erasure has begun and cannot be taken back.")
    ended = {"state": ErasureState.CANCELLED, "held": False, "next_at": None, "finished_at": at}
    return erasure.model_copy(update=ended)


def started(erasure: Erasure, at: datetime) -> Erasure:
    """Return an erasure that runs, if it is due; it cannot be taken back any more."""
    if erasure.state is not ErasureState.SCHEDULED or erasure.next_at is None:
        return erasure
    if at < erasure.next_at:
        return erasure
    running = {"state": ErasureState.RUNNING, "step": Step.HOLD, "next_at": at + RESUMED}
    return erasure.model_copy(update=running)


def waiting(erasure: Erasure, at: datetime) -> Erasure:
    """Return an erasure that was about to begin, and waits for the end of a legal hold."""
    if not erasure.at_step(Step.HOLD):
        return erasure
    waits = {"state": ErasureState.SCHEDULED, "held": True, "next_at": at + HELD}
    return erasure.model_copy(update=waits)


def after(step: Step, erasure: Erasure, at: datetime, **also: object) -> Erasure:
    """Return an erasure that has done `step`, unless another worker was faster."""
    if not erasure.at_step(step):
        return erasure
    following = _ORDER[_ORDER.index(step) + 1]
    changed = {"step": following, "next_at": at + RESUMED, "held": False, **also}
    if following is Step.SETTLE:
        settled_at = erasure.settled_at or at + SETTLE
        changed |= {"settled_at": settled_at, "next_at": settled_at}
    return erasure.model_copy(update=changed)


def files_counted(erasure: Erasure, count: int) -> Erasure:
    """Return an erasure that knows of the files which are about to be deleted.

    A worker that follows one which died among them does not count what is left once more.
    """
    if not erasure.at_step(Step.FILES) or erasure.files_counted:
        return erasure
    return erasure.model_copy(update={"files": erasure.files + count, "files_counted": True})


def again(erasure: Erasure, at: datetime) -> Erasure:
    """Return an erasure of which something is left, or came back with a backup."""
    changed = {
        "state": ErasureState.RUNNING,
        "step": Step.ACCOUNT,
        "held": False,
        "next_at": at + RESUMED,
        "settled_at": erasure.settled_at or at,
        "finished_at": None,
    }
    return erasure.model_copy(update=changed)


def of_journal(uid: str, erased_at: datetime) -> Erasure:
    """Return the erasure of which only the journal tells, since a backup from before is back."""
    return Erasure(
        uid=uid,
        receipt="",
        requested_at=erased_at,
        starts_at=erased_at,
        next_at=erased_at,
        keys_destroyed_at=erased_at,
        settled_at=erased_at + SETTLE,
    )


def done(
    erasure: Erasure,
    types: Mapping[str, RecordType],
    kept: Mapping[str, int],
    at: datetime,
) -> Erasure:
    """Return an erasure that is done, with its report, unless another worker was faster.

    Args:
        erasure: of which nothing is left.
        types: every collection by its name.
        kept: documents about the person by collection, for those that are kept.
        at: now.
    """
    if not erasure.at_step(Step.VERIFY):
        return erasure
    destroyed = erasure.keys_destroyed_at or at
    report = Report(
        erased=tuple(
            ErasedType(collection=name, holds=types[name].holds, count=count)
            for name, count in sorted(erasure.erased.items())
        ),
        files=erasure.files,
        kept=tuple(
            KeptType(
                collection=name,
                holds=types[name].holds,
                count=count,
                duty=types[name].duty,
                until=_until(types[name], at),
            )
            for name, count in sorted(kept.items())
            if count
        ),
        account_deleted_at=destroyed,
        keys_destroyed_at=destroyed,
        caches_empty_at=destroyed + KEY_CACHE,
        key_backups_gone_at=destroyed + KEY_BACKUPS,
        data_backups_gone_at=at + DATA_BACKUPS,
    )
    ended = {
        "state": ErasureState.DONE,
        "next_at": None,
        "finished_at": at,
        "report": report,
    }
    return erasure.model_copy(update=ended)


def view(erasure: Erasure) -> ErasureView:
    """Return what the person sees."""
    return ErasureView(
        state=erasure.state,
        requested_at=erasure.requested_at,
        starts_at=erasure.starts_at,
        waiting=erasure.held,
        finished_at=erasure.finished_at,
        report=erasure.report,
    )


def deleted(types: Mapping[str, RecordType]) -> list[RecordType]:
    """Return the types whose documents about a person are deleted."""
    return [
        kind
        for kind in types.values()
        if kind.erasure is OnErasure.DELETE and kind.owner_field is not None
    ]


def kept(types: Mapping[str, RecordType]) -> list[RecordType]:
    """Return the types whose documents about a person stay under a duty."""
    return [
        kind
        for kind in types.values()
        if kind.erasure is OnErasure.KEEP and kind.owner_field is not None
    ]


def _until(kind: RecordType, at: datetime) -> datetime:
    """Return when the last of what is kept goes: none is younger than now."""
    if kind.retention is None:
        raise ValueError(f"{kind.collection} is kept under a duty without an end.")
    return at + kind.retention.period
