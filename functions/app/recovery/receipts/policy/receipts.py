"""Receipts as a function of the money that moved for a gift, in whatever order that is heard of."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.kit import ids
from app.platform.payments.models.documents import Movement, MovementKind
from app.recovery.charity import ZONE, Issuer
from app.recovery.donations.policy.references import gift_id_of
from app.recovery.receipts.models.receipts import (
    Receipt,
    ReceiptState,
    Reversal,
    ReversalKind,
    Version,
)


def payment_of(movement: Movement) -> str | None:
    """Return the payment whose gift money moved for; None for money that was not given.

    What is bought, such as a membership, has no receipt of a gift.
    """
    return None if gift_of(movement) is None else movement.payment_intent_id


def gift_of(movement: Movement) -> str | None:
    """Return the gift that a movement is about, if it is about one."""
    return gift_id_of(movement.reference, movement.payment_intent_id)


def receipt_id(payment_id: str) -> str:
    """Return the id of the receipt of a payment, so that there is no second one."""
    return ids.digest("receipt/v1", payment_id)[:32]


def captured(movements: Iterable[Movement]) -> Movement | None:
    """Return the movement of the money that came in, if it has."""
    return next((m for m in movements if m.kind is MovementKind.CAPTURED), None)


def reversals(movements: Iterable[Movement]) -> tuple[Reversal, ...]:
    """Return what went back for good, in the order in which it did.

    A refund that failed did not. A dispute takes money back when it is lost; while it is open,
    and when it is won, the receipt stands.
    """
    by_object: dict[str, dict[MovementKind, Movement]] = {}
    for movement in movements:
        by_object.setdefault(movement.object_id, {})[movement.kind] = movement
    found = []
    for told in by_object.values():
        refunded, lost = told.get(MovementKind.REFUNDED), told.get(MovementKind.DISPUTE_LOST)
        if refunded is not None and MovementKind.REFUND_FAILED not in told:
            found.append(_reversal(ReversalKind.REFUND, refunded))
        elif lost is not None and MovementKind.DISPUTE_WON not in told:
            found.append(_reversal(ReversalKind.DISPUTE, lost))
    return tuple(sorted(found, key=lambda reversal: (reversal.at, reversal.object_id)))


def waiting(
    capture: Movement, donation_id: str, uid: str, gone_back: Sequence[Reversal]
) -> Receipt:
    """Return the receipt of a payment, still without a number.

    Args:
        capture: the money that came in.
        donation_id: the gift that it is for.
        uid: whose gift that is.
        gone_back: what went back so far.
    """
    return Receipt(
        uid=uid,
        donation_id=donation_id,
        payment_id=capture.object_id,
        year=capture.occurred_at.astimezone(ZONE).year,
        amount_cents=capture.gross_cents,
        currency=capture.currency,
        given_at=capture.occurred_at,
        reversals=tuple(gone_back),
    )


def followed(
    receipt: Receipt, gone_back: tuple[Reversal, ...], issuer: Issuer, at: datetime
) -> Receipt:
    """Return `receipt` with what went back: as a new version, where one was issued before."""
    if gone_back == receipt.reversals:
        return receipt
    changed = receipt.model_copy(update={"reversals": gone_back})
    return changed if receipt.state is ReceiptState.WAITING else _issued(changed, issuer, at)


def numbered(receipt: Receipt, place: int, issuer: Issuer, at: datetime) -> Receipt:
    """Return `receipt` as issued for the first time, at `place` in the series of its year."""
    number = f"SW-{receipt.year}-{place:06d}"
    update = {"number": number, "state": ReceiptState.ISSUED}
    return _issued(receipt.model_copy(update=update), issuer, at)


def _issued(receipt: Receipt, issuer: Issuer, at: datetime) -> Receipt:
    version = Version(issued_at=at, issuer=issuer, reversals=receipt.reversals)
    return receipt.model_copy(update={"versions": (*receipt.versions, version)})


def _reversal(kind: ReversalKind, movement: Movement) -> Reversal:
    return Reversal(
        object_id=movement.object_id,
        kind=kind,
        cents=movement.gross_cents,
        at=movement.occurred_at,
    )
