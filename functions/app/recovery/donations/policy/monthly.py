"""What a monthly gift's subscription makes of it, and what may be done to it."""

from collections.abc import Sequence

from app.kit.errors import FailedPreconditionError
from app.platform.payments.models.documents import Subscription, SubscriptionState
from app.recovery.donations.models.monthly import (
    MonthlyGift,
    MonthlyGiftView,
    MonthlyState,
)

RUNNING = frozenset(
    {MonthlyState.ACTIVE, MonthlyState.PAST_DUE, MonthlyState.UNPAID, MonthlyState.PAUSED}
)
"""Where there is a subscription that may still be billed."""

_STATES = {
    SubscriptionState.INCOMPLETE: MonthlyState.CREATED,
    SubscriptionState.INCOMPLETE_EXPIRED: MonthlyState.EXPIRED,
    SubscriptionState.TRIALING: MonthlyState.ACTIVE,
    SubscriptionState.ACTIVE: MonthlyState.ACTIVE,
    SubscriptionState.PAST_DUE: MonthlyState.PAST_DUE,
    SubscriptionState.UNPAID: MonthlyState.UNPAID,
    SubscriptionState.PAUSED: MonthlyState.PAUSED,
    SubscriptionState.CANCELED: MonthlyState.CANCELED,
}


def follow(
    gift: MonthlyGift, subscription_id: str, mirror: Subscription, *, reminded_of: str | None
) -> MonthlyGift:
    """Return a monthly gift as its subscription is now, in whatever order one learns of that."""
    state = _STATES[mirror.state]
    if state is MonthlyState.ACTIVE and not mirror.collects:
        state = MonthlyState.PAUSED
    due = state in {MonthlyState.ACTIVE, MonthlyState.PAST_DUE} and mirror.cancel_at is None
    changed = {
        "terms_id": mirror.reference.id,
        "amount_cents": mirror.unit_amount_cents * mirror.quantity,
        "currency": mirror.currency,
        "state": state,
        "subscription_id": subscription_id,
        "next_charge_at": mirror.period_end if due else None,
        "cancel_at": mirror.cancel_at if state in RUNNING else None,
        "ended_at": mirror.ended_at,
        "reminded_of": reminded_of,
    }
    return gift.model_copy(update=changed)


def expired(gift: MonthlyGift) -> MonthlyGift:
    """Return a monthly gift whose page expired, unless it was begun all the same."""
    if gift.subscription_id is not None:
        return gift
    return gift.model_copy(update={"state": MonthlyState.EXPIRED})


def reminder(gift: MonthlyGift, mirror: Subscription) -> str | None:
    """Return the invoice that a mail is to tell of now; None where none is, or one was sent."""
    failed = mirror.state in {SubscriptionState.PAST_DUE, SubscriptionState.UNPAID}
    if not failed or mirror.latest_invoice_id in {None, gift.reminded_of}:
        return None
    return mirror.latest_invoice_id


def runs(gift: MonthlyGift) -> bool:
    """Whether something may still be collected for it."""
    return gift.state in RUNNING


def require_running(gift: MonthlyGift) -> str:
    """Return the subscription of a gift that can be changed or ended.

    Raises:
        FailedPreconditionError: it has not begun, or is over.
    """
    if gift.subscription_id is None or not runs(gift):
        raise FailedPreconditionError("This monthly gift does not run.", {"reason": "not_running"})
    return gift.subscription_id


def require_ending(gift: MonthlyGift) -> str:
    """Return the subscription of a gift that runs until it ends, and can be kept on.

    Raises:
        FailedPreconditionError: it is over, or nobody ended it.
    """
    subscription_id = require_running(gift)
    if gift.cancel_at is None:
        raise FailedPreconditionError("This monthly gift goes on already.", {"reason": "goes_on"})
    return subscription_id


def view(gift_id: str, gift: MonthlyGift) -> MonthlyGiftView:
    """Return a monthly gift as its donor sees it."""
    return MonthlyGiftView(
        monthly_gift_id=gift_id,
        state=gift.state,
        amount_cents=gift.amount_cents,
        currency=gift.currency,
        next_charge_at=gift.next_charge_at,
        cancel_at=gift.cancel_at,
        ended_at=gift.ended_at,
        created_at=gift.created_at,
    )


def first_due(running: Sequence[MonthlyGiftView]) -> MonthlyGiftView | None:
    """Return what is charged next."""
    due = [(gift.next_charge_at, gift) for gift in running if gift.next_charge_at is not None]
    return min(due, key=lambda pair: pair[0])[1] if due else None
