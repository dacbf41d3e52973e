"""What may be refunded, and who has to agree."""

from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError, PermissionDeniedError
from app.platform.payments.models.documents import Payment, PaymentState
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.refunds import (
    RefundItem,
    RefundReason,
    RefundRequest,
    RefundState,
)

REFUND_LIMIT_CENTS = 500_00
"""What one person may give back of one gift, all refunds of it together."""
DECIDED_WITHIN = timedelta(hours=24)
TOLD_WITHIN = timedelta(minutes=2)
"""After this long the sweep tells Stripe of what was ordered."""

_TAKEN_BACK = frozenset({PaymentState.DISPUTED, PaymentState.CHARGED_BACK})


def require_amount(payment: Payment | None, wanted_cents: int | None) -> int:
    """Return how much goes back: what is wanted, or all that is left.

    Raises:
        FailedPreconditionError: with the reason `not_paid`, `disputed`, `nothing_left` or
            `above_left`; that one says how much is left.
    """
    if payment is None:
        raise FailedPreconditionError("This gift was not paid.", {"reason": "not_paid"})
    if payment.state in _TAKEN_BACK or payment.disputed_cents:
        raise FailedPreconditionError(
            "The donor's bank has taken this money back; answer the dispute instead.",
            {"reason": "disputed"},
        )
    left = payment.captured_cents - payment.refunded_cents
    if left <= 0:
        raise FailedPreconditionError("Nothing of it is left.", {"reason": "nothing_left"})
    if wanted_cents is not None and wanted_cents > left:
        raise FailedPreconditionError(
            "Less than that is left.", {"reason": "above_left", "leftCents": left}
        )
    return left if wanted_cents is None else wanted_cents


def require_others(gift: Donation, by: str) -> None:
    """Refuse the refund of one's own gift.

    Raises:
        PermissionDeniedError: it is.
    """
    if gift.uid == by:
        raise PermissionDeniedError("Somebody else refunds your gift.", {"reason": "own_gift"})


def needs_second(gift: Donation, payment: Payment, amount_cents: int) -> bool:
    """Whether a second person has to agree, counting what went back or was ordered before."""
    before = max(gift.ordered_refund_cents, payment.refunded_cents)
    return before + amount_cents > REFUND_LIMIT_CENTS


def require_free(before: RefundRequest | None, at: datetime) -> None:
    """Refuse a refund of a gift of which another one is under way.

    Args:
        before: the wish that the gift says is under way.
        at: now.

    Raises:
        FailedPreconditionError: with the reason `under_way`.
    """
    if before is None or (before.state is RefundState.PROPOSED and at >= before.expires_at):
        return
    if before.state in {RefundState.PROPOSED, RefundState.ORDERED}:
        raise FailedPreconditionError(
            "Another refund of this gift is under way.", {"reason": "under_way"}
        )


def require_decision(request: RefundRequest, by: str, at: datetime) -> None:
    """Refuse a decision by who asked or gave, or about what is decided or too old.

    Raises:
        PermissionDeniedError: with the reason `four_eyes`.
        FailedPreconditionError: with the reason `decided` or `expired`.
    """
    if by in {request.requested_by, request.uid}:
        raise PermissionDeniedError("Somebody else decides this.", {"reason": "four_eyes"})
    if request.state is not RefundState.PROPOSED:
        raise FailedPreconditionError("This was decided already.", {"reason": "decided"})
    if at >= request.expires_at:
        raise FailedPreconditionError("This is too old. Ask again.", {"reason": "expired"})


def requested(  # noqa: PLR0913, PLR0917  # what a wish is
    gift: Donation,
    place: tuple[str, str],
    amount_cents: int,
    reason: RefundReason,
    by: str,
    at: datetime,
) -> RefundRequest:
    """Return a new wish to refund `gift`; `place` is its id and that of its payment."""
    donation_id, payment_intent_id = place
    return RefundRequest(
        uid=gift.uid,
        donation_id=donation_id,
        payment_intent_id=payment_intent_id,
        amount_cents=amount_cents,
        currency=gift.currency,
        reason=reason,
        state=RefundState.PROPOSED,
        requested_by=by,
        requested_at=at,
        expires_at=at + DECIDED_WITHIN,
    )


def ordered(request: RefundRequest, by: str | None, at: datetime) -> RefundRequest:
    """Return a wish that is decided; `by` is who agreed, None where nobody needed to."""
    changed = {"state": RefundState.ORDERED, "decided_by": by, "told_by": at + TOLD_WITHIN}
    return request.model_copy(update=changed | {"decided_at": at})


def declined(request: RefundRequest, by: str, at: datetime) -> RefundRequest:
    """Return a wish that was declined."""
    changed = {"state": RefundState.DECLINED, "decided_by": by, "decided_at": at}
    return request.model_copy(update=changed)


def told(request: RefundRequest, refund_id: str | None, problem: str | None) -> RefundRequest:
    """Return a wish that Stripe was told of: it took it, or refuses it with a code."""
    state = RefundState.REFUSED if refund_id is None else RefundState.SENT
    changed = {"state": state, "refund_id": refund_id, "problem": problem, "told_by": None}
    return request.model_copy(update=changed)


def marked(gift: Donation, request_id: str, request: RefundRequest) -> Donation:
    """Return a gift after a wish to refund it became what `request` says.

    `refund_request_id` names what is under way. What Stripe refuses was not ordered.
    """
    under_way = request.state in {RefundState.PROPOSED, RefundState.ORDERED}
    cents = {RefundState.ORDERED: request.amount_cents, RefundState.REFUSED: -request.amount_cents}
    changed = {
        "refund_request_id": request_id if under_way else None,
        "ordered_refund_cents": gift.ordered_refund_cents + cents.get(request.state, 0),
    }
    return gift.model_copy(update=changed)


def item(request_id: str, request: RefundRequest) -> RefundItem:
    """Return a wish to refund as finance sees it."""
    return RefundItem(
        request_id=request_id,
        donation_id=request.donation_id,
        amount_cents=request.amount_cents,
        currency=request.currency,
        reason=request.reason,
        state=request.state,
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        decided_by=request.decided_by,
        decided_at=request.decided_at,
        problem=request.problem,
    )
