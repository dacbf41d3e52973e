"""What a subscription entitles to: one function of its state and the time, that everything asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.platform.payments.models.documents import Subscription, SubscriptionState
from app.platform.subscriptions.models.documents import Held, Membership
from app.platform.subscriptions.models.plans import Feature, Plan, PlanLimits
from app.platform.subscriptions.policy.plans import FEATURES, LIMITS, plan_of

GRACE = timedelta(days=7)
"""How long access stays while an invoice is not paid, from when the invoice was made."""

ENDED = frozenset({SubscriptionState.CANCELED, SubscriptionState.INCOMPLETE_EXPIRED})
"""From these no subscription comes back."""
RUNNING = frozenset({SubscriptionState.TRIALING, SubscriptionState.ACTIVE})
"""In these nothing is late. An invoice that is open then is being collected."""
_LATE = frozenset({SubscriptionState.PAST_DUE, SubscriptionState.UNPAID})


@dataclass(frozen=True)
class Entitlement:
    """What somebody may do now.

    Attributes:
        plan: the best that they have.
        active: whether anything that is paid for, or on trial, is in force.
        until: when the last of it ends, if nothing more is heard of Stripe.
        limits: of each the most generous that they have.
        features: all that they have.
    """

    plan: Plan
    active: bool
    until: datetime | None
    limits: PlanLimits
    features: frozenset[Feature]


FREE = Entitlement(Plan.FREE, False, None, LIMITS[Plan.FREE], FEATURES[Plan.FREE])  # noqa: FBT003  # a row


def held(
    subscription_id: str,
    mirror: Subscription,
    membership: Membership,
    unpaid_since: datetime | None,
) -> Held:
    """Return what decides on access of a subscription as Stripe told it last.

    Args:
        subscription_id: Stripe's.
        mirror: what Stripe says.
        membership: what it is for.
        unpaid_since: when its oldest invoice was made that is not paid; None where no such
            invoice is known.
    """
    if unpaid_since is None and mirror.state in _LATE:
        # Before the invoice is known the period tells: its invoice is made when it begins.
        unpaid_since = mirror.period_start
    return Held(
        subscription_id=subscription_id,
        membership_id=mirror.reference.id,
        family=membership.family,
        plan=plan_of(mirror.lookup_key, membership.plan),
        seats=mirror.quantity,
        unit_amount_cents=mirror.unit_amount_cents,
        interval=mirror.interval,
        state=mirror.state,
        period_end=mirror.period_end,
        trial_end=mirror.trial_end,
        ends_at=mirror.ended_at or mirror.cancel_at,
        unpaid_since=None if mirror.state in RUNNING else unpaid_since,
        created_at=mirror.created_at,
    )


def grace_until(subscription: Held) -> datetime | None:
    """Return until when access stays though an invoice is not paid; None where none is due."""
    if subscription.state is not SubscriptionState.PAST_DUE or subscription.unpaid_since is None:
        return None
    return subscription.unpaid_since + GRACE


def access_until(subscription: Held) -> datetime | None:
    """Return when access by a subscription ends; None if there is none.

    One that runs is renewed at the end of its period. If for `GRACE` after it nothing was heard
    of that, what is stored is not trusted any more.
    """
    end = grace_until(subscription)
    if subscription.state in RUNNING:
        end = subscription.period_end + GRACE
    if end is None or subscription.ends_at is None:
        return end
    return min(end, subscription.ends_at)


def entitlement(subscription: Held | None, now: datetime) -> Entitlement:
    """Return what one subscription entitles to; without one, or past its end, what is free."""
    until = None if subscription is None else access_until(subscription)
    if subscription is None or until is None or now >= until:
        return FREE
    plan = subscription.plan
    return Entitlement(plan, True, until, LIMITS[plan], FEATURES[plan])  # noqa: FBT003  # a row


def combined(subscriptions: Iterable[Held], now: datetime) -> Entitlement:
    """Return what several subscriptions entitle to together: of everything the better."""
    best = FREE
    for subscription in subscriptions:
        best = _better(best, entitlement(subscription, now))
    return best


def kept(subscriptions: Iterable[Held]) -> tuple[Held, ...]:
    """Return those of a person's subscriptions that are worth keeping, in one order."""
    all_of_them = sorted(subscriptions, key=lambda one: (one.created_at, one.subscription_id))
    last_ended = {one.family: one for one in all_of_them if one.state in ENDED}
    return tuple(
        one
        for one in all_of_them
        if one.state not in ENDED or one.subscription_id == last_ended[one.family].subscription_id
    )


def _better(one: Entitlement, other: Entitlement) -> Entitlement:
    ends = [each.until for each in (one, other) if each.until is not None]
    return Entitlement(
        max(one.plan, other.plan, key=list(Plan).index),
        one.active or other.active,
        max(ends, default=None),
        PlanLimits(
            assessments=_more(one.limits.assessments, other.limits.assessments),
            active_plans=_more(one.limits.active_plans, other.limits.active_plans),
            model_messages_per_month=max(
                one.limits.model_messages_per_month, other.limits.model_messages_per_month
            ),
        ),
        one.features | other.features,
    )


def _more(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
