"""Which movement each of Stripe's balance transactions stands for."""

from app.platform.payments.models.stripe import BookedTransaction

_PHASES = {
    "refund_failure": "failed",
    "payment_refund_failure": "failed",
    "payout_failure": "failed",
    "payout_cancel": "failed",
}
_CATEGORY_PHASES = {"dispute": "opened", "dispute_reversal": "won"}
_OWN = {
    "refund",
    "payment_refund",
    "refund_failure",
    "payment_refund_failure",
    "adjustment",
    "transfer",
    "transfer_refund",
    "payout",
    "payout_failure",
    "payout_cancel",
}
_OPEN = {"pending", "requires_action"}


def movement_id(transaction: BookedTransaction) -> str | None:
    """Return the id of the movement; None for what no movement tells of, such as Stripe's bills.

    Its source tells what moved the money, so nothing of ours has to be looked up.
    """
    source = transaction.source
    if source is None:
        return None
    if transaction.type in {"charge", "payment"}:
        return source.payment_intent
    if transaction.type not in _OWN:
        return None
    phase = _PHASES.get(transaction.type)
    if transaction.type == "adjustment":
        phase = _CATEGORY_PHASES.get(transaction.reporting_category)
        if phase is None:
            return None
    return source.id if phase is None else f"{source.id}_{phase}"


def is_on_its_way(transaction: BookedTransaction) -> bool:
    """Whether no movement is told of it yet, because it may still come to nothing."""
    source = transaction.source
    return source is not None and source.object in {"charge", "refund"} and source.status in _OPEN
