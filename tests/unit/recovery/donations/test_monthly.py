"""What a monthly gift's subscription makes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kit.money import Currency
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import (
    PLATFORM,
    Reference,
    Subscription,
    SubscriptionState,
)
from app.recovery.donations.models.monthly import MonthlyGift, MonthlyState
from app.recovery.donations.policy import monthly

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GIFT = MonthlyGift(
    uid="donor",
    terms_id="t1",
    amount_cents=4_500,
    currency=Currency.USD,
    locale=Locale.EN,
    state=MonthlyState.CREATED,
    checkout_session_id="cs_1",
    created_at=NOW,
    sealed={},
)


def mirror(
    state: SubscriptionState, invoice: str | None = "in_1", **changed: object
) -> Subscription:
    found = Subscription(
        account=PLATFORM,
        state=state,
        reference=Reference(kind="monthly_gift", id="t2"),
        customer_id="cus_1",
        price_id="price_1",
        lookup_key=None,
        unit_amount_cents=700,
        quantity=1,
        currency=Currency.USD,
        interval="month",
        period_start=NOW,
        period_end=NOW + timedelta(days=30),
        trial_end=None,
        cancel_at=None,
        canceled_at=None,
        ended_at=None,
        collects=True,
        latest_invoice_id=invoice,
        created_at=NOW,
        updated_at=NOW,
    )
    return found.model_copy(update=changed)


@pytest.mark.parametrize("state", list(SubscriptionState))
def test_a_gift_is_where_its_subscription_is_whatever_it_was(state: SubscriptionState) -> None:
    followed = monthly.follow(GIFT, "sub_1", mirror(state), reminded_of=None)
    before = GIFT.model_copy(update={"state": MonthlyState.CANCELED, "next_charge_at": NOW})

    assert followed == monthly.follow(before, "sub_1", mirror(state), reminded_of=None)
    assert (followed.terms_id, followed.amount_cents) == ("t2", 700)
    due = state in {"active", "trialing", "past_due"}
    assert (followed.next_charge_at is not None) == due


def test_a_gift_that_ends_or_is_not_collected_has_no_next_charge() -> None:
    ends = mirror(SubscriptionState.ACTIVE, cancel_at=NOW)
    paused = mirror(SubscriptionState.ACTIVE, collects=False)

    assert monthly.follow(GIFT, "sub_1", ends, reminded_of=None).next_charge_at is None
    stopped = monthly.follow(GIFT, "sub_1", paused, reminded_of=None)
    assert (stopped.state, stopped.next_charge_at) == (MonthlyState.PAUSED, None)


def test_each_bill_that_failed_is_told_of_once() -> None:
    told = GIFT.model_copy(update={"reminded_of": "in_1"})
    failed = SubscriptionState.PAST_DUE

    assert monthly.reminder(GIFT, mirror(failed)) == "in_1"
    assert monthly.reminder(told, mirror(failed)) is None
    assert monthly.reminder(told, mirror(SubscriptionState.UNPAID)) is None
    assert monthly.reminder(told, mirror(failed, "in_2")) == "in_2"
    assert monthly.reminder(GIFT, mirror(failed, None)) is None
    assert monthly.reminder(GIFT, mirror(SubscriptionState.ACTIVE)) is None


def test_a_page_that_expires_ends_no_gift_that_began() -> None:
    assert monthly.expired(GIFT).state is MonthlyState.EXPIRED
    begun = monthly.follow(GIFT, "sub_1", mirror(SubscriptionState.ACTIVE), reminded_of=None)
    assert monthly.expired(begun) == begun
