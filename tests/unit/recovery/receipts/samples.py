"""Gifts, the money that moves for them, and receipts of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from app.kit.money import Currency
from app.platform.payments.models.documents import Movement, MovementKind, Reference
from app.recovery.charity import Issuer
from app.recovery.receipts.models.receipts import Receipt
from app.recovery.receipts.policy import receipts

AT = datetime(2026, 11, 26, 18, tzinfo=UTC)
ISSUER = Issuer(
    name="Sample Charity",
    ein="00-1234567",
    address="1 Sample Street, Denver, CO 80000",
    contact="giving@sample.example",
    registration="Registered in Colorado, no. 1.",
)


def movement(  # noqa: PLR0913  # what a movement is
    kind: str,
    object_id: str,
    cents: int,
    *,
    at: datetime = AT,
    payment_id: str = "pi_1",
    reference: str = "donation",
) -> Movement:
    """Return a movement of money for a gift."""
    phase = kind.rpartition("_")[2] if "_" in kind else "succeeded"
    return Movement(
        account="platform",
        object_id=object_id,
        phase=phase,
        kind=MovementKind(kind),
        payment_intent_id=payment_id,
        reference=Reference(kind=reference, id=f"gift-of-{payment_id}"),
        gross_cents=cents,
        fee_cents=0,
        net_cents=cents,
        currency=Currency.USD,
        occurred_at=at,
        created_at=at,
    )


def captured(cents: int, payment_id: str = "pi_1", at: datetime = AT) -> Movement:
    """Return the movement of a payment that came in."""
    return movement("captured", payment_id, cents, payment_id=payment_id, at=at)


def waiting(capture: Movement, uid: str = "ann") -> Receipt:
    """Return the receipt of a payment, still without a number."""
    return receipts.waiting(capture, f"gift-of-{capture.object_id}", uid, ())


def receipt(*movements: Movement, uid: str = "ann", place: int = 123) -> Receipt:
    """Return the receipt of one payment, issued after the first of its movements, then followed."""
    first, *rest = movements
    issued = receipts.numbered(waiting(first, uid), place, ISSUER, AT)
    return followed(issued, movements) if rest else issued


def followed(before: Receipt, movements: Iterable[Movement], days: int = 1) -> Receipt:
    """Return a receipt after somebody looked at the movements of its payment."""
    gone_back = receipts.reversals(movements)
    return receipts.followed(before, gone_back, ISSUER, AT + timedelta(days=days))
