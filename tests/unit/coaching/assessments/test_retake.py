"""When an assessment may be taken again."""

from datetime import UTC, datetime, timedelta

import pytest

from app.coaching.assessments.policy.retake import check_retake
from app.kit.errors import FailedPreconditionError

LAST = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(None, id="never taken"),
        pytest.param(LAST - timedelta(days=30), id="on the 30 x 24 h boundary"),
        pytest.param(LAST - timedelta(days=31), id="after it"),
    ],
)
def test_it_may_be_taken(last: datetime | None) -> None:
    check_retake(last, at=LAST)


@pytest.mark.parametrize(
    ("elapsed", "days_remaining"),
    [
        pytest.param(timedelta(), 30, id="at once"),
        pytest.param(TICK, 30, id="a started day counts"),
        pytest.param(timedelta(days=1), 29, id="after a whole day"),
        pytest.param(timedelta(days=29), 1, id="a whole day left"),
        pytest.param(timedelta(days=30) - TICK, 1, id="the last moment"),
    ],
)
def test_too_early_says_how_long(elapsed: timedelta, days_remaining: int) -> None:
    with pytest.raises(FailedPreconditionError) as refusal:
        check_retake(LAST, at=LAST + elapsed)

    assert refusal.value.details == {"daysRemaining": days_remaining}
