"""Generated documents: one worker at a time, and a sweep that takes over from the dead."""

from datetime import UTC, datetime, timedelta

import pytest

from app.coaching.generation import policy
from app.coaching.generation.models import Generated, Source
from app.coaching.generation.policy import NotYoursError

AT = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
FRESH = Generated(uid="person", lease_until=AT + policy.START_GRACE)


def test_a_fresh_document_is_claimed_at_once() -> None:
    claimed = policy.claim(FRESH, at=AT)

    assert (claimed.attempts, claimed.lease_until) == (1, AT + policy.LEASE)
    assert claimed.progress == policy.CLAIMED_PERCENT


def test_a_lease_keeps_others_away_until_it_ends() -> None:
    claimed = policy.claim(FRESH, at=AT)

    with pytest.raises(NotYoursError):
        policy.claim(claimed, at=AT + policy.LEASE - timedelta(microseconds=1))
    assert policy.claim(claimed, at=AT + policy.LEASE).attempts == 2


def test_a_worker_that_lost_its_lease_cannot_finish() -> None:
    first = policy.claim(FRESH, at=AT)
    second = policy.claim(first, at=AT + policy.LEASE)

    with pytest.raises(NotYoursError):
        policy.writing(second, worker=first.attempts)
    with pytest.raises(NotYoursError):
        policy.done(second, worker=first.attempts, source=Source.MODEL)
    assert policy.done(second, worker=2, source=Source.RULES).source is Source.RULES


def test_what_is_done_stays_done() -> None:
    claimed = policy.claim(FRESH, at=AT)
    done = policy.done(claimed, worker=1, source=Source.MODEL)

    assert (done.progress, done.lease_until) == (100, None)
    with pytest.raises(NotYoursError):
        policy.claim(done, at=AT + timedelta(days=1))
    with pytest.raises(NotYoursError):
        policy.done(done, worker=1, source=Source.RULES)
    with pytest.raises(NotYoursError):
        policy.writing(done, worker=1)


def test_a_lease_outlives_the_function_that_holds_it() -> None:
    assert timedelta(seconds=60) < policy.LEASE
