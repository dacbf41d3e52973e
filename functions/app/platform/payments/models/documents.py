"""What payments keep: Stripe's objects as they are now, and the money that moved."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, ValidationError

from app.kit.model import Cents, Document, DocumentId, Instant, Revised
from app.kit.money import Currency

PLATFORM = "platform"
"""The account of money and events that are our own, not those of a connected account."""

_KIND, _ID = "referenceKind", "referenceId"


class Reference(Document):
    """What an object of Stripe is for: the kind of a product's document, and its id."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    id: DocumentId

    @property
    def metadata(self) -> dict[str, str]:
        """All that Stripe learns of what an object is for."""
        return {_KIND: self.kind, _ID: self.id}

    @classmethod
    def of(cls, metadata: Mapping[str, str] | None) -> "Reference | None":
        """Return what `metadata` says; None for an object that is not ours."""
        fields = metadata or {}
        try:
            return cls(kind=fields.get(_KIND, ""), id=fields.get(_ID, ""))
        except ValidationError:
            return None


class Lease(Revised):
    """`payment_leases/{rootId}`: who may fetch and write the state of an object, until when."""

    owner: str
    expires_at: Instant


class Feed(Revised):
    """`payment_feeds/{listener}`: the last thing that a listener is known to have handled."""

    document_id: str
    at: Instant


class Mirror(Revised):
    """An object of Stripe as it was when last looked at. Every write says all of it anew."""

    account: str
    updated_at: Instant

    def says_the_same_as(self, other: "Mirror") -> bool:
        """Whether both tell the same of an object."""
        bookkeeping = {"updated_at", "revision", "write_id"}
        return self.model_dump(exclude=bookkeeping) == other.model_dump(exclude=bookkeeping)


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
    DISPUTED = "disputed"
    """Its money is taken back until a dispute is decided."""
    CHARGED_BACK = "charged_back"
    """A dispute about it was lost."""


class Payment(Mirror):
    """`payments/{id}`: a PaymentIntent, or a Checkout page that expired without one.

    Attributes:
        refunded_cents: by refunds that succeeded.
        disputed_cents: in disputes that are open or lost, and have taken money back.
        fee_cents: what Stripe keeps; None until its balance transaction is there.
        captured_at: when money came, by Stripe's clock; the movement of it says the same.
    """

    state: PaymentState
    captured_cents: Cents
    refunded_cents: Cents
    disputed_cents: Cents = 0
    fee_cents: Cents | None
    captured_at: Instant | None = None
    currency: Currency
    reference: Reference


class SubscriptionState(StrEnum):
    """Where a subscription is, in Stripe's words."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    CANCELED = "canceled"


class Subscription(Mirror):
    """`stripe_subscriptions/{sub_}`: a subscription of one price.

    Attributes:
        lookup_key: our name of its price; None for an amount that a person chose.
        cancel_at: when it ends, if it was ended for a time to come.
        collects: False while collection is paused.
        latest_invoice_id: what was billed last.
    """

    state: SubscriptionState
    reference: Reference
    customer_id: str
    price_id: str
    lookup_key: str | None
    unit_amount_cents: Cents
    quantity: int
    currency: Currency
    interval: str
    period_start: Instant
    period_end: Instant
    trial_end: Instant | None
    cancel_at: Instant | None
    canceled_at: Instant | None
    ended_at: Instant | None
    collects: bool
    latest_invoice_id: str | None
    created_at: Instant


class InvoiceState(StrEnum):
    """Where an invoice is, in Stripe's words."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"


class Invoice(Mirror):
    """`stripe_invoices/{in_}`: an invoice of a subscription.

    Attributes:
        reference: what its subscription was for when it was made.
        next_attempt_at: when Stripe tries to collect again.
        page_url: where the customer sees and pays it at Stripe.
    """

    state: InvoiceState
    reference: Reference
    subscription_id: str
    number: str | None
    total_cents: int
    paid_cents: Cents
    due_cents: Cents
    currency: Currency
    attempts: int
    next_attempt_at: Instant | None
    period_start: Instant
    period_end: Instant
    created_at: Instant
    page_url: str | None


class Transfer(Mirror):
    """`stripe_transfers/{tr_}`: money given to a connected account."""

    reference: Reference
    destination: str
    amount_cents: Cents
    reversed_cents: Cents
    currency: Currency
    created_at: Instant


class PayoutState(StrEnum):
    """Where a payout to a bank is, in Stripe's words."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class Payout(Mirror):
    """`stripe_payouts/{po_}`: money on its way from a balance to a bank account.

    Attributes:
        failure: Stripe's code of why it failed.
        settled: whether nothing more is to be expected of it.
    """

    state: PayoutState
    amount_cents: Cents
    currency: Currency
    automatic: bool
    arrives_at: Instant
    created_at: Instant
    failure: str | None
    settled: bool = False


class ConnectedAccount(Mirror):
    """`stripe_accounts/{acct_}`: the account of a coach or vendor at Stripe.

    Attributes:
        due: names of the requirements that Stripe waits for, without their values.
        past_due: those of them that are late.
        disabled: Stripe's reason for holding its money back, if it does.
        settled: whether it can be paid, and Stripe waits for nothing.
    """

    reference: Reference
    details_submitted: bool
    transfers_active: bool
    payouts_enabled: bool
    due: tuple[str, ...]
    past_due: tuple[str, ...]
    disabled: str | None
    settled: bool = False


class MovementKind(StrEnum):
    """Why money moved on the balance, or why a movement before became final."""

    CAPTURED = "captured"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    """The money of a refund came back."""
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    """Moves nothing: what was taken when it opened is gone for good."""
    TRANSFERRED = "transferred"
    TRANSFER_REVERSED = "transfer_reversed"
    PAID_OUT = "paid_out"
    PAYOUT_FAILED = "payout_failed"
    """The money of a payout came back."""


class Movement(Document):
    """`payment_movements/{naturalId}`: money that moved, written once and never changed.

    Attributes:
        object_id: Stripe's id of what moved it.
        phase: "succeeded", or which later turn of the object it is.
        reference: what it is for; None where that is many things, as with a payout.
        gross_cents: how much, whichever way it went.
        fee_cents: what Stripe took for it; negative where it gave a fee back.
        net_cents: what the balance changed by, with its sign.
        shares: of a payout, the net that each kind of reference has in it.
        occurred_at: when, by Stripe's clock.
    """

    account: str
    object_id: str
    phase: str = "succeeded"
    kind: MovementKind
    payment_intent_id: str | None = None
    reference: Reference | None
    gross_cents: Cents
    fee_cents: int
    net_cents: int
    currency: Currency
    shares: dict[str, int] = Field(default_factory=dict)
    occurred_at: Instant
    created_at: Instant

    @property
    def natural_id(self) -> str:
        """The document's id."""
        return self.object_id if self.phase == "succeeded" else f"{self.object_id}_{self.phase}"
