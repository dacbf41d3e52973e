"""`refund_requests`, the payments that are refunded, and the gifts that say so."""

from collections.abc import Callable
from datetime import datetime

from app.kit.firestore import Collection, commit, read, retrying
from app.platform.payments.models.documents import Payment, Reference
from app.platform.payments.store import truth
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.refunds import RefundRequest
from app.recovery.donations.store.gifts import donations

requests = Collection("refund_requests", RefundRequest)

MAX_PAYMENTS = 100


def paid(reference: Reference, payment_intent_id: str | None) -> tuple[str, Payment] | None:
    """Return the payment that moved money for a gift, with its id; None for an unpaid one.

    Args:
        reference: of a gift that is paid once. One query.
        payment_intent_id: of a payment of a monthly gift. One read.
    """
    if payment_intent_id is not None:
        payment = truth.payments.get(payment_intent_id)
        return None if payment is None else (payment_intent_id, payment)
    found = truth.payments.find(
        equal={"reference.kind": reference.kind, "reference.id": reference.id}, limit=MAX_PAYMENTS
    )
    captured = [(seen.id, seen.value) for seen in found if seen.value and seen.value.captured_cents]
    return captured[0] if captured else None


def page_of(
    *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, RefundRequest]], str | None]:
    """Return wishes to refund with their ids, newest first, and the next cursor."""
    return requests.newest(of={}, by="requestedAt", limit=limit, cursor=cursor)


def overdue(at: datetime, limit: int) -> list[str]:
    """Return the ids of wishes that Stripe should know of by now, those longest so first."""
    found = requests.find(before={"toldBy": at}, order_by="toldBy", limit=limit)
    return [seen.id for seen in found]


def finish(
    request_id: str,
    change: Callable[[RefundRequest], RefundRequest],
    mark: Callable[[Donation, str, RefundRequest], Donation],
) -> None:
    """Replace a wish to refund by `change(request)`, and its gift by what that makes of it.

    Nothing is written where `change` changes nothing. Two reads and one commit.
    """

    def attempt() -> None:
        (seen,) = read(requests.key(request_id))
        request: RefundRequest | None = seen.value
        changed = None if request is None else change(request)
        if request is None or changed is None or changed == request:
            return
        (gift,) = read(donations.key(request.donation_id))
        writes = [requests.replace(seen, changed)]
        if gift.value is not None:
            writes.append(donations.replace(gift, mark(gift.value, request_id, changed)))
        commit(*writes)

    retrying(attempt)
