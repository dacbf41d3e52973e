"""The `donations` document and the messages of its functions."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.money import Currency
from app.kit.pages import PageRequest
from app.platform.payments.models.documents import PaymentState
from app.recovery.catalog.models import (
    MAX_CUSTOM_CENTS,
    MAX_QUANTITY,
    MIN_CUSTOM_CENTS,
    MIN_QUANTITY,
    Category,
)

MAX_DEDICATION = 500

Dedication = Annotated[str, Field(max_length=MAX_DEDICATION)]
UsState = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""A state of the United States by its postal abbreviation."""


class ChosenItem(Message):
    """An item of the catalogue and how many of it."""

    item_id: DocumentId
    quantity: Annotated[int, Field(ge=MIN_QUANTITY, le=MAX_QUANTITY)]


class Counted(Document):
    """What a gift adds to its donor's totals, by the payments as they were last seen.

    Attributes:
        year: of the charity's calendar, in which the money came.
        fee_cents: what Stripe kept.
        allocation: what each fund keeps, after refunds and disputes.
    """

    year: int
    currency: Currency
    captured_cents: Cents
    refunded_cents: Cents
    disputed_cents: Cents
    fee_cents: Cents
    allocation: dict[Category, Cents]


class Donation(Revised):
    """`donations/{id}`: a gift, paid once; each payment of a monthly gift is one.

    Attributes:
        allocation: what each fund gets; with the fee cover it sums to the amount.
        state: follows the payment: the greatest `PaymentState` of the payments for this gift.
        checkout_session_id: the page that it was paid on; None for a payment of a monthly gift.
        monthly_gift_id: the monthly gift that it is a payment of.
        payment_intent_id: of a payment of a monthly gift, Stripe's id of it.
        counted: what it adds to its donor's totals; None while nothing was paid.
        refund_request_id: a refund that is under way.
        ordered_refund_cents: what was ordered to go back, and not refused.
    """

    uid: str
    items: tuple[ChosenItem, ...]
    custom_amount_cents: Cents | None
    allocation: dict[Category, Cents]
    fee_cover_cents: Cents
    amount_cents: Cents
    currency: Currency
    anonymous: bool
    state: PaymentState
    checkout_session_id: str | None
    monthly_gift_id: str | None = None
    payment_intent_id: str | None = None
    counted: Counted | None = None
    refund_request_id: str | None = None
    ordered_refund_cents: Cents = 0
    created_at: Instant
    sealed: dict[str, bytes]


class Choice(Message):
    """What somebody wants to give, in parts of the catalogue and in an amount of their own."""

    items: tuple[ChosenItem, ...] = ()
    custom_amount_cents: Annotated[int, Field(ge=MIN_CUSTOM_CENTS, le=MAX_CUSTOM_CENTS)] | None = (
        None
    )
    cover_fee: bool = False


class CreateCheckout(Choice):
    """The request of `donations_create_checkout`.

    Attributes:
        save_card: whether the card is to be offered for later gifts.
        donor_state: where in the United States the donor is, if they say so.
    """

    idempotency_key: IdempotencyKey
    anonymous: bool = False
    dedication: Dedication | None = None
    save_card: bool = False
    donor_state: UsState | None = None


class CheckoutCreated(Message):
    """The response of `donations_create_checkout`; the donor pays at `checkout_url`."""

    donation_id: DocumentId
    checkout_url: str
    amount_cents: Cents
    currency: Currency


class ListDonations(PageRequest):
    """The request of `donations_list`."""


class DonationView(Message):
    """A gift as its donor sees it.

    Attributes:
        refunded_cents: what went back to the donor.
        monthly_gift_id: the monthly gift that it is a payment of.
    """

    donation_id: DocumentId
    monthly_gift_id: DocumentId | None
    refunded_cents: Cents
    items: tuple[ChosenItem, ...]
    custom_amount_cents: Cents | None
    fee_cover_cents: Cents
    amount_cents: Cents
    currency: Currency
    state: PaymentState
    created_at: Instant
    anonymous: bool
    dedication: str | None


class DonationPage(Message):
    """The response of `donations_list`, newest first."""

    items: tuple[DonationView, ...]
    next_cursor: str | None
