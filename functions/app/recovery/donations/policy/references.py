"""Which gift a payment is for. Triggers, receipts and the ledger ask here, and so agree."""

from app.kit import ids
from app.platform.payments.models.documents import Reference

ONE_OFF = "donation"
"""The kind of reference of a gift that is paid once; its id is the gift's."""
MONTHLY = "monthly_gift"
"""The kind of reference of a gift that recurs; its id is that of the terms that were billed."""
KINDS = frozenset({ONE_OFF, MONTHLY})


def gift_id_of(reference: Reference | None, payment_intent_id: str | None) -> str | None:
    """Return the id of the gift that a payment is for; None for what is no gift.

    Each payment of a monthly gift is a gift of its own.

    Args:
        reference: what the payment is for.
        payment_intent_id: Stripe's id of the payment.
    """
    if reference is None or reference.kind not in KINDS:
        return None
    if reference.kind == ONE_OFF:
        return reference.id
    if payment_intent_id is None:
        return None
    return ids.digest("monthly-payment/v1", payment_intent_id)[:32]
