"""Refunds at Stripe."""

from __future__ import annotations

from typing import Any

from app.kit import ids
from app.kit.errors import NotFoundError
from app.platform.stripe.gateway import PAGE, calling
from app.recovery.donations.models.refunds import RefundReason

_MADE_FOR = "refundRequestId"
_REASONS: dict[RefundReason, Any] = {
    RefundReason.DUPLICATE: "duplicate",
    RefundReason.FRAUDULENT: "fraudulent",
}


class RefusedError(Exception):
    """Stripe does not make a refund, now or later. `code` is Stripe's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refund(payment_intent_id: str, amount_cents: int, reason: RefundReason, request_id: str) -> str:
    """Make the refund of a request unless it was made, and return its id. Two calls.

    A refund carries its request's id, so that it is found again however late the same request
    comes; the idempotency key guards those that come at once.

    Raises:
        RefusedError: it cannot be made.
        UnavailableError: Stripe does not answer; it may have been made.
    """
    import stripe  # noqa: PLC0415  # loaded when it is used, as everywhere

    try:
        with calling() as client:
            listed = client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": PAGE})
            for made in listed.auto_paging_iter():
                if made.to_dict()["metadata"].get(_MADE_FOR) == request_id:
                    return made.id
            return client.v1.refunds.create(
                {
                    "payment_intent": payment_intent_id,
                    "amount": amount_cents,
                    "reason": _REASONS.get(reason, "requested_by_customer"),
                    "metadata": {_MADE_FOR: request_id},
                },
                {"idempotency_key": ids.digest("refund/v1", request_id)},
            ).id
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise RefusedError(error.code or "invalid_request") from error
    except NotFoundError as error:
        raise RefusedError("resource_missing") from error
