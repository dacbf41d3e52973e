"""The parts of Stripe's objects that payments look at."""

from dataclasses import dataclass
from typing import Any

from app.kit.model import Cents
from app.platform.payments.models.documents import Mirror, Movement
from app.platform.stripe.models import StripeData, StripeId


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
    """What something did to an account's balance; `net` is the amount less the fee."""

    amount: int
    fee: int
    net: int
    currency: str
    created: int


class StripeCharge(StripeData):
    """A charge, with its balance transaction expanded; that is null at first."""

    status: str
    amount_captured: Cents
    created: int
    disputed: bool = False
    balance_transaction: BalanceTransaction | None = None


class StripeRefund(StripeData):
    """A refund, with its balance transactions expanded; the second came where it failed."""

    id: StripeId
    status: str | None
    amount: Cents
    created: int
    balance_transaction: BalanceTransaction | None = None
    failure_balance_transaction: BalanceTransaction | None = None


class StripeDispute(StripeData):
    """A dispute. Its first balance transaction took the money, a second one gave it back."""

    id: StripeId
    status: str
    amount: Cents
    created: int
    balance_transactions: list[BalanceTransaction]


class StripeSession(StripeData):
    """A Checkout session."""

    id: StripeId
    status: str | None
    currency: str | None
    metadata: dict[str, str] | None


class Recurring(StripeData):
    """How often a price is due."""

    interval: str


class StripePrice(StripeData):
    """A price of a subscription."""

    id: StripeId
    lookup_key: str | None = None
    unit_amount: Cents
    currency: str
    recurring: Recurring


class SubscriptionItem(StripeData):
    """What a subscription is of, and the period that is paid for."""

    price: StripePrice
    quantity: int
    current_period_start: int
    current_period_end: int


class SubscriptionItems(StripeData):
    """The items of a subscription."""

    data: list[SubscriptionItem]


class StripeSubscription(StripeData):
    """A subscription."""

    id: StripeId
    status: str
    metadata: dict[str, str]
    customer: StripeId
    items: SubscriptionItems
    trial_end: int | None
    cancel_at: int | None
    cancel_at_period_end: bool
    canceled_at: int | None
    ended_at: int | None
    pause_collection: Any
    latest_invoice: StripeId | None
    created: int


class SubscriptionDetails(StripeData):
    """The subscription of an invoice, and its metadata when the invoice was made."""

    subscription: StripeId
    metadata: dict[str, str] | None = None


class InvoiceParent(StripeData):
    """What an invoice came from."""

    subscription_details: SubscriptionDetails | None = None


class StripeInvoice(StripeData):
    """An invoice."""

    id: StripeId
    status: str | None
    number: str | None
    total: int
    amount_paid: Cents
    amount_due: Cents
    currency: str
    attempt_count: int
    next_payment_attempt: int | None
    period_start: int
    period_end: int
    created: int
    hosted_invoice_url: str | None = None
    parent: InvoiceParent | None = None


class StripeReversal(StripeData):
    """Money taken back from a transfer."""

    id: StripeId
    amount: Cents
    created: int


class StripeTransfer(StripeData):
    """A transfer, without its reversals."""

    id: StripeId
    amount: Cents
    amount_reversed: Cents
    currency: str
    created: int
    destination: StripeId
    metadata: dict[str, str]


class StripePayout(StripeData):
    """A payout, with its balance transactions expanded."""

    id: StripeId
    status: str
    amount: Cents
    currency: str
    automatic: bool
    arrival_date: int
    created: int
    failure_code: str | None = None
    balance_transaction: BalanceTransaction | None = None
    failure_balance_transaction: BalanceTransaction | None = None


class Requirements(StripeData):
    """What Stripe still wants to know of a connected account."""

    currently_due: list[str] | None = None
    past_due: list[str] | None = None
    disabled_reason: str | None = None


class Capabilities(StripeData):
    """What a connected account may do."""

    transfers: str | None = None


class StripeAccount(StripeData):
    """A connected account."""

    id: StripeId
    metadata: dict[str, str] | None = None
    details_submitted: bool = False
    payouts_enabled: bool = False
    capabilities: Capabilities | None = None
    requirements: Requirements | None = None


class Source(StripeData):
    """What a balance transaction came from, by what leads to its movement."""

    id: StripeId
    object: str
    status: str | None = None
    payment_intent: str | None = None


class BookedTransaction(BalanceTransaction):
    """A balance transaction in a list of the balance, with its source expanded."""

    id: StripeId
    type: str
    reporting_category: str
    source: Source | None


@dataclass(frozen=True)
class Truth:
    """All that Stripe says of one payment, in no particular order.

    `metadata` is that of the PaymentIntent, or of the subscription that it was billed for.
    """

    intent: StripeIntent
    metadata: dict[str, str]
    charges: tuple[StripeCharge, ...] = ()
    refunds: tuple[StripeRefund, ...] = ()
    disputes: tuple[StripeDispute, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a look at Stripe found: an object as it is, and the money moved so far."""

    id: str
    mirror: Mirror
    movements: tuple[Movement, ...] = ()
