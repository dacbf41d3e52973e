"""Keeping gifts in the state of their payments."""

from app.kit.errors import NotFoundError
from app.kit.triggers import on_written
from app.platform.payments.store import truth
from app.recovery.donations.policy import following
from app.recovery.donations.policy.references import ONE_OFF
from app.recovery.donations.store.gifts import donations


@on_written("payments/{paymentId}")
def donations_on_payment_written(payment_id: str) -> None:
    """Give a gift the state of its payments as they are now. Repeats change nothing.

    Two reads, one query and one commit.
    """
    payment = truth.payments.get(payment_id)
    if payment is None or payment.reference.kind != ONE_OFF:
        return
    reference = payment.reference
    try:
        # Payments are read after the gift, so that of two triggers at once the later write wins
        # only with both payments in view.
        donations.update(
            reference.id,
            lambda gift: following.follow(gift, truth.payments_for(reference)),
        )
    except NotFoundError:
        if payment.captured_cents:
            raise
        # The call that opened this page ended before it stored the gift, and nobody paid.
