"""Subscriptions in any state, as Stripe may tell them and as they are kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.kit.money import Currency
from app.platform.payments.models.documents import Reference, Subscription, SubscriptionState
from app.platform.subscriptions.models.documents import Held, Membership
from app.platform.subscriptions.models.plans import Family, Plan, PriceKey
from app.platform.subscriptions.policy.plans import family_of

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

instants = st.integers(-60 * 24, 60 * 24).map(lambda hours: NOW + timedelta(hours=hours))


def held(**changes: object) -> Held:
    """Return Premium by the month, in the middle of its period."""
    fields: dict[str, object] = {
        "subscription_id": "sub_1",
        "membership_id": "m1",
        "family": Family.COACHING,
        "plan": Plan.PREMIUM,
        "seats": 1,
        "unit_amount_cents": 3900,
        "interval": "month",
        "state": SubscriptionState.ACTIVE,
        "period_end": NOW + 15 * DAY,
        "trial_end": None,
        "ends_at": None,
        "unpaid_since": None,
        "created_at": NOW - 15 * DAY,
    }
    return Held.model_validate(fields | changes)


def mirror(**changes: object) -> Subscription:
    """Return what Stripe says of the same."""
    fields: dict[str, object] = {
        "account": "platform",
        "updated_at": NOW,
        "state": SubscriptionState.ACTIVE,
        "reference": Reference(kind="membership", id="m1"),
        "customer_id": "cus_1",
        "price_id": "price_1",
        "lookup_key": PriceKey.PREMIUM_MONTHLY,
        "unit_amount_cents": 3900,
        "quantity": 1,
        "currency": Currency.USD,
        "interval": "month",
        "period_start": NOW - 15 * DAY,
        "period_end": NOW + 15 * DAY,
        "trial_end": None,
        "cancel_at": None,
        "canceled_at": None,
        "ended_at": None,
        "collects": True,
        "latest_invoice_id": "in_1",
        "created_at": NOW - 15 * DAY,
    }
    return Subscription.model_validate(fields | changes)


def membership(**changes: object) -> Membership:
    """Return a membership that nobody has subscribed on yet."""
    fields: dict[str, object] = {
        "uid": "ann",
        "family": Family.COACHING,
        "plan": Plan.PREMIUM,
        "locale": "en",
        "checkout_session_id": "cs_1",
        "created_at": NOW - 16 * DAY,
    }
    return Membership.model_validate(fields | changes)


@st.composite
def any_held(draw: st.DrawFn) -> Held:
    """Return any subscription of a person."""
    state = draw(st.sampled_from(SubscriptionState))
    late = state in {SubscriptionState.PAST_DUE, SubscriptionState.UNPAID}
    plan = draw(st.sampled_from([plan for plan in Plan if plan is not Plan.FREE]))
    return held(
        subscription_id=f"sub_{draw(st.integers(1, 5))}",
        plan=plan,
        family=family_of(plan),
        state=state,
        interval=draw(st.sampled_from(["month", "year"])),
        period_end=draw(instants),
        trial_end=draw(st.none() | instants),
        ends_at=draw(st.none() | instants),
        unpaid_since=draw(instants if late else st.none()),
        created_at=draw(instants),
    )
