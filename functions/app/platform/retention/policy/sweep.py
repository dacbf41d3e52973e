"""What the daily schedule deletes. Pure."""

from datetime import datetime, timedelta

from app.platform.activity.models import Activity
from app.platform.records.models import LAST_ACTIVITY, RecordType, Retention
from app.platform.records.register import TYPES


def by_instant() -> list[RecordType]:
    """Return the types that go a time after an instant in each document."""
    return [
        kind
        for kind in TYPES.values()
        if kind.retention is not None
        and kind.retention.since != LAST_ACTIVITY
        and not kind.retention.by_ttl
    ]


def by_activity() -> list[RecordType]:
    """Return the types that go a time after their person was last seen."""
    return [
        kind
        for kind in TYPES.values()
        if kind.retention is not None and kind.retention.since == LAST_ACTIVITY
    ]


def idle_retention() -> Retention:
    """Return how long the types of `by_activity` are kept, which is the same for all of them."""
    (one,) = {kind.retention for kind in by_activity() if kind.retention is not None}
    return one


def warned_before(at: datetime) -> datetime:
    """Return the time such that who was last seen before it is to be warned by now."""
    kept = idle_retention()
    return at - kept.period + kept.warned


def ends_at(activity: Activity, *, warned_at: datetime) -> datetime:
    """Return when the records of an idle person go: never without the whole time of a warning."""
    kept = idle_retention()
    return max(activity.at + kept.period, warned_at + kept.warned)


def is_over(activity: Activity, *, at: datetime) -> bool:
    """Whether the records of a person go now."""
    warned_at = activity.warned_at
    return warned_at is not None and ends_at(activity, warned_at=warned_at) <= at


def later(activity: Activity, signed_in_at: datetime | None) -> Activity | None:
    """Return the activity of who has been seen since; None for who has not."""
    if signed_in_at is None or signed_in_at - activity.at < timedelta(seconds=1):
        return None
    return Activity(at=signed_in_at)
