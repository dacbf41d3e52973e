"""What Stripe says of a payment: its state, and the money that it moved so far."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from app.platform.payments.models.documents import (
    PLATFORM,
    Movement,
    MovementKind,
    Payment,
    PaymentState,
    Reference,
)
from app.platform.payments.models.stripe import (
    BalanceTransaction,
    Finding,
    StripeCharge,
    StripeDispute,
    StripeSession,
    Truth,
)
from app.platform.payments.policy.movements import currency_of, instant, movement

_UNPAID_STATES = {"processing": PaymentState.PROCESSING, "canceled": PaymentState.CANCELED}


def find(truth: Truth, reference: Reference, at: datetime) -> Finding:
    """Return the state of a payment and the movements of its money so far.

    No movement is told before the charge has its balance transaction, since until then nobody
    knows the fee; refunds and disputes wait for it too, so that no money leaves before it came.

    Raises:
        ValueError: the money is in a currency that we do not take, or was exchanged.
    """
    intent = truth.intent
    captures = [charge for charge in truth.charges if charge.status == "succeeded"]
    settled = [c.balance_transaction for c in captures if c.balance_transaction is not None]
    whole = bool(captures) and len(settled) == len(captures)
    refunded_cents = sum(r.amount for r in truth.refunds if r.status == "succeeded")
    payment = Payment(
        account=PLATFORM,
        state=PaymentState.PENDING,
        captured_cents=sum(charge.amount_captured for charge in captures),
        refunded_cents=refunded_cents,
        disputed_cents=sum(d.amount for d in truth.disputes if _has_taken(d)),
        fee_cents=sum(transaction.fee for transaction in settled) if whole else None,
        captured_at=_first(settled if whole else captures),
        currency=currency_of(intent.currency),
        reference=reference,
        updated_at=at,
    )
    payment = payment.model_copy(update={"state": _state(truth, payment)})
    movements = tuple(_movements(truth, settled, payment, at)) if whole else ()
    return Finding(intent.id, payment, movements)


def find_expired(session: StripeSession, reference: Reference, at: datetime) -> Finding | None:
    """Return the end of a Checkout page that nobody paid on; None while that is open."""
    if session.status != "expired":
        return None
    payment = Payment(
        account=PLATFORM,
        state=PaymentState.EXPIRED,
        captured_cents=0,
        refunded_cents=0,
        fee_cents=None,
        currency=currency_of(session.currency or ""),
        reference=reference,
        updated_at=at,
    )
    return Finding(session.id, payment)


def _state(truth: Truth, payment: Payment) -> PaymentState:
    status = truth.intent.status
    if status != "succeeded":
        if status == "requires_payment_method" and truth.intent.last_payment_error is not None:
            return PaymentState.FAILED
        return _UNPAID_STATES.get(status, PaymentState.PENDING)
    taken = [dispute for dispute in truth.disputes if _has_taken(dispute)]
    if any(dispute.status == "lost" for dispute in taken):
        return PaymentState.CHARGED_BACK
    if taken:
        return PaymentState.DISPUTED
    if payment.refunded_cents >= payment.captured_cents > 0:
        return PaymentState.REFUNDED
    return PaymentState.PARTIALLY_REFUNDED if payment.refunded_cents else PaymentState.SUCCEEDED


def _movements(
    truth: Truth, settled: Iterable[BalanceTransaction], payment: Payment, at: datetime
) -> Iterator[Movement]:
    of_payment = partial(
        movement,
        currency=payment.currency,
        at=at,
        reference=payment.reference,
        payment_intent_id=truth.intent.id,
    )
    yield of_payment(MovementKind.CAPTURED, truth.intent.id, settled)
    for refund in truth.refunds:
        left, returned = refund.balance_transaction, refund.failure_balance_transaction
        if left is not None and (refund.status == "succeeded" or returned is not None):
            yield of_payment(MovementKind.REFUNDED, refund.id, [left])
            if returned is not None:
                yield of_payment(MovementKind.REFUND_FAILED, refund.id, [returned], phase="failed")
    for dispute in truth.disputes:
        taken, returned_all = _taken(dispute), _returned(dispute)
        if not taken:
            continue
        yield of_payment(MovementKind.DISPUTE_OPENED, dispute.id, taken, phase="opened")
        if returned_all:
            yield of_payment(MovementKind.DISPUTE_WON, dispute.id, returned_all, phase="won")
        elif dispute.status == "lost":
            # Stripe does not say when it was lost.
            yield of_payment(
                MovementKind.DISPUTE_LOST,
                dispute.id,
                taken,
                phase="lost",
                fee_cents=0,
                net_cents=0,
                occurred_at=at,
            )


def _first(things: Sequence[BalanceTransaction] | Sequence[StripeCharge]) -> datetime | None:
    """Return when the first of them was made."""
    return instant(min(thing.created for thing in things)) if things else None


def _taken(dispute: StripeDispute) -> list[BalanceTransaction]:
    return [t for t in dispute.balance_transactions if t.amount < 0]


def _returned(dispute: StripeDispute) -> list[BalanceTransaction]:
    return [t for t in dispute.balance_transactions if t.amount > 0]


def _has_taken(dispute: StripeDispute) -> bool:
    """Whether it holds money that it took from us."""
    return bool(_taken(dispute)) and not _returned(dispute)
