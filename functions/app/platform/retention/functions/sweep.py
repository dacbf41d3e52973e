"""The schedule that deletes what is past its time."""

from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.triggers import schedule
from app.platform.accounts import gateway as accounts
from app.platform.activity import store as activity
from app.platform.retention.models.notices import Notice, NoticeKind
from app.platform.retention.policy import sweep as policy
from app.platform.retention.store import holds
from app.platform.retention.store import sweep as store

if TYPE_CHECKING:
    from datetime import datetime

    from app.kit.firestore import Snapshot
    from app.platform.activity.models import Activity

PEOPLE = 100
MAX_PAGES = 20
"""Of idle people in one run; the rest is the next day's."""


@schedule("every day 03:00", timeout_sec=540, memory=512)
def retention_enforce_daily() -> None:
    """Delete what is past its time and what nobody holds; warn those whose records will go.

    It may die at any point or run twice at once: every deletion is on condition that the document
    is as it was seen, and the next run finds what is left. A query for each type, and for each
    batch a query for each person in it and one commit.
    """
    at = clock.now()
    held = holds.types_held()
    for kind in policy.by_instant():
        if kind.collection not in held and kind.retention is not None:
            store.delete_past(kind, kind.retention, at)
    if not held & {kind.collection for kind in policy.by_activity()}:
        _enforce_on_idle(at)  # a hold of one such type keeps all: they are found together


def _enforce_on_idle(at: "datetime") -> None:
    """Warn, and then delete what is about, people who did nothing for long."""
    before, after = policy.warned_before(at), None
    for _ in range(MAX_PAGES):
        found = activity.idle(before, after=after, limit=PEOPLE)
        for person in found:
            _enforce_on(person, at)
        if len(found) < PEOPLE:
            return
        last = found[-1]
        after = None if last.value is None else (last.value.at, last.id)


def _enforce_on(person: "Snapshot[Activity]", at: "datetime") -> None:
    if person.value is None or holds.person_held(person.id):
        return
    later = policy.later(person.value, accounts.last_seen(person.id))
    if later is not None:
        activity.change(person, later)
    elif not store.has_any(policy.by_activity(), person.id):
        activity.forget(person)  # nothing of theirs depends on it
    elif person.value.warned_at is None:
        ends_at = policy.ends_at(person.value, warned_at=at)
        kind = NoticeKind.COACHING_RECORDS_END
        notice = Notice(uid=person.id, kind=kind, at=at, ends_at=ends_at)
        store.warn(person, person.value.model_copy(update={"warned_at": at}), notice)
    elif policy.is_over(person.value, at=at):
        store.delete_idle(policy.by_activity(), person)
