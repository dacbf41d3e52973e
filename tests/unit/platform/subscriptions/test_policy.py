"""Plans and prices, what may be done with a membership, and what its payer is told."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.platform.mail.models import Template
from app.platform.payments.models.documents import SubscriptionState
from app.platform.subscriptions.models.documents import Held
from app.platform.subscriptions.models.plans import Family, Plan, PriceKey
from app.platform.subscriptions.policy import entitlements, memberships, notices, plans
from app.platform.subscriptions.policy.entitlements import ENDED
from tests.unit.platform.subscriptions.cases import (
    DAY,
    NOW,
    any_held,
    held,
    instants,
    membership,
    mirror,
)

State = SubscriptionState


def told(subscription: Held, now: datetime) -> set[Template]:
    return {notice.template for notice in notices.due(subscription, now)}


def test_prices_are_those_of_the_product() -> None:
    shown = {
        key: (p.unit_amount_cents, p.interval, p.trial_days) for key, p in plans.PRICES.items()
    }

    assert shown == {
        PriceKey.PREMIUM_MONTHLY: (3900, "month", 14),
        PriceKey.PREMIUM_YEARLY: (39_000, "year", 14),
        PriceKey.ENTERPRISE_MONTHLY: (2900, "month", 0),
        PriceKey.PARTNER_MONTHLY: (9900, "month", 0),
    }
    assert [view.plan for view in plans.PLANS.items] == list(Plan)


@pytest.mark.parametrize(
    ("key", "seats", "allowed"),
    [
        (PriceKey.PREMIUM_MONTHLY, 1, True),
        (PriceKey.PREMIUM_MONTHLY, 2, False),
        (PriceKey.ENTERPRISE_MONTHLY, 9, False),
        (PriceKey.ENTERPRISE_MONTHLY, 10, True),
        (PriceKey.ENTERPRISE_MONTHLY, 10_000, True),
        (PriceKey.ENTERPRISE_MONTHLY, 10_001, False),
    ],
)
def test_seats_are_within_what_the_price_is_for(
    key: PriceKey, seats: int, *, allowed: bool
) -> None:
    if allowed:
        plans.require_seats(plans.PRICES[key], seats)
    else:
        with pytest.raises(InvalidArgumentError, match="seats"):
            plans.require_seats(plans.PRICES[key], seats)


@pytest.mark.parametrize("state", State)
def test_who_has_a_subscription_that_has_not_ended_starts_no_other(
    state: SubscriptionState,
) -> None:
    if state in ENDED:
        memberships.require_none([held(state=state)], Family.COACHING)
    else:
        with pytest.raises(FailedPreconditionError):
            memberships.require_none([held(state=state)], Family.COACHING)
        memberships.require_none([held(state=state)], Family.PARTNER)


@given(st.permutations([1, 2, 3]), st.lists(st.integers(1, 3), max_size=4))
def test_a_membership_follows_its_latest_subscription_in_any_order(
    order: list[int], repeated: list[int]
) -> None:
    subscriptions = {
        f"sub_{n}": mirror(
            created_at=NOW + n * DAY,
            trial_end=NOW if n == 1 else None,
            lookup_key=PriceKey.ENTERPRISE_MONTHLY if n == 3 else PriceKey.PREMIUM_MONTHLY,
        )
        for n in (1, 2, 3)
    }
    followed = membership()
    for n in [*repeated, *order]:
        subscription_id = f"sub_{n}"
        told_now = subscriptions[subscription_id]
        kept = entitlements.held(subscription_id, told_now, followed, None)
        followed = memberships.followed(followed, subscription_id, told_now, kept)

    assert (followed.subscription_id, followed.plan) == ("sub_3", Plan.ENTERPRISE)
    assert followed.trial_used is True


def test_a_trial_is_told_of_three_days_before_it_ends_unless_it_is_canceled() -> None:
    trial = held(state=State.TRIALING, trial_end=NOW, period_end=NOW)

    assert told(trial, NOW - 3 * DAY - timedelta(seconds=1)) == set()
    assert told(trial, NOW - 3 * DAY) == {Template.TRIAL_ENDING}
    assert told(trial, NOW) == set()
    assert told(trial.model_copy(update={"ends_at": NOW}), NOW - 2 * DAY) == set()


def test_a_year_is_told_of_thirty_days_before_it_renews_and_a_month_is_not() -> None:
    year = held(interval="year", period_end=NOW + 30 * DAY)

    assert told(year, NOW) == {Template.RENEWAL_COMING}
    assert told(year.model_copy(update={"interval": "month"}), NOW) == set()


def test_a_failed_payment_is_told_of_three_times_until_access_ends() -> None:
    late = held(state=State.PAST_DUE, unpaid_since=NOW)

    assert told(late, NOW) == {Template.PAYMENT_FAILED}
    assert told(late, NOW + 5 * DAY) == {Template.PAYMENT_FAILED, Template.GRACE_ENDING}
    assert told(late, NOW + 7 * DAY) == {Template.SUBSCRIPTION_ENDED}
    assert told(late, NOW + 14 * DAY) == set()


def test_the_end_for_want_of_payment_is_told_of_once_whatever_comes_of_it() -> None:
    ids = {
        notice.mail_id("sub_1")
        for state, ends_at in (
            (State.PAST_DUE, None),
            (State.PAST_DUE, NOW + 15 * DAY),
            (State.UNPAID, None),
            (State.CANCELED, NOW + 20 * DAY),
        )
        for notice in notices.notices(held(state=state, unpaid_since=NOW, ends_at=ends_at))
        if notice.template is Template.SUBSCRIPTION_ENDED
    }

    assert len(ids) == 1


def test_what_goes_on_is_not_told_to_have_ended() -> None:
    for state in (State.ACTIVE, State.TRIALING, State.INCOMPLETE, State.PAUSED):
        ended = [n for n in notices.notices(held(state=state)) if "ended" in n.template]
        assert ended == []


@given(any_held(), instants)
def test_a_look_whenever_something_is_due_misses_nothing(subscription: Held, now: datetime) -> None:
    expected = {n for n in notices.notices(subscription) if n.until > now and n.since < n.until}
    seen, at = set(notices.due(subscription, now)), notices.next_due(subscription, now)
    while at is not None:
        seen |= set(notices.due(subscription, at))
        at = notices.next_due(subscription, at)

    assert seen == expected


@given(any_held())
def test_notices_of_a_subscription_have_ids_of_their_own(subscription: Held) -> None:
    ids = [notice.mail_id("sub_1") for notice in notices.notices(subscription)]

    assert len(set(ids)) == len(ids)
    assert not set(ids) & {notice.mail_id("sub_2") for notice in notices.notices(subscription)}


def test_every_order_of_ends_keeps_the_latest() -> None:
    ended = [
        held(subscription_id=f"sub_{n}", state=State.CANCELED, created_at=NOW + n * DAY)
        for n in range(3)
    ]

    assert all(entitlements.kept(order) == (ended[2],) for order in permutations(ended))
