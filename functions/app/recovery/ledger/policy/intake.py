"""From a movement of money to an item of the queue."""

import hashlib
import hmac
from datetime import UTC, datetime

import rfc8785

from app.kit.money import split
from app.platform.payments.models.documents import Movement, MovementKind
from app.recovery.donations.models import Donation
from app.recovery.ledger.models import Kind, Leaf, QueueItem
from app.recovery.ledger.policy import leaves

REFERENCE_KIND = "donation"
"""What payments call a gift."""

_COMMITMENT = b"ledger-commit/v1\0"
_CAPTURED_PHASE = "succeeded"
_KINDS = {MovementKind.CAPTURED: Kind.DONATION, MovementKind.REFUNDED: Kind.REFUND}


def idem(account: str, object_id: str, phase: str) -> str:
    """Return the key under which a movement joins the ledger once.

    It is made from the money object. Several events tell of one movement, so theirs would not do.
    """
    return hashlib.sha256(f"v1|stripe:{account}|{object_id}|{phase}".encode()).hexdigest()


def idem_of(movement: Movement) -> str:
    """Return the key of `movement`."""
    return idem(movement.account, movement.object_id, movement.phase)


def gift_of(movement: Movement) -> str | None:
    """Return the id of the gift whose money moved; None for what the ledger does not take."""
    reference = movement.reference
    if reference is None or reference.kind != REFERENCE_KIND or movement.kind not in _KINDS:
        return None
    return reference.id


def private_record(movement: Movement) -> bytes:
    """Return what the commitment to `movement` is over, as canonical JSON (RFC 8785)."""
    return rfc8785.dumps(
        {
            "donationId": gift_of(movement),
            **movement.model_dump(
                mode="json",
                by_alias=True,
                include={
                    "account",
                    "object_id",
                    "phase",
                    "payment_intent_id",
                    "gross_cents",
                    "fee_cents",
                    "net_cents",
                    "currency",
                    "occurred_at",
                },
            ),
        }
    )


def commitment(salt: bytes, record: bytes) -> str:
    """Return the HMAC-SHA-256 that binds a leaf to `record` and, without `salt`, tells nothing."""
    return hmac.new(salt, _COMMITMENT + record, hashlib.sha256).hexdigest()


def item(movement: Movement, donation: Donation, commitment: str, at: datetime) -> QueueItem:
    """Return the queue item of a gift or of a refund of one.

    What was paid, and the fee on it, are split over the gift's funds by largest remainder. The
    sequencer, not this, judges whether the postings add up, so that a wrong one can be seen.

    Args:
        movement: money that moved for `donation`.
        donation: says which funds it is for.
        commitment: binds the leaf to its private record.
        at: now.
    """
    categories = sorted(donation.allocation)
    gross = split(movement.gross_cents, [donation.allocation[c] for c in categories])
    by_fund = dict(zip(categories, gross, strict=True))
    if movement.kind is MovementKind.CAPTURED:
        fees = split(movement.fee_cents, gross)
        amounts = {
            leaves.CLEARING: movement.net_cents,
            **{f"funds:{c}:donations": -cents for c, cents in by_fund.items()},
            **{f"funds:{c}:fees": fee for c, fee in zip(categories, fees, strict=True)},
        }
        parent = None
    else:
        amounts = {
            leaves.CLEARING: movement.net_cents,
            **{f"funds:{c}:refunds": cents for c, cents in by_fund.items()},
        }
        parent = idem(movement.account, movement.payment_intent_id or "", _CAPTURED_PHASE)
    leaf = Leaf(
        kind=_KINDS[movement.kind],
        day=movement.occurred_at.astimezone(UTC).date().isoformat(),
        currency=movement.currency,
        categories=tuple(c for c in categories if by_fund[c]),
        postings=leaves.postings(amounts),
        commitment=commitment,
    )
    return QueueItem(leaf=leaves.make(leaf), kind=leaf.kind, parent=parent, created_at=at)
