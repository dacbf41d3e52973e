"""What is past its time, of whatever type, found and deleted."""

from collections.abc import Iterator
from datetime import datetime

from app.kit import documents, firestore, ids
from app.kit.documents import Stored
from app.kit.firestore import Collection, ConflictError, OutcomeUnknownError, Snapshot
from app.platform.activity import store as activity
from app.platform.activity.models import Activity
from app.platform.mail import mailing
from app.platform.records import store as records
from app.platform.records.models import RecordType, Retention
from app.platform.retention.models.notices import Notice
from app.platform.retention.store import holds

BATCH = 100
MAX_BATCHES = 100
"""Of one type in one run. What is left is left to the next day's."""

notices = Collection("notices", Notice)


def delete_past(kind: RecordType, kept: Retention, at: datetime) -> int:
    """Delete the documents of one type that are past their time, but what holds keep.

    For each batch one query, one for each person in it, and one commit. It may die at any point.

    Returns:
        How many were deleted.
    """
    deleted = 0
    for batch in _past(kind, kept, at):
        free = _free(kind, batch)
        deleted += _delete(free) if free else 0
    return deleted


def has_any(kinds: list[RecordType], uid: str) -> bool:
    """Whether there is a document of one of these types about a person. A query for each."""
    return any(records.owned(kind, uid, limit=1) for kind in kinds)


def delete_idle(kinds: list[RecordType], person: Snapshot[Activity]) -> bool:
    """Delete all of these types that is about a person, unless they come back meanwhile.

    Each commit is conditional on their activity, so what they make when they come back stays.

    Returns:
        Whether all of it is deleted.
    """
    uid, now = person.id, person
    for kind in kinds:
        while batch := records.owned(kind, uid, limit=BATCH):
            if now.value is None:
                return False
            writes = [documents.delete(stored) for stored in batch]
            then = activity.change(now, now.value, *writes)
            if then is None:
                return False
            now = then
    return activity.forget(now)


def warn(person: Snapshot[Activity], warned: Activity, notice: Notice) -> bool:
    """Leave a notice for a person, mail them, and remember it, in one commit.

    In every language, since nobody has asked for theirs.

    Returns:
        Whether they were idle till then.
    """
    notice_id = ids.digest("notice/v1", person.id, notice.kind, notice.ends_at.isoformat())
    mails = [
        write
        for locale in mailing.Locale
        for write in mailing.queued(
            ids.digest("notice-mail/v1", notice_id, locale),
            person.id,
            mailing.Template.RECORDS_END,
            locale,
            notice.at,
            parameters={"at": f"{notice.ends_at:%Y-%m-%d}"},
        )
    ]
    return activity.change(person, warned, notices.put(notice_id, notice), *mails) is not None


def _past(kind: RecordType, kept: Retention, at: datetime) -> Iterator[list[Stored]]:
    """Yield what is past its time, the oldest first. One query a batch."""
    after = None
    for _ in range(MAX_BATCHES):
        found = documents.older(
            kind.collection,
            (kept.since, at - kept.period),
            limit=BATCH,
            after=after,
            database=kind.database,
        )
        yield found
        if len(found) < BATCH:
            return
        after = found[-1]


def _free(kind: RecordType, batch: list[Stored]) -> list[Stored]:
    """Return those whose person no hold keeps. One query for each person."""
    held: dict[str, bool] = {}

    def is_free(stored: Stored) -> bool:
        uid = records.owner_of(kind, stored)
        if not uid:
            return True
        if uid not in held:
            held[uid] = holds.person_held(uid)
        return not held[uid]

    return [stored for stored in batch if is_free(stored)]


def _delete(batch: list[Stored]) -> int:
    """Delete documents as they were seen, together, or else one by one; return how many."""
    try:
        firestore.commit(*(documents.delete(stored) for stored in batch))
    except ConflictError:
        if len(batch) == 1:
            return 0  # changed since: the next run looks at it anew
        return sum(_delete([stored]) for stored in batch)
    except OutcomeUnknownError:
        return 0  # the next run finds what is left
    return len(batch)
