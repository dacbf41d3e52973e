"""What Stripe's truth means for us. Pure: any order of the same facts gives the same result."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from app.kit.money import Currency
from app.platform.payments.models import (
    PLATFORM,
    ChangedObject,
    Event,
    EventState,
    Finding,
    Movement,
    MovementKind,
    Payment,
    PaymentEvent,
    PaymentState,
    Reference,
    StripeSession,
    Truth,
)

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=60)
OVERDUE = timedelta(minutes=2)
"""After this long an event that is still unhandled is taken to have lost its task."""

_KIND, _ID = "referenceKind", "referenceId"
_PAYMENT = re.compile(r"pi_[A-Za-z0-9_]{1,100}")
_UNPAID_STATES = {"processing": PaymentState.PROCESSING, "canceled": PaymentState.CANCELED}


def metadata(reference: Reference) -> dict[str, str]:
    """Return all that Stripe learns of what a payment is for."""
    return {_KIND: reference.kind, _ID: reference.id}


def reference_in(metadata: Mapping[str, str] | None) -> Reference | None:
    """Return what `metadata` wrote there; None for an object that is not ours."""
    fields = metadata or {}
    try:
        return Reference(kind=fields.get(_KIND, ""), id=fields.get(_ID, ""))
    except ValidationError:
        return None


def event_id(event: Event) -> str:
    """Return the id of an event's document."""
    return f"{event.account or PLATFORM}_{event.id}"


def received(event: Event, at: datetime) -> PaymentEvent:
    """Return an event's document as it is first stored: ignored at once if it leads nowhere."""
    root_id = None if event.account else _root_id(event.data.object)
    return PaymentEvent(
        account=event.account or PLATFORM,
        type=event.type,
        livemode=event.livemode,
        api_version=event.api_version,
        object_id=event.data.object.id,
        root_id=root_id,
        received_at=at,
        state=EventState.RECEIVED if root_id else EventState.IGNORED,
        handled_at=None if root_id else at,
    )


def failed(event: PaymentEvent, problem: str) -> PaymentEvent:
    """Return an event after one more failure; at `MAX_ATTEMPTS` it waits for a person."""
    attempts = event.attempts + 1
    state = EventState.PARKED if attempts >= MAX_ATTEMPTS else event.state
    changes = {"attempts": attempts, "problem": problem, "state": state}
    return event.model_copy(update=changes)


def is_payment(root_id: str) -> bool:
    """Whether an id is that of a PaymentIntent. Else it is that of a Checkout session."""
    return _PAYMENT.fullmatch(root_id) is not None


def find(truth: Truth, reference: Reference, at: datetime) -> Finding:
    """Return the state of a payment and the movements of its money so far.

    No movement is told before the charge has its balance transaction, since until then nobody
    knows the fee; refunds wait for it too, so that no money leaves before it came.

    Raises:
        ValueError: the money is in a currency that we do not take, or was exchanged.
    """
    intent = truth.intent
    currency = Currency(intent.currency.upper())
    captures = [charge for charge in truth.charges if charge.status == "succeeded"]
    refunds = [refund for refund in truth.refunds if refund.status == "succeeded"]
    captured_cents = sum(charge.amount_captured for charge in captures)
    refunded_cents = sum(refund.amount for refund in refunds)
    settled = [c.balance_transaction for c in captures if c.balance_transaction is not None]
    if any(transaction.currency != intent.currency for transaction in settled):
        raise ValueError("The charge settled in another currency.")
    fee_cents = None
    if captures and len(settled) == len(captures):
        fee_cents = sum(transaction.fee for transaction in settled)
    payment = Payment(
        account=PLATFORM,
        state=_state(intent.status, truth, captured_cents, refunded_cents),
        captured_cents=captured_cents,
        refunded_cents=refunded_cents,
        fee_cents=fee_cents,
        currency=currency,
        reference=reference,
        updated_at=at,
    )
    if fee_cents is None:
        return Finding(intent.id, payment)

    def movement(
        natural_id: str, kind: MovementKind, gross_cents: int, fee_cents: int, created: int
    ) -> Movement:
        return Movement(
            account=PLATFORM,
            natural_id=natural_id,
            object_id=natural_id,
            phase="succeeded",
            kind=kind,
            payment_intent_id=intent.id,
            reference=reference,
            gross_cents=gross_cents,
            fee_cents=fee_cents,
            net_cents=gross_cents - fee_cents,
            currency=currency,
            occurred_at=datetime.fromtimestamp(created, UTC),
            created_at=at,
        )

    captured_at = min(charge.created for charge in captures)
    movements = [
        movement(intent.id, MovementKind.CAPTURED, captured_cents, fee_cents, captured_at),
        # Stripe keeps its fee on refunds.
        *(movement(r.id, MovementKind.REFUNDED, r.amount, 0, r.created) for r in refunds),
    ]
    return Finding(intent.id, payment, tuple(movements))


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
        currency=Currency((session.currency or "").upper()),
        reference=reference,
        updated_at=at,
    )
    return Finding(session.id, payment)


def _root_id(changed: ChangedObject) -> str | None:
    match changed.object:
        case "payment_intent":
            candidate: object = changed.id
        case "charge" | "refund":
            candidate = changed.payment_intent
        case "checkout.session" if changed.status == "expired" or not changed.payment_intent:
            return changed.id
        case "checkout.session":
            candidate = changed.payment_intent
        case _:
            return None
    return candidate if isinstance(candidate, str) and is_payment(candidate) else None


def _state(status: str, truth: Truth, captured_cents: int, refunded_cents: int) -> PaymentState:
    if status == "succeeded":
        if not refunded_cents:
            return PaymentState.SUCCEEDED
        whole = refunded_cents >= captured_cents
        return PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED
    if status == "requires_payment_method" and truth.intent.last_payment_error is not None:
        return PaymentState.FAILED
    return _UNPAID_STATES.get(status, PaymentState.PENDING)
