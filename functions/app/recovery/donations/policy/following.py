"""What a gift's payments make of it."""

from collections.abc import Iterable

from app.platform.payments.models.documents import Payment, PaymentState
from app.recovery.donations.models.gifts import Donation


def follow(donation: Donation, payments: Iterable[Payment]) -> Donation:
    """Return `donation` in the state that its payments give it, in whatever order they come.

    One payment at most moves money for a gift, but an expired Checkout page can stand beside one
    that failed or was canceled.
    """
    states = [payment.state for payment in payments]
    state = max(states, key=list(PaymentState).index, default=PaymentState.CREATED)
    return donation.model_copy(update={"state": state})
