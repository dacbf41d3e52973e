"""What the ledger and Stripe each say of the gifts' money of one day."""

from collections.abc import Iterable, Mapping

from app.platform.payments.models.documents import Movement
from app.platform.payments.models.stripe import BookedTransaction
from app.platform.payments.policy.balance import movement_id
from app.recovery.ledger.models import Entry
from app.recovery.ledger.policy import intake, leaves


def at_stripe(transactions: Iterable[BookedTransaction], movements: Mapping[str, Movement]) -> int:
    """Return what gifts changed Stripe's balance by, in cents.

    Of a payout it is the gifts' share. What no movement tells of is left out: the reconciliation
    of payments asks staff about it.

    Args:
        transactions: those of the day.
        movements: those that `transactions` stand for, by id.
    """
    total_cents = 0
    for transaction in transactions:
        movement = movements.get(movement_id(transaction) or "")
        if movement is not None and intake.takes(movement):
            of_gift = intake.gift_of(movement) is not None
            total_cents += transaction.net if of_gift else -intake.payout_cents(movement)
    return total_cents


def in_ledger(entries: Iterable[Entry]) -> int:
    """Return what entries changed the ledger's account of Stripe's balance by, in cents."""
    return sum(int(entry.postings.get(leaves.CLEARING, "0")) for entry in entries)
