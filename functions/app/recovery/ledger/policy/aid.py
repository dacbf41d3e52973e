"""From a payment for a person to items of the queue."""

import hashlib
import hmac
from datetime import datetime

import rfc8785

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Kind, Leaf, QueueItem
from app.recovery.ledger.models.aid import ClearedPayment, Payment, Phase, Transfer
from app.recovery.ledger.policy import leaves

_KINDS = {
    Phase.PENDING: Kind.DISBURSEMENT_PENDING,
    Phase.CLEARED: Kind.DISBURSEMENT_CLEARED,
    Phase.VOID: Kind.DISBURSEMENT_VOID,
}
_RIVALS = {Phase.CLEARED: Phase.VOID, Phase.VOID: Phase.CLEARED}


def idem(own_id: str, phase: str) -> str:
    """Return the key under which what happened to an object of ours joins the ledger once."""
    return hashlib.sha256(f"v1|aid|{own_id}|{phase}".encode()).hexdigest()


def item(payment: Payment, phase: Phase, day: str, at: datetime) -> QueueItem:
    """Return the queue item of a payment in a phase.

    Args:
        payment: the payment.
        phase: what happened to it.
        day: when, in UTC.
        at: now.
    """
    cents, fund = payment.amount_cents, f"funds:{payment.category}:disbursed"
    amounts = {
        Phase.PENDING: {fund: cents, leaves.SET_ASIDE: -cents},
        Phase.CLEARED: {leaves.SET_ASIDE: cents, leaves.BANK: -cents},
        Phase.VOID: {fund: -cents, leaves.SET_ASIDE: cents},
    }[phase]
    queued = _item(_KINDS[phase], amounts, payment.currency, day, at)
    if phase is Phase.PENDING:
        return queued
    names = {
        "parent": idem(payment.id, Phase.PENDING),
        "rival": idem(payment.id, _RIVALS[phase]),
    }
    return queued.model_copy(update=names)


def transfer_item(transfer: Transfer, day: str, at: datetime) -> QueueItem:
    """Return the queue item of money that moves from one fund to another."""
    amounts = {
        f"funds:{transfer.source}:transfers": transfer.amount_cents,
        f"funds:{transfer.target}:transfers": -transfer.amount_cents,
    }
    return _item(Kind.TRANSFER, amounts, transfer.currency, day, at)


def private_record(payment: Payment, day: str) -> bytes:
    """Return what the commitment to a payment is over, as canonical JSON (RFC 8785)."""
    told = payment.model_dump(mode="json", by_alias=True, exclude={"id", "uid"})
    return rfc8785.dumps({"paymentId": payment.id, "day": day, **told})


def cleared(
    payment: Payment, day: str, vendor: str | None, commitment: str, at: datetime
) -> ClearedPayment:
    """Return what its group will count of a payment."""
    return ClearedPayment(
        uid=payment.uid,
        category=payment.category,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        day=day,
        vendor=vendor,
        commitment=commitment,
        created_at=at,
    )


def pseudonym(key: bytes, vendor_id: str) -> str:
    """Return what a vendor is called while `key` is in use."""
    return hmac.new(key, b"ledger-vendor/v1\0" + vendor_id.encode(), hashlib.sha256).hexdigest()


def _item(
    kind: Kind, amounts: dict[str, int], currency: Currency, day: str, at: datetime
) -> QueueItem:
    postings = leaves.postings(amounts)
    leaf = Leaf(
        kind=kind,
        day=day,
        currency=currency,
        categories=tuple(map(Category, leaves.funds_of(postings))),
        postings=postings,
    )
    return QueueItem(leaf=leaves.make(leaf), kind=kind, created_at=at)
