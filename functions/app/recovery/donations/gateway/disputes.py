"""Disputes at Stripe that wait for an answer."""

from __future__ import annotations

from app.kit.errors import FailedPreconditionError
from app.platform.stripe.gateway import PAGE, calling

WAITING = frozenset({"needs_response", "warning_needs_response"})


def waiting(payment_intent_id: str) -> str:
    """Return the dispute about a payment that waits for an answer. One call.

    Raises:
        FailedPreconditionError: with the reason `not_waiting`.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        listed = client.v1.disputes.list({"payment_intent": payment_intent_id, "limit": PAGE})
        found = [dispute.id for dispute in listed.data if dispute.status in WAITING]
    if not found:
        raise FailedPreconditionError(
            "No dispute about this gift waits for an answer.", {"reason": "not_waiting"}
        )
    return found[0]


def answer(dispute_id: str, evidence: str, *, idempotency_key: str) -> str:
    """Send evidence to the bank, which is possible once, and return the dispute's status.

    Raises:
        UnavailableError: Stripe does not answer; it may have been sent.
    """
    with calling() as client:
        return client.v1.disputes.update(
            dispute_id,
            {"evidence": {"uncategorized_text": evidence}, "submit": True},
            {"idempotency_key": idempotency_key},
        ).status


def accept(dispute_id: str, *, idempotency_key: str) -> str:
    """Let the donor's bank keep the money, and return the dispute's status.

    Raises:
        UnavailableError: Stripe does not answer; it may have been accepted.
    """
    with calling() as client:
        return client.v1.disputes.close(dispute_id, {}, {"idempotency_key": idempotency_key}).status
