"""What a gift's payments make of it."""

from collections.abc import Sequence
from datetime import datetime

from app.platform.payments.models.documents import Payment, PaymentState
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.monthly import Terms
from app.recovery.donations.policy import totals

_ORDER = list(PaymentState)


def follow(donation: Donation, payments: Sequence[Payment]) -> Donation:
    """Return `donation` in the state that its payments give it, in whatever order they come.

    One payment at most moves money for a gift, but an expired Checkout page can stand beside one
    that failed or was canceled.
    """
    states = [payment.state for payment in payments]
    state = max(states, key=_ORDER.index, default=PaymentState.CREATED)
    counted = totals.counted(donation, payments)
    return donation.model_copy(update={"state": state, "counted": counted})


def is_gift(payment: Payment) -> bool:
    """Whether a payment of a monthly gift is a gift already: money came, or is on its way."""
    return _ORDER.index(payment.state) >= _ORDER.index(PaymentState.PROCESSING)


def of_terms(terms: Terms, payment_intent_id: str, at: datetime) -> Donation:
    """Return the gift that a payment of a monthly gift is, before it follows its payment.

    Args:
        terms: what the payment was billed by.
        payment_intent_id: Stripe's id of the payment.
        at: when it was paid.
    """
    return Donation(
        uid=terms.uid,
        items=terms.items,
        custom_amount_cents=terms.custom_amount_cents,
        allocation=terms.allocation,
        fee_cover_cents=terms.fee_cover_cents,
        amount_cents=terms.amount_cents,
        currency=terms.currency,
        anonymous=terms.anonymous,
        state=PaymentState.CREATED,
        checkout_session_id=None,
        monthly_gift_id=terms.monthly_gift_id,
        payment_intent_id=payment_intent_id,
        created_at=at,
        sealed={},
    )
