"""What a subscription entitles to, at every moment of its life."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import FailedPreconditionError
from app.platform.payments.models.documents import SubscriptionState
from app.platform.subscriptions.entitlements import require_room
from app.platform.subscriptions.models.documents import Held
from app.platform.subscriptions.models.plans import Feature, Plan
from app.platform.subscriptions.policy import entitlements
from app.platform.subscriptions.policy.entitlements import ENDED, FREE, GRACE, combined, entitlement
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
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize("state", State)
def test_it_is_active_iff_the_subscription_is_active_trialing_or_in_grace(
    state: SubscriptionState,
) -> None:
    subscription = held(state=state, unpaid_since=NOW - DAY)

    expected = state in {State.ACTIVE, State.TRIALING, State.PAST_DUE}
    assert entitlement(subscription, NOW).active is expected


@pytest.mark.parametrize(
    ("subscription", "end"),
    [
        (held(state=State.PAST_DUE, unpaid_since=NOW), NOW + 7 * DAY),
        (held(state=State.PAST_DUE, unpaid_since=NOW, ends_at=NOW + DAY), NOW + DAY),
        (held(ends_at=NOW + 3 * DAY), NOW + 3 * DAY),
        (held(state=State.TRIALING, ends_at=NOW + 3 * DAY), NOW + 3 * DAY),
        (held(period_end=NOW), NOW + 7 * DAY),
        (held(state=State.TRIALING, period_end=NOW), NOW + 7 * DAY),
    ],
)
def test_access_ends_at_an_instant(subscription: Held, end: datetime) -> None:
    assert entitlement(subscription, end - INSTANT).active is True
    assert entitlement(subscription, end - INSTANT).until == end
    assert entitlement(subscription, end) == FREE


@given(any_held(), instants, st.timedeltas(timedelta(), 90 * DAY))
def test_time_alone_never_brings_access_back(
    subscription: Held, now: datetime, later: timedelta
) -> None:
    if not entitlement(subscription, now).active:
        assert not entitlement(subscription, now + later).active


@given(any_held(), instants)
def test_what_has_ended_gives_nothing_at_any_time(subscription: Held, now: datetime) -> None:
    over = subscription.model_copy(update={"state": State.CANCELED})

    assert entitlement(over, now) == FREE
    assert entitlement(None, now) == FREE


@given(st.lists(any_held(), max_size=4), instants)
def test_several_give_the_better_of_each_whatever_their_order(
    subscriptions: list[Held], now: datetime
) -> None:
    together = combined(subscriptions, now)
    each = [entitlement(one, now) for one in subscriptions]

    assert together.active is any(one.active for one in each)
    assert together.features == frozenset().union(*(one.features for one in each))
    assert together.plan is max((one.plan for one in each), key=list(Plan).index, default=Plan.FREE)
    assert all(together == combined(order, now) for order in permutations(subscriptions))
    assert together == combined(subscriptions * 2, now)
    unlimited = any(one.limits.assessments is None for one in each)
    assert (together.limits.assessments is None) is unlimited


@given(st.lists(any_held(), max_size=5), st.data())
def test_what_is_kept_is_the_same_in_any_order_and_number(
    subscriptions: list[Held], data: st.DataObject
) -> None:
    latest = {one.subscription_id: one for one in subscriptions}
    order = [*data.draw(st.lists(st.sampled_from([*latest] or [""]), max_size=12)), *latest]
    stored: tuple[Held, ...] = ()
    for subscription_id in filter(None, order):
        others = [one for one in stored if one.subscription_id != subscription_id]
        stored = entitlements.kept([*others, latest[subscription_id]])

    assert stored == entitlements.kept(latest.values())
    assert [one for one in stored if one.state not in ENDED] == [
        one
        for one in sorted(latest.values(), key=lambda o: (o.created_at, o.subscription_id))
        if one.state not in ENDED
    ]
    assert len([one for one in stored if one.state in ENDED]) <= 2


def test_what_is_unpaid_counts_from_its_invoice_or_else_from_the_period() -> None:
    late = mirror(state=State.PAST_DUE)

    known = entitlements.held("sub_1", late, membership(), NOW - DAY)
    unknown = entitlements.held("sub_1", late, membership(), None)
    assert known.unpaid_since == NOW - DAY
    assert unknown.unpaid_since == late.period_start


def test_an_invoice_that_is_being_collected_does_not_count() -> None:
    assert entitlements.held("sub_1", mirror(), membership(), NOW - 9 * DAY).unpaid_since is None


def test_a_price_that_lost_its_key_leaves_the_plan_that_was_chosen() -> None:
    told = mirror(lookup_key=None)

    assert entitlements.held("sub_1", told, membership(), None).plan is Plan.PREMIUM
    other = membership(plan=Plan.ENTERPRISE)
    assert entitlements.held("sub_1", told, other, None).plan is Plan.ENTERPRISE
    assert entitlements.held("sub_1", mirror(), other, None).plan is Plan.PREMIUM


def test_each_plan_has_what_the_product_says() -> None:
    def of(plan: Plan) -> tuple[int | None, int | None, int]:
        have = entitlement(held(plan=plan), NOW)
        limits = have.limits
        return limits.assessments, limits.active_plans, limits.model_messages_per_month

    assert of(Plan.PREMIUM) == of(Plan.ENTERPRISE) == (None, None, 1000)
    assert of(Plan.PARTNER) == (1, 1, 20)
    assert (FREE.limits.assessments, FREE.limits.model_messages_per_month) == (1, 20)
    assert entitlement(held(plan=Plan.PARTNER), NOW).features == {Feature.PARTNER_NETWORK}
    assert timedelta(days=7) == GRACE


def test_a_limit_is_used_up_when_as_many_are_there() -> None:
    require_room(None, 10_000)
    require_room(2, 1)
    with pytest.raises(FailedPreconditionError) as refusal:
        require_room(2, 2)
    assert refusal.value.details == {"reason": "plan", "plan": "premium", "limit": 2}
