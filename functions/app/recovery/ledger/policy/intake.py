"""From a movement of money to an item of the queue."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

from app.kit.money import split
from app.platform.payments.models.documents import Movement, MovementKind
from app.recovery.catalog.models import Category
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.policy import references
from app.recovery.ledger.models import Kind, Leaf, QueueItem
from app.recovery.ledger.policy import leaves

_COMMITMENT = b"ledger-commit/v1\0"


@dataclass(frozen=True)
class _Effect:
    """What a movement of a gift's money does to the accounts, besides clearing and fees.

    Attributes:
        kind: of the entry.
        part: where in the funds its gross is posted, and `sign` with which sign.
        disputed: with which sign its gross is posted to what is disputed.
    """

    kind: Kind
    part: str = ""
    sign: int = 0
    disputed: int = 0


_EFFECTS = {
    MovementKind.CAPTURED: _Effect(Kind.DONATION, "donations", -1),
    MovementKind.REFUNDED: _Effect(Kind.REFUND, "refunds", 1),
    MovementKind.REFUND_FAILED: _Effect(Kind.REVERSAL, "refunds", -1),
    MovementKind.DISPUTE_OPENED: _Effect(Kind.DISPUTE_OPEN, disputed=1),
    MovementKind.DISPUTE_WON: _Effect(Kind.DISPUTE_WON, disputed=-1),
    MovementKind.DISPUTE_LOST: _Effect(Kind.DISPUTE_LOST, "disputes", 1, disputed=-1),
}
_PAYOUTS = {
    MovementKind.PAID_OUT: (Kind.PAYOUT, 1),
    MovementKind.PAYOUT_FAILED: (Kind.REVERSAL, -1),
}


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
    if movement.kind not in _EFFECTS:
        return None
    return references.gift_id_of(movement.reference, movement.payment_intent_id)


def takes(movement: Movement) -> bool:
    """Whether `movement` becomes an entry: money of gifts, their share in a payout included."""
    if movement.kind in _PAYOUTS:
        return payout_cents(movement) != 0
    return gift_of(movement) is not None


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
    """Return the queue item of money that came in for a gift, or went back.

    What was paid, and the fee on it, are split over the gift's funds by largest remainder. The
    sequencer, not this, judges whether the postings add up, so that a wrong one can be seen.

    Args:
        movement: money that moved for `donation`.
        donation: says which funds it is for.
        commitment: binds the leaf to its private record.
        at: now.
    """
    effect = _EFFECTS[movement.kind]
    categories = sorted(donation.allocation)
    gross = split(movement.gross_cents, [donation.allocation[c] for c in categories])
    fees = split(abs(movement.fee_cents), gross) if movement.fee_cents else [0] * len(gross)
    amounts = {
        leaves.CLEARING: movement.net_cents,
        leaves.DISPUTED: effect.disputed * movement.gross_cents,
    }
    for category, cents, fee in zip(categories, gross, fees, strict=True):
        amounts[f"funds:{category}:fees"] = fee if movement.fee_cents > 0 else -fee
        if effect.part:
            amounts[f"funds:{category}:{effect.part}"] = effect.sign * cents
    return _item(movement, effect.kind, amounts, commitment, at)


def payout_item(movement: Movement, at: datetime) -> QueueItem:
    """Return the queue item of the gifts' share in a payout."""
    share_cents = payout_cents(movement)
    amounts = {leaves.BANK: share_cents, leaves.CLEARING: -share_cents}
    return _item(movement, _PAYOUTS[movement.kind][0], amounts, None, at)


def payout_cents(movement: Movement) -> int:
    """Return how much of the gifts' money a payout took to the bank, negative if it came back."""
    _, sign = _PAYOUTS[movement.kind]
    return sign * sum(movement.shares.get(gift, 0) for gift in references.KINDS)


def _item(
    movement: Movement, kind: Kind, amounts: dict[str, int], commitment: str | None, at: datetime
) -> QueueItem:
    postings = leaves.postings(amounts)
    leaf = Leaf(
        kind=kind,
        day=movement.occurred_at.astimezone(UTC).date().isoformat(),
        currency=movement.currency,
        categories=tuple(map(Category, leaves.funds_of(postings))),
        postings=postings,
        commitment=commitment,
    )
    return QueueItem(leaf=leaves.make(leaf), kind=kind, parent=_parent(movement), created_at=at)


def _parent(movement: Movement) -> str | None:
    """Return the key of what must be in the ledger before `movement`; None for what comes first."""
    match movement.kind:
        case MovementKind.REFUNDED | MovementKind.DISPUTE_OPENED:
            before = (movement.payment_intent_id or "", "succeeded")
        case MovementKind.DISPUTE_WON | MovementKind.DISPUTE_LOST:
            before = (movement.object_id, "opened")
        case MovementKind.REFUND_FAILED | MovementKind.PAYOUT_FAILED:
            before = (movement.object_id, "succeeded")
        case _:
            return None
    return idem(movement.account, *before)
