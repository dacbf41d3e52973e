"""The documents of payments, and the parts of Stripe's objects that they are made from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.kit.model import Cents, Document, DocumentId, Instant, Message, Revised
from app.kit.money import Currency

PLATFORM = "platform"
"""The account of money and events that are our own, not those of a connected account."""

StripeId = Annotated[str, Field(pattern=r"^[a-z]{2,12}_[A-Za-z0-9_]{1,100}$")]
EventId = Annotated[str, Field(pattern=r"^evt_[A-Za-z0-9_]{1,100}$")]


class Reference(Document):
    """What a payment is for: the kind of a product's document, and its id."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    id: DocumentId


class EventState(StrEnum):
    """What became of an event."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    PARKED = "parked"


class PaymentEvent(Document):
    """`payment_events/{account_eventId}`: that Stripe reported something, never its words.

    Attributes:
        object_id: the object that changed.
        root_id: the payment, or the Checkout session without one, whose state it is part of;
            None for objects that payments do not follow.
        attempts: how often handling it failed for a reason that time alone does not heal.
        problem: the type of the last such failure.
    """

    account: str
    type: str
    livemode: bool
    api_version: str | None
    object_id: str
    root_id: str | None
    received_at: Instant
    state: EventState
    handled_at: Instant | None = None
    attempts: int = 0
    problem: str | None = None


class Lease(Revised):
    """`payment_leases/{rootId}`: who may fetch and write the state of a payment, until when."""

    owner: str
    expires_at: Instant


class PaymentState(StrEnum):
    """Where a payment is. A later one outweighs an earlier one that is for the same thing."""

    CREATED = "created"
    PENDING = "pending"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class Payment(Revised):
    """`payments/{id}`: the latest state that Stripe told of a payment, or of an expired page.

    Attributes:
        fee_cents: what Stripe keeps; None until its balance transaction is there.
    """

    account: str
    state: PaymentState
    captured_cents: Cents
    refunded_cents: Cents
    fee_cents: Cents | None
    currency: Currency
    reference: Reference
    updated_at: Instant

    def says_the_same_as(self, other: "Payment") -> bool:
        """Whether both tell the same of a payment."""
        bookkeeping = {"updated_at", "revision", "write_id"}
        return self.model_dump(exclude=bookkeeping) == other.model_dump(exclude=bookkeeping)


class MovementKind(StrEnum):
    """Which way money moved."""

    CAPTURED = "captured"
    REFUNDED = "refunded"


class Movement(Document):
    """`payment_movements/{naturalId}`: money that moved, written once and never changed.

    Amounts are not negative; `kind` says which way they went. Net is gross less fee.

    Attributes:
        natural_id: Stripe's id of what moved it.
        occurred_at: when, by Stripe's clock.
    """

    account: str
    natural_id: str
    object_id: str
    phase: str
    kind: MovementKind
    payment_intent_id: str
    reference: Reference
    gross_cents: Cents
    fee_cents: Cents
    net_cents: int
    currency: Currency
    occurred_at: Instant
    created_at: Instant


class ProcessEvent(Message):
    """The task of `paymentsProcessEventTask`."""

    event_id: DocumentId


@dataclass(frozen=True)
class CheckoutLine:
    """A row on the payment page."""

    name: str
    unit_amount_cents: int
    quantity: int


@dataclass(frozen=True)
class OpenCheckout:
    """A Checkout page where somebody can pay."""

    session_id: str
    url: str


class StripeData(Message):
    """A part of one of Stripe's objects, under Stripe's own names."""

    model_config = ConfigDict(alias_generator=None, extra="ignore")


class ChangedObject(StripeData):
    """The object of an event, by what leads to its payment."""

    id: StripeId
    object: str
    payment_intent: Any = None
    status: Any = None


class EventData(StripeData):
    """What an event is about."""

    object: ChangedObject


class Event(StripeData):
    """A webhook's body, by what is kept of it."""

    id: EventId
    object: Literal["event"]
    type: Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]
    livemode: bool
    api_version: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,64}$")] | None
    account: Annotated[str, Field(pattern=r"^acct_[A-Za-z0-9]{1,64}$")] | None = None
    data: EventData


class LastPaymentError(StripeData):
    """Why the last try to pay failed."""

    code: str | None = None


class StripeIntent(StripeData):
    """A PaymentIntent."""

    id: StripeId
    status: str
    currency: str
    metadata: dict[str, str]
    last_payment_error: LastPaymentError | None = None


class BalanceTransaction(StripeData):
    """What a charge did to the account's balance."""

    fee: Cents
    currency: str


class StripeCharge(StripeData):
    """A charge, with its balance transaction expanded; that is null at first."""

    status: str
    amount_captured: Cents
    created: int
    balance_transaction: BalanceTransaction | None = None


class StripeRefund(StripeData):
    """A refund."""

    id: StripeId
    status: str | None
    amount: Cents
    created: int


class StripeSession(StripeData):
    """A Checkout session."""

    id: StripeId
    status: str | None
    currency: str | None
    metadata: dict[str, str] | None


@dataclass(frozen=True)
class Truth:
    """All that Stripe says of one payment, in no particular order."""

    intent: StripeIntent
    charges: tuple[StripeCharge, ...] = ()
    refunds: tuple[StripeRefund, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a look at Stripe found: the payment as it is, and the money moved so far."""

    id: str
    payment: Payment
    movements: tuple[Movement, ...] = ()
