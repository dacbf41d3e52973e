"""The only code that reads or writes `rate_limits` and `limit_salts`."""

import hashlib
import hmac
import secrets
from datetime import UTC, date, datetime, time, timedelta

from app.kit import clock, firestore, ids
from app.kit.firestore import Collection, Key, Snapshot, Write
from app.kit.limits import Limit, take
from app.platform.limits.models import LimitSalt, RateLimit

SALT_KEPT = timedelta(days=2)
"""How long after its day a salt is kept; longer than any call of that day can still run."""

rate_limits = Collection("rate_limits", RateLimit)
limit_salts = Collection("limit_salts", LimitSalt)
_salts: dict[date, bytes] = {}


def key(function: str, uid: str) -> Key[RateLimit]:
    """Return where the use of `function` by a person is counted, for a batched read."""
    return rate_limits.key(ids.digest("rate-limit/v1", function, uid))


def subject_key(function: str, subject: str) -> Key[RateLimit]:
    """Return where the use of `function` by or upon a subject is counted, for a batched read.

    The first of a day in an instance makes one read, and the very first one commit.

    Args:
        function: the operation.
        subject: a network or e-mail address, an id, a key; written in one way only. It cannot be
            told from the document's id once the day's salt is deleted. With the day the count
            begins anew.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    message = ids.length_prefixed("rate-limit/v1", function, subject)
    digest = hmac.new(_salt(clock.now().date()), message, hashlib.sha256)
    return rate_limits.key(digest.hexdigest())


def taken(seen: Snapshot[RateLimit], limit: Limit, uid: str, at: datetime) -> Write:
    """Return the write that counts one more call, for the call's own commit.

    Args:
        seen: what is at the `key` or `subject_key`.
        limit: what is admitted.
        uid: whose call it is; "" for a subject.
        at: the time.

    Raises:
        LimitExceededError: the limit is used up.
    """
    before = None if seen.value is None else seen.value.arrival.timestamp()
    arrival = datetime.fromtimestamp(take(limit, before, at.timestamp()), UTC)
    return rate_limits.replace(seen, RateLimit(uid=uid, arrival=arrival))


def count(function: str, limits_by_subject: dict[str, Limit]) -> None:
    """Count one more use of `function` for each subject, or for none of them.

    One read and one commit, for calls that make no commit of their own in any case.

    Raises:
        LimitExceededError: the limit of one of them is used up.
        AbortedError: other writers kept getting in between.
        UnavailableError: Firestore does not answer; nobody may be let in.
    """
    keys = [subject_key(function, subject) for subject in limits_by_subject]

    def attempt() -> None:
        seen = firestore.read(*keys)
        at = clock.now()
        each = zip(seen, limits_by_subject.values(), strict=True)
        firestore.commit(*(taken(snapshot, limit, "", at) for snapshot, limit in each))

    firestore.retrying(attempt)


def _salt(day: date) -> bytes:
    """Return the salt of a day, which all instances share."""
    if day not in _salts:
        salt = firestore.retrying(lambda: _stored_salt(day))
        _salts.clear()
        _salts[day] = salt
    return _salts[day]


def _stored_salt(day: date) -> bytes:
    (seen,) = firestore.read(limit_salts.key(day.isoformat()))
    if seen.value is not None:
        return bytes(seen.value.salt)
    expires_at = datetime.combine(day + timedelta(days=1), time.min, UTC) + SALT_KEPT
    made = LimitSalt(salt=secrets.token_bytes(32), expires_at=expires_at)
    firestore.commit(limit_salts.create(seen.id, made))
    return made.salt


def forget() -> None:
    """Forget what was read."""
    _salts.clear()
