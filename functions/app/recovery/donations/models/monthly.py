"""The documents of monthly gifts, and the messages of their functions."""

from enum import StrEnum

from app.kit.model import Cents, Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.money import Currency
from app.kit.pages import PageRequest
from app.platform.mail.models import Locale
from app.recovery.catalog.models import Category
from app.recovery.donations.models.gifts import Choice, ChosenItem, Dedication, UsState


class MonthlyState(StrEnum):
    """Where a monthly gift is, as its subscription at Stripe is."""

    CREATED = "created"
    """Its page is open, or its first payment is being made."""
    EXPIRED = "expired"
    """It was never begun."""
    ACTIVE = "active"
    PAST_DUE = "past_due"
    """The latest payment failed and is tried again."""
    UNPAID = "unpaid"
    """The latest payment failed for good."""
    PAUSED = "paused"
    CANCELED = "canceled"


class Terms(Document):
    """`gift_terms/{id}`: what is given each month, from one change to the next. Never changed.

    The subscription at Stripe refers to it, so each payment says what it was given for.
    """

    uid: str
    monthly_gift_id: str
    items: tuple[ChosenItem, ...]
    custom_amount_cents: Cents | None
    allocation: dict[Category, Cents]
    fee_cover_cents: Cents
    amount_cents: Cents
    currency: Currency
    anonymous: bool
    created_at: Instant


class MonthlyGift(Revised):
    """`monthly_gifts/{id}`: a gift that recurs. Its state follows the subscription at Stripe.

    Attributes:
        terms_id: what is billed next.
        amount_cents: of those terms.
        locale: of mails about it.
        subscription_id: None until it was first paid.
        next_charge_at: None where nothing is due any more.
        cancel_at: when it ends, if it was ended for a time to come.
        reminded_of: the invoice that a mail said could not be collected.
    """

    uid: str
    terms_id: str
    amount_cents: Cents
    currency: Currency
    locale: Locale
    state: MonthlyState
    checkout_session_id: str
    subscription_id: str | None = None
    next_charge_at: Instant | None = None
    cancel_at: Instant | None = None
    ended_at: Instant | None = None
    reminded_of: str | None = None
    created_at: Instant
    sealed: dict[str, bytes]


class StartMonthly(Choice):
    """The request of `donations_start_monthly`."""

    idempotency_key: IdempotencyKey
    anonymous: bool = False
    dedication: Dedication | None = None
    donor_state: UsState | None = None
    locale: Locale


class MonthlyStarted(Message):
    """The response of `donations_start_monthly`; the donor pays at `checkout_url`."""

    monthly_gift_id: DocumentId
    checkout_url: str
    amount_cents: Cents
    currency: Currency


class ChangeMonthly(Choice):
    """The request of `donations_change_monthly`; all of the new wish, not what differs."""

    idempotency_key: IdempotencyKey
    monthly_gift_id: DocumentId
    anonymous: bool = False


class When(StrEnum):
    """When a monthly gift ends."""

    PERIOD_END = "period_end"
    """Instead of its next payment; until then it can be taken back."""
    NOW = "now"


class CancelMonthly(Message):
    """The request of `donations_cancel_monthly`."""

    idempotency_key: IdempotencyKey
    monthly_gift_id: DocumentId
    when: When


class ResumeMonthly(Message):
    """The request of `donations_resume_monthly`."""

    idempotency_key: IdempotencyKey
    monthly_gift_id: DocumentId


class MonthlyChanged(Message):
    """What was asked of Stripe. The gift itself follows within moments; `donations_list_monthly`.

    Attributes:
        amount_cents: what is billed next, if anything is.
    """

    monthly_gift_id: DocumentId
    amount_cents: Cents
    currency: Currency


class ListMonthly(PageRequest):
    """The request of `donations_list_monthly`."""


class MonthlyGiftView(Message):
    """A monthly gift as its donor sees it."""

    monthly_gift_id: DocumentId
    state: MonthlyState
    amount_cents: Cents
    currency: Currency
    next_charge_at: Instant | None
    cancel_at: Instant | None
    ended_at: Instant | None
    created_at: Instant


class MonthlyGiftPage(Message):
    """The response of `donations_list_monthly`, newest first."""

    items: tuple[MonthlyGiftView, ...]
    next_cursor: str | None
