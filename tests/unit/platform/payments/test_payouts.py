"""When nothing more is to be expected of a payout."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.payments.models.documents import Payout
from app.platform.payments.models.stripe import StripePayout
from app.platform.payments.policy import transfers

AT = datetime(2027, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "days_since_arrival", "settled"),
    [
        ("pending", 0, False),
        ("in_transit", 30, False),
        ("paid", 13, False),
        ("paid", 15, True),
        ("failed", 0, True),
        ("canceled", 0, True),
    ],
)
def test_a_bank_may_return_what_was_paid_for_two_weeks(
    status: str, days_since_arrival: int, *, settled: bool
) -> None:
    payout = StripePayout(
        id="po_1",
        status=status,
        amount=500,
        currency="usd",
        automatic=True,
        arrival_date=int((AT - timedelta(days=days_since_arrival)).timestamp()),
        created=0,
    )

    mirror = transfers.find_payout(payout, "acct_1", {}, AT).mirror

    assert isinstance(mirror, Payout)
    assert mirror.settled is settled
