"""The `donations` document and the messages of its functions."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, DocumentId, IdempotencyKey, Instant, Message, Revised
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


class ChosenItem(Message):
    """An item of the catalogue and how many of it."""

    item_id: DocumentId
    quantity: Annotated[int, Field(ge=MIN_QUANTITY, le=MAX_QUANTITY)]


class Donation(Revised):
    """A gift. `allocation` says what each fund gets; with the fee cover it sums to the amount.

    `state` follows the payment: the greatest `PaymentState` of the payments for this gift.
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
    checkout_session_id: str
    created_at: Instant
    sealed: dict[str, bytes]


class CreateCheckout(Message):
    """The request of `donations_create_checkout`."""

    idempotency_key: IdempotencyKey
    items: tuple[ChosenItem, ...] = ()
    custom_amount_cents: Annotated[int, Field(ge=MIN_CUSTOM_CENTS, le=MAX_CUSTOM_CENTS)] | None = (
        None
    )
    cover_fee: bool = False
    anonymous: bool = False
    dedication: Annotated[str, Field(max_length=MAX_DEDICATION)] | None = None


class CheckoutCreated(Message):
    """The response of `donations_create_checkout`; the donor pays at `checkout_url`."""

    donation_id: DocumentId
    checkout_url: str
    amount_cents: Cents
    currency: Currency


class ListDonations(PageRequest):
    """The request of `donations_list`."""


class DonationView(Message):
    """A gift as its donor sees it."""

    donation_id: DocumentId
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
