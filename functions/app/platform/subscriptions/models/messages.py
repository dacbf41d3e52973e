"""The messages of the functions of subscriptions."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, DocumentId, IdempotencyKey, Instant, Message
from app.kit.money import Currency
from app.kit.pages import PageRequest
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import InvoiceState, SubscriptionState
from app.platform.subscriptions.models.plans import Family, Feature, Plan, PlanLimits, PriceKey

MAX_SEATS = 10_000

Seats = Annotated[int, Field(ge=1, le=MAX_SEATS)]


class StartSubscription(Message):
    """The request of `subscriptions_start`. `locale` is also that of mails about it."""

    idempotency_key: IdempotencyKey
    price_key: PriceKey
    seats: Seats = 1
    locale: Locale = Locale.EN


class SubscriptionPage(Message):
    """The response of `subscriptions_start`; the caller subscribes at `checkout_url`.

    `trial_days` is 0 for who had a trial before, and for plans without one.
    """

    membership_id: DocumentId
    checkout_url: str
    trial_days: int


class PreviewChange(Message):
    """The request of `subscriptions_preview_change`."""

    membership_id: DocumentId
    price_key: PriceKey
    seats: Seats = 1


class ChangePreview(Message):
    """The response of `subscriptions_preview_change`.

    Attributes:
        total_cents: of the invoice that the change brings, by what is left of the period; where
            it is negative, so much is credited to the invoices that follow.
        due_now_cents: what is collected at once.
    """

    total_cents: int
    due_now_cents: Cents
    currency: Currency


class ChangeSubscription(PreviewChange):
    """The request of `subscriptions_change`."""

    idempotency_key: IdempotencyKey


class ChangeMembership(Message):
    """The request of `subscriptions_cancel` and `subscriptions_resume`."""

    idempotency_key: IdempotencyKey
    membership_id: DocumentId


class MembershipChanged(Message):
    """The response of functions that change a subscription; `ends_at` is None if it goes on."""

    membership_id: DocumentId
    ends_at: Instant | None


class GetSubscriptions(Message):
    """The request of `subscriptions_get`."""


class SubscriptionView(Message):
    """A subscription as its payer sees it.

    Attributes:
        price_cents: of all seats for one interval, before discounts.
        access_until: until when there is access if nothing more is paid; None if there is none.
        grace_until: until when there is access though an invoice is not paid.
        ends_at: when it ends or ended; None while it goes on.
        next_charge_at: when it is due next; None if it is not.
    """

    membership_id: DocumentId
    family: Family
    plan: Plan
    seats: int
    state: SubscriptionState
    price_cents: Cents
    currency: Currency
    interval: str
    access_until: Instant | None
    grace_until: Instant | None
    trial_end: Instant | None
    ends_at: Instant | None
    next_charge_at: Instant | None


class Subscriptions(Message):
    """The response of `subscriptions_get`: what the caller has, and what they subscribe to."""

    plan: Plan
    active: bool
    limits: PlanLimits
    features: tuple[Feature, ...]
    items: tuple[SubscriptionView, ...]


class ListInvoices(PageRequest):
    """The request of `subscriptions_list_invoices`."""

    membership_id: DocumentId


class InvoiceView(Message):
    """An invoice. It is seen, paid and downloaded at `page_url`, at Stripe."""

    invoice_id: DocumentId
    number: str | None
    state: InvoiceState
    total_cents: int
    paid_cents: Cents
    due_cents: Cents
    currency: Currency
    period_start: Instant
    period_end: Instant
    created_at: Instant
    page_url: str | None


class Invoices(Message):
    """The response of `subscriptions_list_invoices`, newest first."""

    items: tuple[InvoiceView, ...]
    next_cursor: str | None
