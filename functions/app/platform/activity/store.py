"""The only code that reads or writes `activity`."""

from datetime import datetime

from app.kit import firestore
from app.kit.firestore import Collection, ConflictError, Snapshot, Write
from app.platform.activity.models import Activity

activity = Collection("activity", Activity)


def seen(uid: str, at: datetime) -> Write:
    """Return the write that notes that a person did something, for that thing's own commit."""
    return activity.put(uid, Activity(at=at))


def idle(
    before: datetime, *, after: tuple[datetime, str] | None, limit: int
) -> list[Snapshot[Activity]]:
    """Return who did nothing since a time, the longest first. One query."""
    return activity.find(before={"at": before}, order_by="at", after=after, limit=limit)


def change(before: Snapshot[Activity], to: Activity, *also: Write) -> Snapshot[Activity] | None:
    """Replace what is known of a person's activity, with other writes, in one commit.

    Returns:
        How it is then; None where they have done something since, and nothing was written.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    return _unless_active(before, activity.replace(before, to), *also)


def forget(before: Snapshot[Activity]) -> bool:
    """Delete what is known of a person's activity; return whether they did nothing since."""
    return _unless_active(before, activity.delete(before)) is not None


def _unless_active(before: Snapshot[Activity], *writes: Write) -> Snapshot[Activity] | None:
    def attempt() -> Snapshot[Activity] | None:
        (now,) = firestore.read(before.key)
        if now.value != before.value:
            return None
        try:
            firestore.commit(*writes)
        except ConflictError:
            return None  # the next run begins with what is there then
        (then,) = firestore.read(before.key)
        return then

    return firestore.retrying(attempt)
