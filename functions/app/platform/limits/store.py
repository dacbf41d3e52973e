"""The only code that reads or writes `rate_limits`."""

from datetime import UTC, datetime

from app.kit import ids
from app.kit.firestore import Collection, Key, Snapshot, Write
from app.kit.limits import Limit, take
from app.platform.limits.models import RateLimit

rate_limits = Collection("rate_limits", RateLimit)


def key(function: str, uid: str) -> Key[RateLimit]:
    """Return where the use of `function` by a person is counted, for a batched read."""
    return rate_limits.key(ids.digest("rate-limit/v1", function, uid))


def taken(seen: Snapshot[RateLimit], limit: Limit, uid: str, at: datetime) -> Write:
    """Return the write that counts one more call, for the call's own commit.

    Raises:
        LimitExceededError: the limit is used up.
    """
    before = None if seen.value is None else seen.value.arrival.timestamp()
    arrival = datetime.fromtimestamp(take(limit, before, at.timestamp()), UTC)
    return rate_limits.replace(seen, RateLimit(uid=uid, arrival=arrival))
