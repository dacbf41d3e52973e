"""What may be done with a membership, and how it follows Stripe."""

from collections.abc import Iterable
from datetime import UTC, datetime

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.platform.payments.models.documents import Subscription, SubscriptionState
from app.platform.subscriptions.models.documents import Held, Membership
from app.platform.subscriptions.models.plans import Family, Price
from app.platform.subscriptions.models.stripe import Running
from app.platform.subscriptions.policy.entitlements import ENDED, RUNNING
from app.platform.subscriptions.policy.plans import family_of


def require_none(subscriptions: Iterable[Held], family: Family) -> None:
    """Pass who has no subscription of a family.

    Raises:
        FailedPreconditionError: they have one, which can be changed, resumed or paid for.
    """
    if any(held.family is family and held.state not in ENDED for held in subscriptions):
        raise FailedPreconditionError(
            "You have a subscription of this kind. Change that one instead.",
            {"reason": "subscribed"},
        )


def trial_days(price: Price, membership: Membership | None) -> int:
    """Return how long the trial is that a payer gets: none for the second time."""
    had_one = membership is not None and membership.trial_used
    return 0 if had_one else price.trial_days


def followed(
    membership: Membership, subscription_id: str, mirror: Subscription, held: Held
) -> Membership:
    """Return a membership as a subscription of it makes it, in whatever order several are told."""
    trial_used = membership.trial_used or mirror.trial_end is not None
    changed: dict[str, object] = {"trial_used": trial_used}
    latest = (membership.subscribed_at, membership.subscription_id)
    if latest[0] is None or (mirror.created_at, subscription_id) >= latest:
        changed |= {
            "plan": held.plan,
            "subscription_id": subscription_id,
            "subscribed_at": mirror.created_at,
        }
    return membership.model_copy(update=changed)


def subscription_of(membership: Membership) -> str:
    """Return the subscription of a membership.

    Raises:
        FailedPreconditionError: nobody has subscribed yet.
    """
    if membership.subscription_id is None:
        raise FailedPreconditionError("Subscribe first.", {"reason": "not_subscribed"})
    return membership.subscription_id


def require_changeable(membership: Membership, running: Running, price: Price) -> None:
    """Pass a subscription that can have this price now.

    Raises:
        InvalidArgumentError: the price is of another family.
        FailedPreconditionError: it is not paid for, is ending or has ended; or it is on a trial
            that the price does not have.
    """
    if family_of(price.plan) is not membership.family:
        raise InvalidArgumentError.of("priceKey", "is of another kind of membership")
    state = SubscriptionState(running.status)
    if state in ENDED:
        raise FailedPreconditionError(
            "This subscription has ended. Start a new one.", {"reason": "ended"}
        )
    if state not in RUNNING:
        raise FailedPreconditionError("Pay the open invoice first.", {"reason": "unpaid"})
    if running.ends_at is not None:
        raise FailedPreconditionError("Resume the subscription first.", {"reason": "ending"})
    if state is SubscriptionState.TRIALING and not price.trial_days:
        raise FailedPreconditionError(
            "This plan has no trial. Choose it when the trial is over.", {"reason": "trial"}
        )


def require_live(running: Running) -> None:
    """Pass a subscription that has not ended.

    Raises:
        FailedPreconditionError: it has.
    """
    if SubscriptionState(running.status) in ENDED:
        raise FailedPreconditionError(
            "This subscription has ended. Start a new one.", {"reason": "ended"}
        )


def is_of(running: Running, price_id: str, seats: int) -> bool:
    """Whether a subscription has this price and number of seats already."""
    return running.item.price.id == price_id and running.item.quantity == seats


def ends_at(running: Running) -> datetime | None:
    """Return when a subscription ends; None while it goes on."""
    return None if running.ends_at is None else datetime.fromtimestamp(running.ends_at, UTC)
