"""What the ledger and Stripe each say of the gifts' money, and what its books say of themselves."""

from collections.abc import Iterable, Mapping

from app.kit.money import Currency
from app.platform.payments.models.cases import CaseKind, Difference
from app.platform.payments.models.documents import Movement
from app.platform.payments.models.stripe import BookedTransaction
from app.platform.payments.policy.balance import movement_id
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Entry, Kind, QueueItem
from app.recovery.ledger.policy import intake, leaves
from app.recovery.ledger.policy.accounts import Books

_WAITING: tuple[Kind, ...] = tuple(kind for kind in Kind if kind is not Kind.COVER)


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


def held(items: Iterable[QueueItem]) -> dict[str, Difference | None]:
    """Return the cases of items that wait too long for what they follow from, one for each kind.

    What is told is how much money they would move; nothing of it is in the ledger.
    """
    cents: dict[Kind, int] = dict.fromkeys(_WAITING, 0)
    for item in items:
        postings = leaves.read_queued(item).postings
        cents[item.kind] += sum(max(0, int(amount)) for _, amount in postings)
    return {
        f"ledger-held-{kind.lower()}": difference(f"held {kind}", 0, waiting)
        for kind, waiting in cents.items()
    }


def private(both: Books, outstanding_cents: int) -> dict[str, Difference | None]:
    """Return the cases of the private sub-ledger.

    It must hold what left the bank for payments that no entry tells of, and nothing at Stripe; and
    no fund may have been promised more than it has, which only a fact from outside can bring about.

    Args:
        both: the books, with all that is in them swept.
        outstanding_cents: what payments that cleared and are in no entry sum to.
    """
    bank, clearing = (both.private.get(account, 0) for account in (leaves.BANK, leaves.CLEARING))
    return {
        "ledger-private-bank": difference(leaves.BANK, -outstanding_cents, bank),
        "ledger-private-stripe": difference(leaves.CLEARING, 0, clearing),
    } | {
        f"ledger-fund-{category.lower()}": difference(
            f"fund {category}", 0, min(0, both.left(category))
        )
        for category in Category
    }


def difference(name: str, expected_cents: int, actual_cents: int) -> Difference | None:
    """Return how two amounts differ that should be one; None where they are."""
    if expected_cents == actual_cents:
        return None
    return Difference(
        kind=CaseKind.LEDGER,
        type=name,
        expected_cents=expected_cents,
        actual_cents=actual_cents,
        currency=Currency.USD,
    )
